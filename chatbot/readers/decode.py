"""Bytes -> text, whatever the encoding."""

from __future__ import annotations

import codecs
from typing import Final

from charset_normalizer import from_bytes

from chatbot.errors import UnreadableFile

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE_BYTES: Final = 200_000


def decode(data: bytes, *, declared: str | None = None) -> str:
    """The text of a file, its lines ended by line feeds.

    `declared` is the encoding that the file itself names, if it does. Raises UnreadableFile where
    the bytes are no text in any encoding.
    """
    return _decode(data, declared).replace("\r\n", "\n").replace("\r", "\n")


def _decode(data: bytes, declared: str | None) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    for encoding in filter(None, ("utf-8", _wide(data), declared)):
        try:
            text = data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
        if "\0" not in text:
            return text
    if b"\0" in data[:_SAMPLE_BYTES]:
        raise UnreadableFile("not a text file")
    best = from_bytes(data[:_SAMPLE_BYTES]).best()
    if best is None:
        raise UnreadableFile("its encoding can't be told")
    return data.decode(best.encoding, "replace")


def _wide(data: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark: Latin text then has zero bytes at regular places."""
    sample = data[:4096]
    zero = [sample[place::4].count(0) / max(1, len(sample) // 4) for place in range(4)]
    if min(zero[1:]) > 0.9:
        return "utf-32-le"
    if min(zero[:3]) > 0.9:
        return "utf-32-be"
    if zero[1] > 0.3 and zero[3] > 0.3 and not zero[0]:
        return "utf-16-le"
    if zero[0] > 0.3 and zero[2] > 0.3 and not zero[1]:
        return "utf-16-be"
    return None

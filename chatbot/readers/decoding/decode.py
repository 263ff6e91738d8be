"""Bytes -> text in any encoding."""

from __future__ import annotations

import codecs
import re
import unicodedata
from typing import Final

from charset_normalizer import from_bytes

from chatbot.errors import SkipKind, UnreadableFile
from chatbot.readers.decoding.alphabets import is_plain_western, text_by_alphabet
from chatbot.readers.decoding.euc_tw import is_euc_tw
from chatbot.readers.decoding.western import non_ascii, western_text

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE_BYTES: Final = 200_000
_EUC_TW: Final = "EUC-TW; convert it (iconv -f EUC-TW -t UTF-8) and build again"
# East Asian mail in seven bits looks like ASCII; only escapes identify the encoding.
_ESCAPES: Final = (
    (re.compile(rb"\x1b\$\)C"), "iso2022_kr"),
    (re.compile(rb"\x1b(\$[@B]|\(J)"), "iso2022_jp_2"),
)
_WINDOWS_ONLY: Final = re.compile(rb"[\x80-\x9f]")
# Control characters that no text has; white space, terminal escapes and DOS's end mark are allowed.
_CONTROLS: Final = re.compile("[\0-\x06\x0e-\x19\x1c-\x1f\x7f\x80-\x84\x86-\x9f]")
_MOST_CONTROLS: Final = 0.02
# Browsers read pages that declare one of these in the larger encoding (WHATWG Encoding Standard).
_LARGER: Final = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}


def decode(data: bytes, *, declared: str | None = None) -> str:
    """The text of a file, with line feeds as line ends.

    `declared` is the encoding that the file itself names, if any. Raises UnreadableFile if the
    bytes aren't text in any encoding.
    """
    text = _decode(data, declared)
    if len(_CONTROLS.findall(text, 0, _SAMPLE_BYTES)) > _MOST_CONTROLS * len(text[:_SAMPLE_BYTES]):
        raise UnreadableFile(SkipKind.NOT_TEXT)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decode(data: bytes, declared: str | None) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    for encoding in filter(None, (_escaped(data), "utf-8", _wide(data), _larger(declared))):
        try:
            text = data.decode(encoding)
        except (UnicodeError, LookupError):
            continue
        if "\0" not in text:
            return text
    if b"\0" in data[:_SAMPLE_BYTES]:
        raise UnreadableFile(SkipKind.NOT_TEXT)
    if _mostly_utf_8(data):
        return data.decode("utf-8", "replace")
    if is_euc_tw(data):
        raise UnreadableFile(SkipKind.UNKNOWN_ENCODING, _EUC_TW)
    western = western_text(data)
    if western is not None and is_plain_western(western):
        return western
    if (own := text_by_alphabet(data) or western) is not None:
        return own
    guess = from_bytes(data[:_SAMPLE_BYTES]).best()
    if guess is None:
        raise UnreadableFile(SkipKind.UNKNOWN_ENCODING)
    encoding = guess.encoding
    # Both encode Central European text. Czech, Slovak, Polish and Croatian in cp1250 use bytes that
    # ISO 8859-2 doesn't have; without such bytes it's ISO 8859-2.
    if encoding == "cp1250" and not _WINDOWS_ONLY.search(data):
        encoding = "iso8859_2"
    return data.decode(encoding, "replace")


def _escaped(data: bytes) -> str | None:
    return next((encoding for sign, encoding in _ESCAPES if sign.search(data)), None)


def _larger(declared: str | None) -> str | None:
    """The declared encoding, or the larger encoding that includes it; None if it's unknown."""
    try:
        name = codecs.lookup(declared or "").name
    except LookupError:
        return None
    return _LARGER.get(name, name)


def _mostly_utf_8(data: bytes) -> bool:
    """Whether more than ten non-ASCII characters are valid UTF-8 for each damaged one."""
    text = data.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    return non_ascii(text) > 11 * damaged


def _wide(data: bytes) -> str | None:
    """The UTF-16 or UTF-32 variant, without byte order mark, that gives the most blanks."""
    if b"\0" not in data:
        return None
    blanks = {
        encoding: _blanks(data[:_SAMPLE_BYTES], encoding)
        for encoding in ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be")
    }
    likeliest = max(blanks, key=lambda encoding: blanks[encoding])
    return likeliest if blanks[likeliest] else None


def _blanks(sample: bytes, encoding: str) -> int:
    """The number of spaces and line feeds in this encoding; 0 if it doesn't give text."""
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(sample)
    except UnicodeDecodeError:
        return 0
    if any(unicodedata.category(character) in ("Cn", "Co") for character in set(text)):
        return 0
    return text.count(" ") + text.count("\n")

"""Hangul documents (`.hwp`), version 5: their paragraphs.

The source is Hancom's "HWP Document File Formats 5.0". Sections are streams of records. One kind of
record has the text of a paragraph, with codes for what stands in it: a table, a picture, a note.
What these hold follows as paragraphs of its own.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Final

from chatbot.errors import SkipKind, UnreadableFile
from chatbot.readers.containers.limits import largest_unpacked
from chatbot.readers.document_writer import DocumentWriter
from chatbot.readers.markup.plain import write_plain
from chatbot.readers.media_types import HANGUL
from chatbot.readers.office.ole_properties import OleFile
from chatbot.readers.raw_file import RawFile
from chatbot.types import Document

_PACKED, _PASSWORD, _DISTRIBUTED = 1, 2, 4
_FLAGS_AT: Final = 36
_PARAGRAPH_TEXT: Final = 67
_LONG: Final = 0xFFF
# Codes below a space; those that aren't of one unit have eight.
_LINE, _TAB, _HYPHEN, _FIXED_SPACES = 10, 9, 24, (30, 31)
_OF_ONE_UNIT: Final = frozenset((0, _LINE, 13, *range(24, 32)))


def read_hwp(file: RawFile) -> Iterator[Document]:
    """Yield one document. Raises UnreadableFile if it is encrypted, or locked against copying."""
    container = OleFile(file.data)
    header = container.stream("FileHeader")
    if len(header) < _FLAGS_AT + 4:
        raise UnreadableFile(SkipKind.DAMAGED, "its header is cut")
    (flags,) = struct.unpack_from("<I", header, _FLAGS_AT)
    if flags & _PASSWORD:
        raise UnreadableFile(SkipKind.ENCRYPTED)
    if flags & _DISTRIBUTED:
        raise UnreadableFile(SkipKind.COPY_PROTECTED, "a document for distribution")
    sections = [name for name in container.streams() if name.startswith("BodyText/Section")]
    writer = DocumentWriter()
    for name in sorted(sections, key=lambda name: (len(name), name)):
        data = container.stream(name)
        section = _unpacked(data) if flags & _PACKED else data
        write_plain(writer, "\n\n".join(_paragraphs(section)))
    title, metadata = container.properties()
    yield writer.document(
        file.name, source=file.name, media_type=HANGUL, title=title, metadata=metadata
    )


def _unpacked(data: bytes) -> bytes:
    limit = largest_unpacked(len(data))
    try:
        section = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, limit + 1)
    except zlib.error as failure:
        detail = f"a section can't be unpacked ({failure})"
        raise UnreadableFile(SkipKind.DAMAGED, detail) from failure
    if len(section) > limit:
        raise UnreadableFile(SkipKind.TOO_LARGE, f"it unpacks to more than {limit / 1e6:,.0f} MB")
    return section


def _paragraphs(section: bytes) -> Iterator[str]:
    at = 0
    while at + 4 <= len(section):
        (head,) = struct.unpack_from("<I", section, at)
        at += 4
        kind, size = head & 0x3FF, head >> 20
        if size == _LONG and at + 4 <= len(section):
            (size,) = struct.unpack_from("<I", section, at)
            at += 4
        if kind == _PARAGRAPH_TEXT:
            yield _text(section[at : at + size])
        at += size


def _text(data: bytes) -> str:
    units = struct.unpack(f"<{len(data) // 2}H", data[: len(data) // 2 * 2])
    shown: list[int] = []
    at = 0
    while at < len(units):
        code = units[at]
        if code >= 32:
            shown.append(code)
        elif code in (_LINE, _TAB, *_FIXED_SPACES):
            shown.append(_LINE if code == _LINE else 32)
        elif code == _HYPHEN:
            shown.append(ord("-"))
        at += 1 if code >= 32 or code in _OF_ONE_UNIT else 8
    return struct.pack(f"<{len(shown)}H", *shown).decode("utf-16-le", "replace")

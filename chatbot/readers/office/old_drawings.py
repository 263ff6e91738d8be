"""The texts of shapes and the pictures of an old workbook.

After [MS-XLS]: 2.4.181 for shapes, 2.4.329 for their texts and 2.4.171 for pictures.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from chatbot.errors import UnreadableFile
from chatbot.readers.office.old_pictures import pictures_in
from chatbot.readers.office.ole_properties import OleFile

_SHAPE, _SHAPE_TEXT, _CONTINUED = 0x005D, 0x01B6, 0x003C
_PICTURES: Final = 0x00EB
_REMARK: Final = 0x19
_STREAMS: Final = ("Workbook", "Book")


class ShapeText(NamedTuple):
    """The text of a shape; `is_remark` if it is a comment on a cell."""

    text: str
    is_remark: bool


def shape_texts(stream: bytes) -> Iterator[ShapeText]:
    """Yield the texts in the order of the file; a damaged rest is left out."""
    kind, missing, pieces = 0, 0, list[str]()
    for record, content in _records(stream):
        if record == _SHAPE and len(content) >= 6:
            (kind,) = struct.unpack_from("<H", content, 4)
        elif record == _SHAPE_TEXT and len(content) >= 12:
            (missing,) = struct.unpack_from("<H", content, 10)
            pieces = []
        elif record == _CONTINUED and missing and content:
            wide = content[0] & 1
            encoded = content[1 : 1 + missing * (2 if wide else 1)]
            pieces.append(encoded.decode("utf-16-le" if wide else "latin-1", "replace"))
            missing -= len(encoded) // (2 if wide else 1)
            if missing <= 0:
                yield ShapeText("".join(pieces), kind == _REMARK)
                missing = 0


def pictures_of(stream: bytes) -> Iterator[bytes]:
    """Yield the picture files in a workbook; a long one is continued in further records."""
    kind, pieces = 0, list[bytes]()
    for record, content in _records(stream):
        kind = kind if record == _CONTINUED else record
        if kind == _PICTURES:
            pieces.append(content)
    for _, picture in pictures_in(b"".join(pieces)):
        yield picture


def workbook_stream(data: bytes) -> bytes:
    """The records of a workbook; none if the file is damaged."""
    try:
        container = OleFile(data)
        names = {name.lower(): name for name in container.streams()}
        name = next((names[n.lower()] for n in _STREAMS if n.lower() in names), None)
        return container.stream(name) if name else b""
    except UnreadableFile:
        return b""


def _records(stream: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(stream):
        record, size = struct.unpack_from("<HH", stream, at)
        yield record, stream[at + 4 : at + 4 + size]
        at += 4 + size

"""Word 97-2003 (`.doc`): its paragraphs and tables, after [MS-DOC].

The text lies in pieces, in one or two bytes a letter. Formats of paragraphs aren't read, so
headings are recognised as in plain text. Word 6 and 95 keep their text in one run. The words of
pictures follow the text, because it doesn't say where they stand.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import Final

from chatbot.errors import SkipKind, UnreadableFile
from chatbot.readers.decoding.decode import decode
from chatbot.readers.document_writer import DocumentWriter
from chatbot.readers.markup.plain import write_plain
from chatbot.readers.media_types import DOC
from chatbot.readers.office.embedded import embedded_in_ole
from chatbot.readers.office.old_pictures import pictures_in
from chatbot.readers.office.ole_properties import OleFile
from chatbot.readers.pictures import PictureReader
from chatbot.readers.raw_file import RawFile
from chatbot.readers.tables.grid import Grid
from chatbot.readers.tables.write_table import write_table
from chatbot.types import Document

_SIGNS: Final = (0xA5EC, 0xA5DC)
_FIRST_OF_97: Final = 0x00C1
_ENCRYPTED, _COMPLEX, _SECOND_TABLE = 0x0100, 0x0004, 0x0200
# Lengths of the parts, in the order in which they follow each other in the text.
_WITH_PICTURES: Final = ("Data", "WordDocument")
_LENGTHS: Final = 0x4C
_PARTS: Final = ("text", "footnotes", "headers", "macros", "comments", "endnotes", "boxes")
_PIECES: Final = 0x01A2
_ONE_BYTE: Final = 0x4000_0000
_CELL: Final = "\x07"
# A field has its instruction, a separator and its result; only the result is shown.
_FIELD: Final = re.compile("\x13[^\x13\x14\x15]*(?:\x14([^\x13\x15]*))?\x15")
_DEEPEST_FIELDS: Final = 20
_BREAKS: Final = str.maketrans({"\x0b": "\n", "\x1e": "-", "\x1f": None, "\x0c": "\r"})
_UNSEEN: Final = re.compile("[\x00-\x06\x08\x0e-\x15\x16-\x1d]")


def read_doc(file: RawFile) -> Iterator[Document | RawFile]:
    """Yield the document, then the files embedded in it."""
    container = OleFile(file.data)
    writer = DocumentWriter()
    try:
        parts = _parts(container)
    except (struct.error, IndexError, UnicodeError) as failure:
        raise UnreadableFile(SkipKind.DAMAGED, f"its text can't be found ({failure})") from failure
    for name, text in parts.items():
        if name in ("headers", "comments"):
            for line in _shown(text).split("\r"):
                kind = "header" if name == "headers" else "metadata"
                writer.add_furniture(kind, line.replace(_CELL, " "))  # type: ignore[arg-type]
        elif name != "macros":
            _write(writer, _shown(text))
    pictures = PictureReader()
    for name in _WITH_PICTURES:
        if pictures.is_spent or not container.has(name):
            continue
        for _, picture in pictures_in(container.stream(name)):
            for line in pictures.paragraphs(picture):
                writer.add("paragraph", line)
    title, metadata = container.properties()
    yield writer.document(
        file.name, source=file.name, media_type=DOC, title=title, metadata=metadata
    )
    yield from embedded_in_ole(file)


def _parts(container: OleFile) -> dict[str, str]:
    """The text of each part."""
    stream = container.stream("WordDocument")
    sign, version = struct.unpack_from("<HH", stream, 0)
    (flags,) = struct.unpack_from("<H", stream, 10)
    if sign not in _SIGNS:
        raise UnreadableFile(SkipKind.DAMAGED, "it is not a Word file")
    if flags & _ENCRYPTED:
        raise UnreadableFile(SkipKind.ENCRYPTED)
    if version < _FIRST_OF_97:
        start, end = struct.unpack_from("<II", stream, 0x18)
        if flags & _COMPLEX or end > len(stream):
            raise UnreadableFile(SkipKind.OUTDATED, "Word before 97")
        return {"text": decode(stream[start:end].replace(b"\r", b"\n")).replace("\n", "\r")}
    table = container.stream("1Table" if flags & _SECOND_TABLE else "0Table")
    # Lengths count the units of UTF-16, of which some characters have two.
    text = b"".join(_pieces(stream, table))
    lengths = struct.unpack_from(f"<{len(_PARTS)}I", stream, _LENGTHS)
    parts, start = {}, 0
    for name, length in zip(_PARTS, lengths, strict=True):
        parts[name] = text[2 * start : 2 * (start + length)].decode("utf-16-le", "replace")
        start += length
    return parts


def _pieces(stream: bytes, table: bytes) -> Iterator[bytes]:
    """The pieces of the text in order, in UTF-16."""
    start, size = struct.unpack_from("<II", stream, _PIECES)
    list_of_pieces = table[start : start + size]
    at = 0
    while list_of_pieces[at] == 1:  # formats of pieces
        at += 3 + struct.unpack_from("<H", list_of_pieces, at + 1)[0]
    (length,) = struct.unpack_from("<I", list_of_pieces, at + 1)
    at += 5
    count = (length - 4) // 12
    bounds = struct.unpack_from(f"<{count + 1}I", list_of_pieces, at)
    at += 4 * (count + 1)
    for number in range(count):
        (place,) = struct.unpack_from("<I", list_of_pieces, at + 8 * number + 2)
        letters = min(max(0, bounds[number + 1] - bounds[number]), len(stream))
        if place & _ONE_BYTE:
            place = (place & ~_ONE_BYTE) // 2
            text = stream[place : place + letters].decode("cp1252", "replace")
            yield text.encode("utf-16-le")
        else:
            yield stream[place : place + 2 * letters]


def _shown(text: str) -> str:
    """The text that is shown: fields by their results, without marks of pictures and notes."""
    for _ in range(_DEEPEST_FIELDS):
        text, changes = _FIELD.subn(r"\1", text)
        if not changes:
            break
    return _UNSEEN.sub("", text.translate(_BREAKS))


def _write(writer: DocumentWriter, text: str) -> None:
    """Append paragraphs and tables: a mark ends each cell, and another one each row."""
    prose: list[str] = []
    rows: list[list[str]] = []
    for paragraph in text.split("\r"):
        *cells, rest = paragraph.split(_CELL)
        if cells:
            if prose and not rows:
                # Lines before the first mark belong to its cell only if a table is open.
                write_plain(writer, "\n\n".join(prose))
                prose = []
            rows += _rows([" ".join([*prose, cells[0]]), *cells[1:]])
            prose = []
        if rows and not cells:
            prose.append(rest)
            write_table(writer, Grid(rows))
            rows = []
        elif rest.strip() or not cells:
            prose.append(rest)
    if rows:
        write_table(writer, Grid(rows))
    write_plain(writer, "\n\n".join(prose))


def _rows(cells: list[str]) -> Iterator[list[str]]:
    """The rows of some cells; an empty cell after the others ends a row."""
    row: list[str] = []
    for cell in cells:
        if cell or not row:
            row.append(cell.strip())
        else:
            yield row
            row = []
    if any(row):
        yield row

"""XML of no format known here: its words in order; records of fields as rows.

An element with text of its own is a paragraph, with the words of all that it wraps. One whose
parts are nothing but short values is a record: `name: value` for each, so that it can be found and
read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import Final

from chatbot.errors import UnreadableFile
from chatbot.readers.decoding.decode import decode
from chatbot.readers.document_writer import CELLS, DocumentWriter
from chatbot.readers.file_properties import file_title
from chatbot.readers.markup.html import write_html
from chatbot.readers.markup.xml_tree import (
    Element,
    attribute,
    child,
    children,
    descendants,
    local,
    parse_xml,
)
from chatbot.readers.media_types import EXCEL_XML, XML
from chatbot.readers.raw_file import RawFile
from chatbot.readers.table_blocks import plain_figure, write_sheet
from chatbot.text.clean import one_line
from chatbot.types import Document

_HEADINGS: Final = frozenset({"title", "head", "heading"})
_UNSEEN: Final = frozenset({"style", "stylesheet", "script", "binary"})
_ENCODING: Final = re.compile(rb"<\?xml[^>]*\sencoding\s*=\s*[\"']([\w.:-]+)")
_DECLARATION: Final = re.compile(r"\A\s*<\?xml[^>]*\?>")
_CDATA: Final = re.compile(r"<!\[CDATA\[(.*?)(?:\]\]>|\Z)", re.DOTALL)
_LONGEST_VALUE: Final = 200
_DEEPEST: Final = 6


def read_xml(file: RawFile) -> Iterator[Document]:
    """One document; a file with faults in its markup is read as browsers read such pages."""
    declared = _ENCODING.match(file.data.lstrip())
    text = decode(file.data, declared=declared.group(1).decode() if declared else None)
    writer = DocumentWriter()
    try:
        root = parse_xml(_DECLARATION.sub("", text).encode("utf-8", "replace"), "it")
    except UnreadableFile:
        write_html(writer, _CDATA.sub(lambda found: escape(found[1]), text))
    else:
        _write(writer, root, 1)
    yield writer.document(file.name, source=file.name, media_type=XML)


def _write(writer: DocumentWriter, node: Element, level: int) -> None:
    """Append what stands in an element, in the order of the file."""
    if local(node) in _UNSEEN:
        return
    if _has_own_text(node):
        _write_text(writer, node, level)
    elif record := _record(node):
        writer.add("row", CELLS.join(record))
    else:
        for each in children(node):
            _write(writer, each, level + 1)


def _write_text(writer: DocumentWriter, node: Element, level: int) -> None:
    words = "".join(node.itertext())
    if local(node) in _HEADINGS:
        writer.add("heading", words, level=min(level - 1, _DEEPEST) or 1)
    else:
        writer.add("paragraph", words)


def _has_own_text(node: Element) -> bool:
    pieces = [node.text, *(each.tail for each in node)]
    return any(piece and piece.strip() for piece in pieces)


def _record(node: Element) -> list[str]:
    """The fields of an element that is a record of short values; empty where it is none.

    A lone value is none, nor is a run of paragraphs, whose names are all the same.
    """
    fields = list(children(node))
    if len({local(each) for each in fields}) < 2:
        return []
    said = []
    for each in fields:
        value = one_line(each.text or "")
        if len(each) or len(value) > _LONGEST_VALUE:
            return []
        said += [f"{local(each)}: {value}"] if value else []
    return said


def read_excel_xml(file: RawFile) -> Iterator[Document]:
    """One document, from the single XML file that Excel 2003 wrote."""
    root = parse_xml(file.data, "it")
    writer = DocumentWriter()
    for sheet in descendants(root, "Worksheet"):
        rows = [_cells(row) for row in children(child(sheet, "Table"), "Row")]
        if any(any(row) for row in rows):
            writer.add("heading", attribute(sheet, "Name") or "", level=1)
            write_sheet(writer, rows)
    yield writer.document(
        file.name, source=file.name, media_type=EXCEL_XML, title=file_title(file.name)
    )


def _cells(row: Element) -> list[str]:
    """The values of a row; a cell may say at which column it stands."""
    values: list[str] = []
    for cell in children(row, "Cell"):
        column = attribute(cell, "Index") or ""
        if column.isdigit() and len(values) < int(column) <= 16_384:
            values += [""] * (int(column) - 1 - len(values))
        data = child(cell, "Data")
        value = "".join(data.itertext()) if data is not None else ""
        if attribute(data, "Type") == "Number":
            value = plain_figure(value)
        values.append(value.removesuffix("T00:00:00.000"))
    return values

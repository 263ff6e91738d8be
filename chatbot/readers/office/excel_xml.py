"""The single XML file that Excel 2003 writes: sheets under their names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from chatbot.readers.document_writer import DocumentWriter
from chatbot.readers.file_properties import file_title
from chatbot.readers.markup.xml_tree import (
    Element,
    attribute,
    child,
    children,
    descendants,
    parse_xml,
)
from chatbot.readers.media_types import EXCEL_XML
from chatbot.readers.raw_file import RawFile
from chatbot.readers.tables.grid import Place
from chatbot.readers.tables.write_table import plain_figure, write_sheet
from chatbot.types import Document

_MOST_COLUMNS: Final = 16_384


def read_excel_xml(file: RawFile) -> Iterator[Document]:
    """Yield one document."""
    root = parse_xml(file.data, "it")
    writer = DocumentWriter()
    for sheet in descendants(root, "Worksheet"):
        spans: dict[Place, tuple[int, int]] = {}
        rows = _rows(child(sheet, "Table"), spans)
        if any(any(row) for row in rows):
            is_hidden = child(sheet, "WorksheetOptions", "Visible") is not None
            writer.add_page(attribute(sheet, "Name") or "", "sheet", is_hidden=is_hidden)
            write_sheet(writer, rows, spans)
    yield writer.document(
        file.name, source=file.name, media_type=EXCEL_XML, title=file_title(file.name)
    )


def _rows(table: Element | None, spans: dict[Place, tuple[int, int]]) -> list[list[str]]:
    """The rows of a sheet; empty rows that the file leaves out count as one."""
    rows: list[list[str]] = []
    next_row = 1
    for row in children(table, "Row"):
        stated = _number(row, "Index")
        if stated > next_row:
            rows.append([])
            next_row = stated
        rows.append(_cells(row, len(rows), spans))
        next_row += 1
    return rows


def _cells(row: Element, number: int, spans: dict[Place, tuple[int, int]]) -> list[str]:
    """The values of a row; a cell may state its column, and the cells that it covers."""
    values: list[str] = []
    for cell in children(row, "Cell"):
        column = _number(cell, "Index")
        if len(values) < column <= _MOST_COLUMNS:
            values += [""] * (column - 1 - len(values))
        data = child(cell, "Data")
        value = "".join(data.itertext()) if data is not None else ""
        if attribute(data, "Type") == "Number":
            value = plain_figure(value)
        down, right = (
            min(_number(cell, name), _MOST_COLUMNS) for name in ("MergeDown", "MergeAcross")
        )
        if down or right:
            spans[number, len(values)] = (1 + down, 1 + right)
        values += [value.removesuffix("T00:00:00.000"), *[""] * right]
    return values


def _number(element: Element, name: str) -> int:
    """A whole number that an attribute states; 0 if it states none, or one that can't be meant."""
    value = attribute(element, name) or ""
    return int(value) if value.isdecimal() and len(value) < 8 else 0

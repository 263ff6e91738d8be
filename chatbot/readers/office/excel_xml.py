"""The single XML file that Excel 2003 writes: sheets under their names."""

from __future__ import annotations

from collections.abc import Iterator

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
from chatbot.readers.table_blocks import plain_figure, write_sheet
from chatbot.types import Document


def read_excel_xml(file: RawFile) -> Iterator[Document]:
    """Yield one document."""
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
    """The values of a row; a cell may state its column."""
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

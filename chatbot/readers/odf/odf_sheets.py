"""OpenDocument sheets: each under its name, dates in ISO 8601, figures plain."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from chatbot.errors import SkipKind, UnreadableFile
from chatbot.readers.document_writer import DocumentWriter
from chatbot.readers.markup.xml_tree import Element, attribute, children, local
from chatbot.readers.table_blocks import plain_figure, write_sheet

# Equal rows and cells are written once with a number, which may say a billion.
_MOST_EQUAL_ROWS: Final = 1_000
_MOST_COLUMNS: Final = 16_384
_MOST_CELLS: Final = 12_000_000


def write_sheets(writer: DocumentWriter, book: Element) -> None:
    """Append the sheets that have any words."""
    for table in children(book, "table"):
        rows = list(_rows(table))
        if any(any(row) for row in rows):
            writer.add("heading", attribute(table, "name") or "", level=1)
            write_sheet(writer, rows)


def _rows(table: Element) -> Iterator[list[str]]:
    """The rows; those that are empty, however many, count for one."""
    cells = 0
    for element in _row_elements(table):
        row = _cells(element)
        times = min(_number(element, "number-rows-repeated"), _MOST_EQUAL_ROWS) if row else 1
        cells += times * len(row)
        if cells > _MOST_CELLS:
            raise UnreadableFile(SkipKind.TOO_LARGE, "a sheet of more than 12 million cells")
        for _ in range(times):
            yield row


def _row_elements(node: Element) -> Iterator[Element]:
    for each in children(node):
        if local(each) == "table-row":
            yield each
        elif local(each) in ("table-header-rows", "table-rows", "table-row-group"):
            yield from _row_elements(each)


def _cells(row: Element) -> list[str]:
    """The values of a row up to the last that is not empty."""
    values: list[str] = []
    blank = 0
    for cell in children(row, "table-cell", "covered-table-cell"):
        times = min(_number(cell, "number-columns-repeated"), _MOST_COLUMNS)
        value = _value(cell)
        if not value:
            blank += times
        elif len(values) + blank < _MOST_COLUMNS:
            values += [""] * blank + [value] * times
            blank = 0
    return values[:_MOST_COLUMNS]


def _number(element: Element, name: str) -> int:
    said = attribute(element, name) or "1"
    return max(1, int(said)) if said.isdigit() and len(said) < 10 else _MOST_COLUMNS


def _value(cell: Element) -> str:
    """A date as ISO 8601, a plain figure as it is; else what the cell shows."""
    kind = attribute(cell, "value-type")
    if kind == "date":
        return (attribute(cell, "date-value") or "").replace("T00:00:00", "").replace("T", " ")
    if kind == "float" and (figure := attribute(cell, "value")):
        return plain_figure(figure)
    return "\n".join("".join(each.itertext()) for each in children(cell, "p"))

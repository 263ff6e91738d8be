"""Rows of cells -> blocks, with header rows recognised."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from chatbot.readers.document_writer import CELLS, DocumentWriter
from chatbot.text.clean import one_line
from chatbot.types import BlockKind

TableRow = Sequence[str]

_LONGEST_NAME: Final = 60
_FIGURE: Final = re.compile(r"[\W\d]*\d[\W\d]*|true|false", re.IGNORECASE)
_YEAR: Final = re.compile(r"(1[89]|20)\d\d")


def is_header(first: TableRow, second: TableRow) -> bool:
    """Whether a row names the columns of the rows below it.

    Column names are short and distinct, and every column that the next row fills has one. Years
    may be among them, other figures may not.
    """
    names = [cell for cell in first if cell]
    named = [bool(cell) for cell in first]
    filled = [bool(cell) for cell in second]
    unnamed = sum(full and not name for name, full in zip(named, filled, strict=False))
    return (
        len(names) > 1
        and sum(filled) > 1
        and unnamed <= (not named[0])  # the corner above the row names may be empty
        and len(set(names)) == len(names)
        and all(len(name) <= _LONGEST_NAME for name in names)
        and not all(map(_YEAR.fullmatch, names))
        and all(_YEAR.fullmatch(name) or not _FIGURE.fullmatch(name) for name in names)
        and list(first) != list(second)
    )


def plain_figure(value: str) -> str:
    """A number as a person would write it; files store every digit of the binary fraction."""
    try:
        return format(float(value), ".15g") if "." in value else value
    except ValueError:
        return value


def write_table(
    writer: DocumentWriter, rows: Sequence[TableRow], *, headers: int | None = None
) -> None:
    """Append a table; `headers` is the number of header rows, if the format states it."""
    cleaned = [[one_line(cell) for cell in row] for row in rows]
    cleaned = [row for row in cleaned if any(row)]
    if headers is None:
        headers = int(len(cleaned) > 1 and is_header(cleaned[0], cleaned[1]))
    for index, row in enumerate(cleaned):
        writer.add("header_row" if index < headers else "row", CELLS.join(row))


def write_sheet(writer: DocumentWriter, rows: Iterable[TableRow]) -> None:
    """Append a sheet: tables separated by empty rows, each with its header.

    Empty rows and columns are dropped. A row with a single cell above a table is its title.
    """
    is_first = True
    for table in _tables(rows):
        lines = _without_empty_columns(table)
        titles = 0
        while titles < len(lines) and sum(map(bool, lines[titles])) == 1:
            titles += 1
        if titles == len(lines):
            titles = 0
        for line in lines[:titles]:
            writer.add("paragraph", "".join(line))
        records = lines[titles:]
        has_header = len(records) > 1 and is_header(records[0], records[1])
        # After an empty row the same table may continue, so a header must have figures below it.
        has_header = has_header and (
            is_first or bool(titles) or any(map(_FIGURE.fullmatch, records[1]))
        )
        for index, row in enumerate(records):
            if len(row) == 1 and len(row[0]) > _LONGEST_NAME:
                writer.add("paragraph", row[0])
            else:
                kind: BlockKind = "header_row" if has_header and index == 0 else "row"
                writer.add(kind, CELLS.join(row))
        is_first = False


def _tables(rows: Iterable[TableRow]) -> Iterator[list[list[str]]]:
    """Split the rows at the empty ones."""
    table: list[list[str]] = []
    for row in rows:
        cells = [one_line(cell) for cell in row]
        if any(cells):
            table.append(cells)
        elif table:
            yield table
            table = []
    if table:
        yield table


def _without_empty_columns(table: Sequence[Sequence[str]]) -> list[list[str]]:
    width = max(map(len, table))
    columns = [n for n in range(width) if any(n < len(row) and row[n] for row in table)]
    return [[row[n] if n < len(row) else "" for n in columns] for row in table]

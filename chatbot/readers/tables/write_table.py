"""Writes a grid as blocks: header rows, plain rows, and rows that name a group of rows below.

This is the one place where a table becomes text. A row is a line with a bar between its cells.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final

from chatbot.readers.document_writer import CELLS, DocumentWriter, Placed
from chatbot.readers.tables.grid import Grid, Place
from chatbot.readers.tables.header_rows import (
    FIGURE,
    LONGEST_TITLE,
    MOST_HEADERS,
    header_count,
    is_header,
    spread_names,
)
from chatbot.text.clean import one_line
from chatbot.types import BlockKind

TableRow = Sequence[str]

_LONGEST_CELL: Final = 60
_FRACTION: Final = re.compile(r"\.|[Ee]-")


def plain_figure(value: str) -> str:
    """A number as a person would write it; files store every digit of the binary fraction."""
    try:
        return figure_text(float(value)) if _FRACTION.search(value) else value
    except ValueError:
        return value


def figure_text(number: float) -> str:
    """A number with the fifteen digits that sheets show; one up to 1e21 has no exponent."""
    text = format(number, ".15g")
    if "e" not in text or not 1e-21 < abs(number) < 1e21:
        return text
    return format(number, ".0f") if "e+" in text else format(Decimal(text), "f")


class ShownFigure(str):
    """A bare figure, which the sheet shows with a unit: header rows are found by bare figures."""

    __slots__ = ("shown",)
    shown: str

    @classmethod
    def of(cls, value: str, shown: str) -> str:
        """The cell with this value; a plain text unless only the value looks like a figure."""
        if FIGURE.fullmatch(shown) or not FIGURE.fullmatch(value):
            return shown
        figure = cls(value)
        figure.shown = shown
        return figure


def write_table(
    writer: DocumentWriter,
    table: Grid,
    *,
    headers: int | None = None,
    titles: Iterable[str] = (),
    goes_on: bool = False,
) -> None:
    """Append a table; `headers` is the number of header rows, if the format states it.

    One that `goes_on` is the rest of the table before it. Its `titles` stay with its rows, because
    they may state the unit of every figure.
    """
    table.rows = [[_cell_text(cell) for cell in row] for row in table.rows]
    if headers:
        # Rows without text are left out, and don't count.
        headers = sum(map(any, table.rows[:headers]))
    grid = table.compact()
    if not grid.rows:
        return
    if not goes_on:
        writer.start_table()
    for title in titles:
        writer.add("header_row" if len(title) <= LONGEST_TITLE else "paragraph", title)
    stated = headers if headers is not None else _marked(grid)
    if stated is not None:
        spread_names(grid, stated)
    _write(writer, grid, header_count(grid) if stated is None else stated)


def _marked(grid: Grid) -> int | None:
    """The number of rows at the top whose cells are all marked as headers; None if no cell is."""
    if not grid.heads:
        return None
    count = 0
    while count < len(grid.rows) and _all_heads(grid, count):
        count += 1
    return count if count < len(grid.rows) else min(count, 1)


def _all_heads(grid: Grid, row: int) -> bool:
    """Whether every cell with text is marked as a header, and there is such a cell."""
    places = {grid.origin(row, column) for column in range(grid.width) if grid.text(row, column)}
    return bool(places) and places <= grid.heads


def _write(writer: DocumentWriter, grid: Grid, headers: int) -> None:
    last = len(grid.rows) - 1
    if any(grid.spanning(row) is not None for row in range(headers, last)):
        # The name of the first group of rows isn't a title, as the next group has its own name.
        while headers > 1 and grid.spanning(headers - 1) is not None:
            headers -= 1
    for row in range(len(grid.rows)):
        spanning = grid.spanning(row)
        if row < headers:
            _write_row(writer, grid, row, "header_row")
        elif row < last and _heads_rows(grid, row, spanning):
            _write_row(writer, grid, row, "header_row", level=1)
        elif row < last and grid.width > 1 and _all_heads(grid, row) and _names_again(grid, row):
            _write_row(writer, grid, row, "header_row")
        else:
            _write_row(writer, grid, row, "row")


def _heads_rows(grid: Grid, row: int, spanning: str | None) -> bool:
    """Whether a row has a single name that heads the rows below it."""
    if spanning is None:
        cells = [cell for cell in grid.rows[row] if cell]
        single = len(cells) == 1 and bool(grid.rows[row][0])
        place_is_head = (row, 0) in grid.heads and not grid.spans
        if not single or not (cells[0].endswith(":") or place_is_head):
            return False
        spanning = cells[0]
    return len(spanning) <= LONGEST_TITLE and grid.spanning(row + 1) is None


def _names_again(grid: Grid, row: int) -> bool:
    """Whether a row in the middle names the columns again."""
    return sum(map(bool, grid.rows[row])) > 1


def _write_row(
    writer: DocumentWriter, grid: Grid, row: int, kind: BlockKind, *, level: int = 0
) -> None:
    alone = grid.spanning(row) is not None or level
    columns = range(1 if alone else grid.width)
    names = kind == "header_row"
    if not grid.placed:
        if not grid.spans:
            writer.add(kind, CELLS.join(grid.rows[row][: 1 if alone else None]), level=level)
        else:
            writer.add(
                kind, CELLS.join(grid.read(row, c, names=names)[0] for c in columns), level=level
            )
        return
    cells = []
    for column in columns:
        text, place = grid.read(row, column, names=names)
        cells.append(grid.placed.get(place, ()) if text else ())
    writer.add_placed(kind, _row_parts(cells), level=level)


def _row_parts(cells: Sequence[Sequence[Placed]]) -> list[Placed]:
    """The words of a row with its bars; an empty cell leaves only its bar."""
    parts: list[Placed] = []
    page = next((part.page for cell in cells for part in cell), 1)
    for number, cell in enumerate(cells):
        parts += cell
        if number == len(cells) - 1:
            break
        if cell:
            parts[-1] = parts[-1]._replace(after=CELLS)
        elif parts and parts[-1].after.endswith(" "):
            parts[-1] = parts[-1]._replace(after=f"{parts[-1].after}| ")
        else:
            parts.append(Placed("|", " ", page))
    if parts and not cells[-1] and parts[-1].after:
        # A line doesn't end with a blank, so the last bar is a word without a place.
        bars = parts[-1].after.strip()
        parts[-1] = parts[-1]._replace(after=" ")
        parts.append(Placed(bars, "", page))
    return parts


def write_sheet(
    writer: DocumentWriter,
    rows: Iterable[TableRow],
    spans: Mapping[Place, tuple[int, int]] | None = None,
) -> None:
    """Append a sheet: tables separated by empty rows, each with its header.

    Empty rows and columns are dropped. Rows with a single cell above a table are its titles: they
    stay with its rows, because they may state the period or the unit of every figure.
    """
    is_first = True
    for start, table in _tables(rows):
        grid = Grid(table, _inside(spans or {}, start, table)).compact()
        titles = 0
        while titles < len(grid.rows) and _single(grid, titles):
            titles += 1
        if titles == len(grid.rows):
            titles = 0
        notes = max(0, titles - MOST_HEADERS)
        for row in range(titles):
            words = as_shown(next(filter(None, grid.rows[row])))
            is_title = row >= notes and len(words) <= LONGEST_TITLE
            writer.add("header_row" if is_title else "paragraph", words)
        records = Grid(
            grid.rows[titles:],
            {(row - titles, col): span for (row, col), span in grid.spans.items() if row >= titles},
        )
        _write_records(writer, records, is_first=is_first or bool(titles))
        is_first = False


def _inside(
    spans: Mapping[Place, tuple[int, int]], start: int, table: Sequence[TableRow]
) -> dict[Place, tuple[int, int]]:
    """The spans in the rows from `start` on, cut to the size of the table."""
    width = max(map(len, table))
    return {
        (row - start, column): (min(down, start + len(table) - row), min(right, width - column))
        for (row, column), (down, right) in spans.items()
        if start <= row < start + len(table) and column < width
    }


def _write_records(writer: DocumentWriter, grid: Grid, *, is_first: bool) -> None:
    headers = header_count(grid)
    # After an empty row the same table may continue, so a header must have figures below it.
    if headers == 1 and not is_first and not any(map(FIGURE.fullmatch, grid.rows[1])):
        headers = 0
    grid.rows = [[as_shown(cell) for cell in cells] for cells in grid.rows]
    for row, cells in enumerate(grid.rows):
        if len(cells) == 1 and len(cells[0]) > _LONGEST_CELL:
            writer.add("paragraph", cells[0])
        else:
            _write_row(writer, grid, row, "header_row" if row < headers else "row")


def _cell_text(cell: str) -> str:
    """The text of a cell on one line; a bar in it loses its blanks, or it would end the cell."""
    if isinstance(cell, ShownFigure):
        return cell
    return one_line(cell).replace(CELLS, "|")


def as_shown(cell: str) -> str:
    """The text of a cell, with the unit of a figure."""
    return cell.shown if isinstance(cell, ShownFigure) else cell


def _single(grid: Grid, row: int) -> bool:
    return grid.spanning(row) is not None or sum(map(bool, grid.rows[row])) == 1


def _tables(rows: Iterable[TableRow]) -> Iterator[tuple[int, list[list[str]]]]:
    """Split the rows at the empty ones; yield each table after the number of its first row."""
    table: list[list[str]] = []
    number = 0
    for row in rows:
        cells = [_cell_text(cell) for cell in row]
        if any(cells):
            table.append(cells)
        elif table:
            yield number - len(table), table
            table = []
        number += 1
    if table:
        yield number - len(table), table


__all__ = [
    "ShownFigure",
    "as_shown",
    "figure_text",
    "is_header",
    "plain_figure",
    "write_sheet",
    "write_table",
]

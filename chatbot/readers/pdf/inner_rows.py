"""Rows that no drawn line separates: a table may have lines around its head and columns only."""

from __future__ import annotations

from bisect import bisect
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from operator import itemgetter
from typing import Final

from chatbot.readers.pdf.lines import Line
from chatbot.readers.pdf.page_table import CellLines, TableCell, top_down
from chatbot.readers.pdf.table_evidence import FIGURE

# A drawn row with this many lines that stand side by side holds several rows.
_ROWS: Final = 4
_MOST_HEADERS: Final = 5
_LEVEL: Final = 0.3  # font heights between two lines that stand side by side
_GAP: Final = 1.4  # distances between lines that separate two rows

Cells = tuple[TableCell, ...]
Columns = Mapping[int, CellLines]


def with_inner_rows(cells: Sequence[TableCell]) -> tuple[Cells, int | None]:
    """The cells, with drawn rows split that hold several, and the number of rows of names.

    Rows above the first such row have their own lines because they name the columns.
    """
    split: list[TableCell] = []
    added = 0
    headers = None
    for band in _bands(cells):
        first = band[0].row
        height = max(cell.row + cell.rows for cell in band) - first
        columns = _lines_by_column(band)
        levels = _side_by_side(columns, spans=height > 1)
        if levels and headers is None:
            headers = first if first <= _MOST_HEADERS else 0
        elif not levels and height == 1:
            levels = _between_gaps(columns)
        if not levels:
            split += [_moved(cell, cell.row + added, cell.lines, cell.rows) for cell in band]
            continue
        for cell in band:
            offsets = [bisect(levels, line.middle) for line in cell.lines]
            for offset, pairs in groupby(zip(offsets, cell.lines, strict=True), itemgetter(0)):
                lines = tuple(line for _, line in pairs)
                split.append(_moved(cell, first + added + offset, lines, 1))
        added += len(levels) + 1 - height
    return tuple(sorted(split, key=lambda cell: (cell.row, cell.column))), headers or None


def _bands(cells: Sequence[TableCell]) -> Iterator[list[TableCell]]:
    """The cells of each row, with those of further rows that a cell of it covers."""
    band: list[TableCell] = []
    end = 0
    for cell in sorted(cells, key=lambda cell: cell.row):
        if band and cell.row >= end:
            yield band
            band = []
        band.append(cell)
        end = max(end, cell.row + cell.rows)
    if band:
        yield band


def _lines_by_column(band: Sequence[TableCell]) -> Columns:
    columns: defaultdict[int, list[Line]] = defaultdict(list)
    for cell in band:
        columns[cell.column] += cell.lines
    return {column: top_down(lines) for column, lines in columns.items()}


def _moved(cell: TableCell, row: int, lines: CellLines, rows: int) -> TableCell:
    return TableCell(row, cell.column, rows, cell.columns, lines)


def _side_by_side(columns: Columns, *, spans: bool) -> list[float]:
    """The heights between rows whose lines stand side by side; none if it is one row.

    A column of figures tells apart two rows, other columns only several. A line under the figures
    to add up makes other cells span rows, so then all columns must have about as many lines.
    """
    if len(columns) < 2:
        return []
    longest = max(columns.values(), key=len)
    size = max(line.size for lines in columns.values() for line in lines)
    figures = any(
        len(lines) == len(longest) and all(FIGURE.fullmatch(line.text) for line in lines)
        for lines in columns.values()
    )
    if len(longest) < (_ROWS if not figures else 3 if spans else 2):
        return []
    middles = [line.middle for line in longest]
    alike = sum(
        len(lines) >= len(longest) - 1
        and all(_nearest(middles, line.middle) < _LEVEL * size for line in lines)
        for lines in columns.values()
    )
    if alike < (len(columns) if spans else max(2, len(columns) - 1)):
        return []
    others = [line.middle for lines in columns.values() if lines is not longest for line in lines]
    return [
        line.middle - 0.5 * size
        for above, line in pairwise(longest)
        # A line without neighbours that goes on in the next one is its beginning.
        if not line.text[:1].islower()
        or any(abs(above.middle - middle) < _LEVEL * size for middle in others)
    ]


def _between_gaps(columns: Columns) -> list[float]:
    """The heights between rows that a gap separates in all columns; none if it is one row."""
    lines = top_down(line for column in columns.values() for line in column)
    steps = [
        two.middle - one.middle for column in columns.values() for one, two in pairwise(column)
    ]
    if len(columns) < 2 or not steps:
        return []
    size = lines[0].size
    pitch = min([1.5 * size, *(step for step in steps if step > 0.5 * size)])
    levels = []
    for above, line in pairwise(lines):
        level = _LEVEL * line.size
        beside = sum(
            any(abs(other.middle - line.middle) < level for other in column)
            for column in columns.values()
        )
        if line.middle - above.middle > _GAP * pitch and (beside > 1 or line.text.endswith(":")):
            levels.append((above.middle + line.middle) / 2)
    return levels


def _nearest(places: Sequence[float], place: float) -> float:
    """The distance to the nearest of some sorted places."""
    after = bisect(places, place)
    return min(abs(place - other) for other in places[max(0, after - 1) : after + 1])

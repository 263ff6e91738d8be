"""Take the tables out of the lines of a page: those with drawn lines first, then the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from chatbot.readers.pdf.inner_rows import with_inner_rows
from chatbot.readers.pdf.leaders import has_leaders, is_leader, without_leaders
from chatbot.readers.pdf.lines import Line
from chatbot.readers.pdf.open_tables import open_tables, wide_pieces
from chatbot.readers.pdf.page_table import (
    PageTable,
    TableCell,
    in_cells,
    placeholder,
    top_down,
)
from chatbot.readers.pdf.page_words import Page
from chatbot.readers.pdf.prose_columns import side_by_side
from chatbot.readers.pdf.reading_order import stand_in_columns
from chatbot.readers.pdf.ruled_tables import DrawnLines, RuledTable
from chatbot.readers.pdf.table_evidence import FIGURE

# A longer cell is a box of prose.
_LONGEST_CELL: Final = 1_500
_PROSE: Final = 300
_FEWEST_CELLS: Final = 4
_GROUPED: Final = 0.3  # share of the cells of figures that may hold several

Tables = dict[Line, PageTable]


def take_tables(page: Page, lines: Sequence[Line], drawn: DrawnLines) -> tuple[list[Line], Tables]:
    """The lines of a page with a line without text for each table, and these tables."""
    tables: Tables = {}
    remaining = list(lines)
    if not lines:
        return remaining, tables
    for ruled in drawn.tables:
        remaining = _take_ruled(page, ruled, remaining, tables)
    texts = [line for line in remaining if line not in tables]
    across, down = drawn.across.tolist(), drawn.down.tolist()
    for group in [] if stand_in_columns(texts) else side_by_side(texts):
        for table in open_tables(group, across, down):
            remaining = _replaced(remaining, table, tables)
    return remaining, tables


def _take_ruled(page: Page, ruled: RuledTable, lines: Sequence[Line], tables: Tables) -> list[Line]:
    """The lines with those in the cells of a table replaced by one that stands for it."""
    of_words = ruled.cells_of(page.words.boxes)
    by_cell: dict[int, list[Line]] = {}
    outside: list[Line] = []
    first = None
    for line in lines:
        if line in tables:
            outside.append(line)
            continue
        for number, part in in_cells(line, of_words):
            if number < 0:
                outside.append(part if len(part.text) < len(line.text) else line)
            else:
                first = len(outside) if first is None else first
                pieces = without_leaders(part) if has_leaders(part) else None
                parts = [part] if pieces is None else [part.part((piece,)) for piece in pieces]
                by_cell.setdefault(number, []).extend(parts)
    texts = [" ".join(part.text for part in parts) for parts in by_cell.values()]
    by_cell = {number: parts for number, parts in by_cell.items() if parts}
    filled = [ruled.cells[number] for number in by_cell]
    if (
        first is None
        or len(filled) < _FEWEST_CELLS
        or len({cell.row for cell in filled}) < 2
        or len({cell.column for cell in filled}) < 2
        or max(map(len, texts)) > _LONGEST_CELL
        or 2 * sum(len(text) > _PROSE for text in texts) > len(texts)
    ):
        return list(lines)
    cells = [
        TableCell(*ruled.cells[number], top_down(parts))
        for number, parts in sorted(by_cell.items())
    ]
    columns = tuple(sorted({ruled.xs[cell.column] for cell in ruled.cells}))
    rows, headers = with_inner_rows(cells)
    if _has_inner_columns(rows):
        return list(lines)
    table = PageTable(page.number, rows, columns, headers)
    stand_in = placeholder([part for parts in by_cell.values() for part in parts])
    tables[stand_in] = table
    return [*outside[:first], stand_in, *outside[first:]]


def _has_inner_columns(cells: Sequence[TableCell]) -> bool:
    """Whether cells hold several figures side by side: lines were drawn around groups only."""
    several = figures = 0
    for cell in cells:
        for line in cell.lines:
            words = line.text.split()
            if cell.column and all(map(FIGURE.fullmatch, words)):
                figures += 1
                several += len(words) > 1 and len(wide_pieces(line)) == len(words)
    return several > _GROUPED * figures


def _is_in(line: Line, table: Line) -> bool:
    return table.top <= line.middle <= table.bottom and table.left <= line.left <= table.right


def _replaced(lines: Sequence[Line], table: PageTable, tables: Tables) -> list[Line]:
    """The lines without those of a table, and with one that stands for it at the first of them."""
    parts = [line for cell in table.cells for line in cell.lines]
    taken = {word for part in parts for s in part.segments for word in range(s.first, s.last)}
    stand_in = placeholder(parts)
    remaining: list[Line] = []
    placed = False
    for line in lines:
        words = {word for s in line.segments for word in range(s.first, s.last)}
        if line in tables or not words & taken:
            if not (is_leader(line.text) and _is_in(line, stand_in)):
                remaining.append(line)
            continue
        if not placed:
            remaining.append(stand_in)
            placed = True
        rest = [s for s in line.segments if s.first not in taken]
        rest = [s for s in rest if not is_leader(line.part((s,)).text)]
        if rest:
            remaining.append(line.part(tuple(rest)))
    tables[stand_in] = table
    return remaining

"""Finds the tables in a passage: consecutive lines with the same number of cells.

Regions, cells and separators cover every character of the text once and in order. Separators are
on the page but visually hidden, so that copied text equals the document's.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import Final, NamedTuple

from chatbot.readers.table_blocks import is_header
from chatbot.types import Span

# A bar between blanks, or where a row begins or ends with an empty cell.
_BAR: Final = re.compile(r"(?:^|(?<= )| )\|(?: |$)")
_LINE: Final = re.compile(r"[^\n]*\n|[^\n]+")


class Cell(NamedTuple):
    """The span of a cell, and of the separator after it."""

    place: Span
    between: Span


class Region(NamedTuple):
    """A span of a text: the rows of a table, or prose if there are no rows.

    `body` is the span without line breaks at its ends. `headed` says that the first row names the
    columns.
    """

    place: Span
    body: Span
    rows: tuple[tuple[Cell, ...], ...] = ()
    headed: bool = False

    @property
    def before(self) -> Span:
        """The line breaks before the body."""
        return Span(self.place.start, self.body.start)

    @property
    def after(self) -> Span:
        """The line breaks after the body."""
        return Span(self.body.end, self.place.end)


def cells(text: str, row: Span) -> tuple[Cell, ...]:
    """The cells of a row; a row without bars is a single cell."""
    row_cells, start = [], row.start
    for bar in _BAR.finditer(row.of(text)):
        between = Span(row.start + bar.start(), row.start + bar.end())
        row_cells.append(Cell(Span(start, between.start), between))
        start = between.end
    return (*row_cells, Cell(Span(start, row.end), Span(row.end, row.end)))


def regions(text: str) -> list[Region]:
    """The tables of a text and the prose between them.

    A table has at least two rows, two or more columns, and equally many cells in every row.
    """
    lines = [_row(text, Span(*line.span())) for line in _LINE.finditer(text)]
    merged: list[Region] = []
    for columns, group in groupby(lines, len):
        rows = tuple(group)
        place = Span(rows[0][0].place.start, rows[-1][-1].between.end)
        if columns > 1 and len(rows) > 1:
            merged.append(Region(place, place, rows, _is_headed(text, rows)))
        elif merged and not merged[-1].rows:
            merged[-1] = _prose(text, Span(merged[-1].place.start, place.end))
        else:
            merged.append(_prose(text, place))
    return merged


def _prose(text: str, place: Span) -> Region:
    content = place.of(text)
    start = place.end - len(content.lstrip("\n"))
    return Region(place, Span(start, max(start, place.start + len(content.rstrip("\n")))))


def _is_headed(text: str, rows: tuple[tuple[Cell, ...], ...]) -> bool:
    """Whether the first row names the columns, by the rule that the readers use."""
    first, second = ([cell.place.of(text).strip() for cell in row] for row in rows[:2])
    return is_header(first, second)


def _row(text: str, line: Span) -> tuple[Cell, ...]:
    """The cells of a line; the line break is the separator after the last cell."""
    end = line.end - text[line.start : line.end].endswith("\n")
    *others, last = cells(text, Span(line.start, end))
    return (*others, Cell(last.place, Span(end, line.end)))

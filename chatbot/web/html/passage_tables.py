"""Finds the tables in a passage: consecutive lines with the same number of cells.

Regions, cells and separators cover every character of the text once and in order. Separators are
on the page but visually hidden, so that copied text equals the document's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from chatbot.types import Span

# A bar between blanks, or where a row begins or ends with an empty cell.
_BAR: Final = re.compile(r"(?:^|(?<= )| )\|(?: |$)")
_LINE: Final = re.compile(r"[^\n]*\n|[^\n]+")
_SIGN: Final = r"(?:[A-Z]{3}|US\$|[$€£¥₽])"
_FIGURE: Final = re.compile(
    rf"[(+−–~<>≤≥±-]* ?{_SIGN}? ?[(+−-]?\d[\d.,'’\u00a0\u202f ]*"
    rf"(?: ?(?:{_SIGN}|[%‰°]|[^\W\d_]{{1,3}}\.?))?\)?%?[*†]*"
)


class Cell(NamedTuple):
    """The span of a cell, and of the separator after it."""

    place: Span
    between: Span


class Row(NamedTuple):
    """A row of a table; `is_head` if it names the columns or heads the rows below it."""

    cells: tuple[Cell, ...]
    is_head: bool = False

    @property
    def span(self) -> Span:
        """The span of the row, without the line break after it."""
        return Span(self.cells[0].place.start, self.cells[-1].place.end)


class Region(NamedTuple):
    """A span of a text: the rows of a table, or prose if there are no rows.

    `body` is the span without line breaks at its ends. `lead` has the cells of the header rows
    that stand before the text. `figures` are the columns that hold mostly figures.
    """

    place: Span
    body: Span
    rows: tuple[Row, ...] = ()
    lead: tuple[tuple[str, ...], ...] = ()
    figures: frozenset[int] = frozenset()

    @property
    def before(self) -> Span:
        """The line breaks before the body."""
        return Span(self.place.start, self.body.start)

    @property
    def after(self) -> Span:
        """The line breaks after the body."""
        return Span(self.body.end, self.place.end)

    @property
    def columns(self) -> int:
        """The number of columns."""
        return max(len(row.cells) for row in self.rows)

    @property
    def headings(self) -> tuple[Row, ...]:
        """The header rows above all others; at least one row is left below them."""
        count = 0
        while count < len(self.rows) - 1 and self.rows[count].is_head:
            count += 1
        return self.rows[:count]

    @property
    def records(self) -> tuple[Row, ...]:
        """The rows below the headings."""
        return self.rows[len(self.headings) :]

    def under_heads(self, row: Row) -> Region:
        """The table with only a row and the header rows that it stands under."""
        names: list[Row] = []
        lead, previous = self.lead, False
        for other in self.rows[: self.rows.index(row)]:
            if other.is_head and not previous:
                # Names replace all names above them; a head of rows replaces only the last one.
                is_names = len(other.cells) > 1
                names = [] if is_names else [name for name in names if len(name.cells) > 1]
                lead = () if is_names else tuple(line for line in lead if len(line) > 1)
            names += [other] if other.is_head else []
            previous = other.is_head
        return self._replace(rows=(*names, row), lead=lead)


def cells(text: str, row: Span) -> tuple[Cell, ...]:
    """The cells of a row; a row without bars is a single cell."""
    row_cells, start = [], row.start
    for bar in _BAR.finditer(row.of(text)):
        between = Span(row.start + bar.start(), row.start + bar.end())
        row_cells.append(Cell(Span(start, between.start), between))
        start = between.end
    return (*row_cells, Cell(Span(start, row.end), Span(row.end, row.end)))


def lead_cells(line: str) -> tuple[str, ...]:
    """The texts of the cells of a header row that stands before a passage."""
    return tuple(cell.place.of(line).strip() for cell in cells(line, Span(0, len(line))))


def regions(text: str, heads: Iterable[Span] = (), lead: Iterable[str] = ()) -> list[Region]:
    """The tables of a text and the prose between them.

    `heads` are the header rows in the text, `lead` those before it. A table has two or more
    columns, and equally many cells in every row; only a header row may be a single cell. It has at
    least two rows, counting those before the text.
    """
    head_spans = set(heads)
    lead_rows = tuple(map(lead_cells, lead))
    merged: list[Region] = []
    rows: list[Row] = []
    for line in _LINE.finditer(text):
        row = _row(text, Span(*line.span()), head_spans)
        if not _belongs(rows, row):
            _finish(text, rows, lead_rows, merged)
            rows = []
        rows.append(row)
    _finish(text, rows, lead_rows, merged)
    return merged


def figure_columns(text: str, rows: Sequence[Sequence[Cell]]) -> frozenset[int]:
    """The columns in which more than half of the cells with text are figures."""
    figures = set()
    for column in range(max(map(len, rows), default=0)):
        words = [row[column].place.of(text).strip() for row in rows if column < len(row)]
        words = [word for word in words if any(map(str.isalnum, word))]
        if 2 * sum(_FIGURE.fullmatch(word) is not None for word in words) > len(words):
            figures.add(column)
    return frozenset(figures)


def _belongs(rows: Sequence[Row], row: Row) -> bool:
    """Whether a line continues the table, or the prose, of the lines before it."""
    if not rows:
        return True
    columns = {len(other.cells) for other in rows if len(other.cells) > 1}
    if not columns:
        if len(row.cells) == 1:
            return row.is_head == rows[-1].is_head
        return rows[-1].is_head
    return len(row.cells) in columns or (len(row.cells) == 1 and row.is_head)


def _finish(
    text: str, rows: Sequence[Row], lead: Sequence[tuple[str, ...]], merged: list[Region]
) -> None:
    """Append lines as a table, or to the prose before them."""
    if not rows:
        return
    place = Span(rows[0].cells[0].place.start, rows[-1].cells[-1].between.end)
    records = [row.cells for row in rows if len(row.cells) > 1]
    columns = len(records[0]) if records else 0
    above = tuple(lead) if not merged and _fit(lead, columns) else ()
    if columns and len(records) + len(above) > 1:
        below = [row.cells for row in rows if len(row.cells) > 1 and not row.is_head]
        figures = figure_columns(text, below)
        merged.append(Region(place, place, tuple(rows), above, figures))
    elif merged and not merged[-1].rows:
        merged[-1] = _prose(text, Span(merged[-1].place.start, place.end))
    else:
        merged.append(_prose(text, place))


def _fit(lead: Sequence[Sequence[str]], columns: int) -> bool:
    """Whether header rows have the same number of cells as the table at the start of the text."""
    return any(len(line) == columns for line in lead) and all(
        len(line) in {1, columns} for line in lead
    )


def _prose(text: str, place: Span) -> Region:
    content = place.of(text)
    start = place.end - len(content.lstrip("\n"))
    return Region(place, Span(start, max(start, place.start + len(content.rstrip("\n")))))


def _row(text: str, line: Span, heads: set[Span]) -> Row:
    """The cells of a line; the line break is the separator after the last cell."""
    end = line.end - text[line.start : line.end].endswith("\n")
    *others, last = cells(text, Span(line.start, end))
    is_head = Span(line.start, end) in heads
    return Row((*others, Cell(last.place, Span(end, line.end))), is_head)

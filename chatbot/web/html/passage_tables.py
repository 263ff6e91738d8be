"""Tables in a passage: rows of equally many cells, told from the text and shown as a table.

Every character of the text stands in the page once and in order; what parts the cells and rows
is there too, out of sight, so that what is copied is what the document has.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from chatbot.readers.table_blocks import is_header
from chatbot.types import Span

# A bar between blanks, or where a row begins or ends with an empty cell.
_BAR: Final = re.compile(r"(?:^|(?<= )| )\|(?: |$)")
_LINE: Final = re.compile(r"[^\n]*\n|[^\n]+")

_COLUMN: Final = ' scope="col"'

Show = Callable[[Span], str]


class Cell(NamedTuple):
    """The place of a cell, and of what parts it from the next."""

    place: Span
    between: Span


class Part(NamedTuple):
    """A stretch of a text: some rows of a table, or none where it is no table."""

    place: Span
    rows: tuple[tuple[Cell, ...], ...] = ()


def cells(text: str, row: Span) -> tuple[Cell, ...]:
    """The cells of a row; one where it has no bar."""
    found, start = [], row.start
    for bar in _BAR.finditer(row.of(text)):
        between = Span(row.start + bar.start(), row.start + bar.end())
        found.append(Cell(Span(start, between.start), between))
        start = between.end
    return (*found, Cell(Span(start, row.end), Span(row.end, row.end)))


def parts(text: str) -> list[Part]:
    """A text in tables, of at least two rows with equally many cells, and all else."""
    lines = [_row(text, Span(*line.span())) for line in _LINE.finditer(text)]
    found: list[Part] = []
    for columns, group in groupby(lines, len):
        rows = tuple(group)
        place = Span(rows[0][0].place.start, rows[-1][-1].between.end)
        if columns > 1 and len(rows) > 1:
            found.append(Part(place, rows))
        elif found and not found[-1].rows:
            found[-1] = Part(Span(found[-1].place.start, place.end))
        else:
            found.append(Part(place))
    return found


def header_of(text: str, table: Part) -> bool:
    """Whether the first row names the columns, by the law that files are read by."""
    first, second = ([cell.place.of(text).strip() for cell in row] for row in table.rows[:2])
    return is_header(first, second)


def table_html(rows: Sequence[Sequence[Cell]], show: Show, *, headed: bool) -> str:
    """Rows as a table that scrolls by itself; `show` gives a place of the text as HTML."""
    head = ""
    if headed:
        head = f"<thead><tr>{cells_html(rows[0], show, 'th', _COLUMN)}</tr></thead>"
    body = "".join(f"<tr>{cells_html(row, show, 'td')}</tr>" for row in rows[headed:])
    return f'<div class="table" tabindex="0"><table>{head}<tbody>{body}</tbody></table></div>'


def cells_html(row: Sequence[Cell], show: Show, tag: str, attributes: str = "") -> str:
    """The cells of a row; `show` gives a place of the text as HTML."""
    return "".join(
        f'<{tag}{attributes} dir="auto">{show(place)}{between_html(between, show)}</{tag}>'
        for place, between in row
    )


def between_html(gap: Span, show: Show) -> str:
    """What parts two pieces of a text, there and out of sight; nothing for no characters."""
    return f'<span class="between">{show(gap)}</span>' if gap.end > gap.start else ""


def _row(text: str, line: Span) -> tuple[Cell, ...]:
    """The cells of a line; its end parts the last from what follows."""
    end = line.end - text[line.start : line.end].endswith("\n")
    *others, last = cells(text, Span(line.start, end))
    return (*others, Cell(last.place, Span(end, line.end)))

"""Tables in a passage: rows of equally many cells, told from the text and shown as a table.

Every character of the text stands in the page once and in order; what parts the cells and rows
is there too, out of sight, so that what is copied is what the document has.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from chatbot.readers.tables import is_header
from chatbot.types import Span

# A bar between blanks, or where a row begins or ends with an empty cell.
_BAR: Final = re.compile(r"(?:^|(?<= )| )\|(?: |$)")
_LINE: Final = re.compile(r"[^\n]*\n|[^\n]+")

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
    head = f"<thead>{_row_html(rows[0], show, 'th')}</thead>" if headed else ""
    body = "".join(_row_html(row, show, "td") for row in rows[headed:])
    return f'<div class="table" tabindex="0"><table>{head}<tbody>{body}</tbody></table></div>'


def _row_html(row: Sequence[Cell], show: Show, tag: str) -> str:
    return f"<tr>{''.join(_cells_html(row, show, tag))}</tr>"


def _cells_html(row: Sequence[Cell], show: Show, tag: str) -> Iterator[str]:
    scope = ' scope="col"' if tag == "th" else ""
    for place, between in row:
        parted = (
            f'<span class="between">{show(between)}</span>' if between.end > between.start else ""
        )
        yield f'<{tag}{scope} dir="auto">{show(place)}{parted}</{tag}>'


def _row(text: str, line: Span) -> tuple[Cell, ...]:
    """The cells of a line; its end parts the last from what follows."""
    end = line.end - text[line.start : line.end].endswith("\n")
    *others, last = cells(text, Span(line.start, end))
    return (*others, Cell(last.place, Span(end, line.end)))

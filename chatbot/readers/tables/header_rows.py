"""Finds the rows at the top of a table that name its columns, if the file doesn't mark them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Final

from chatbot.readers.tables.grid import Grid

_LONGEST_NAME: Final = 60
_FEW_NAMES: Final = 3
LONGEST_TITLE: Final = 120
# A table has at most this many rows of names.
MOST_HEADERS: Final = 6
FIGURE: Final = re.compile(r"[\W\d]*\d[\W\d]*|true|false", re.IGNORECASE)
# A year, a quarter, a month or a day: a figure that may name a column.
PERIOD: Final = re.compile(
    r"(?:[QH][1-4][ /]?|[1-4]Q[ /]?)?(?:FY ?)?(?:1[89]|20)\d\d(?:[/–-]\d{2,4})?[*AEFPe]?"
    r"|(?:1[89]|20)\d\d-\d\d(?:-\d\d)?|\d{1,2}[./]\d{1,2}[./]\d{2,4}"
)
_YEAR: Final = re.compile(r"(1[89]|20)\d\d")


def is_header(first: Sequence[str], second: Sequence[str]) -> bool:
    """Whether a row names the columns of the rows below it.

    Column names are short and distinct, and every column that the next row fills has one. Periods
    may be among them, other figures may not.
    """
    names = [cell for cell in first if cell]
    named = [bool(cell) for cell in first]
    filled = [bool(cell) for cell in second]
    unnamed = sum(full and not name for name, full in zip(named, filled, strict=False))
    if (
        len(names) < 2
        or unnamed > (not named[0])  # the corner above the row names may be empty
        or not _are_distinct(names)
        or not all(len(name) <= _LONGEST_NAME for name in names)
        or list(first) == list(second)
    ):
        return False
    if all(map(PERIOD.fullmatch, names)):
        # A row of years is a header above the values of named rows, and a record elsewhere.
        below = [cell for cell in second[1:] if cell]
        return not first[0] and bool(below) and not any(map(_YEAR.fullmatch, below))
    return sum(filled) > 1 and all(
        PERIOD.fullmatch(name) or not FIGURE.fullmatch(name) for name in names
    )


def _are_distinct(names: Sequence[str]) -> bool:
    """Whether no name is repeated; exports repeat the name of a list for each of its values."""
    runs = [name for name, _ in groupby(names)]
    return len(set(runs)) == len(runs) and (len(runs) == len(names) or len(runs) > _FEW_NAMES)


def header_count(grid: Grid) -> int:
    """The number of rows at the top that name the columns.

    There are several if a name in an upper row spans columns, or stands only above the first of its
    columns. Such names are spread over their columns.
    """
    titles = 0
    while titles < min(len(grid.rows), MOST_HEADERS) and _is_title(grid, titles):
        titles += 1
    for last in range(titles, min(len(grid.rows) - 1, titles + MOST_HEADERS)):
        if not _names(grid, last):
            break
        if last > titles and _spread(grid, titles, last):
            return last + 1
        if _splits(grid, last):
            continue
        joined = _joined_names(grid, titles, last)
        if not is_header(joined, _first_record(grid, last + 1)):
            return 0
        return last + 1 + _has_units(grid, last + 1)
    return 0


def _is_title(grid: Grid, row: int) -> bool:
    """Whether a row has only the title of the table, or those of tables side by side."""
    if grid.spanning(row) is not None:
        return True
    places = dict.fromkeys(grid.origin(row, column) for column in range(grid.width))
    texts = [text for place in places if (text := grid.text(*place))]
    is_alone = len(texts) == 1 and bool(grid.text(row, 0)) and grid.width > 2
    return is_alone or (bool(texts) and all(len(text) > _LONGEST_NAME for text in texts))


def _has_units(grid: Grid, row: int) -> bool:
    """Whether a row below the names has the units of the figures below it."""
    if row + 1 >= len(grid.rows) or not _names(grid, row) or grid.text(row, 0):
        return False
    units = [column for column in range(grid.width) if grid.text(row, column)]
    figures = [bool(FIGURE.fullmatch(grid.text(row + 1, column))) for column in units]
    return len(units) > 1 and all(grid.text(row - 1, column) for column in units) and any(figures)


def spread_names(grid: Grid, headers: int) -> None:
    """Spread the names of groups in stated header rows over the columns they were left out of."""
    for last in range(1, min(headers, len(grid.rows) - 1)):
        _spread(grid, 0, last)


def _texts(grid: Grid, row: int) -> list[str]:
    return [grid.text(row, column) for column in range(grid.width)]


def _first_record(grid: Grid, start: int) -> list[str]:
    """The first row from `start` on that has more than the name of a group."""
    for row in range(start, min(len(grid.rows), start + MOST_HEADERS)):
        texts = _texts(grid, row)
        if grid.spanning(row) is None and sum(map(bool, texts)) > 1:
            return texts
    return _texts(grid, start)


def _names(grid: Grid, row: int) -> bool:
    """Whether no cell of a row is a figure, periods excepted."""
    cells = [cell for cell in _texts(grid, row) if cell]
    return bool(cells) and all(
        len(cell) <= LONGEST_TITLE and (PERIOD.fullmatch(cell) or not FIGURE.fullmatch(cell))
        for cell in cells
    )


def _splits(grid: Grid, row: int) -> bool:
    """Whether a name of this row spans columns that the next row tells apart."""
    if row + 2 >= len(grid.rows) or not _names(grid, row + 1):
        return False
    for column in range(1, grid.width):
        if grid.origin(row, column) == grid.origin(row, column - 1):
            below = grid.text(row + 1, column - 1), grid.text(row + 1, column)
            if all(below) and grid.origin(row + 1, column) != grid.origin(row + 1, column - 1):
                return True
    return _leaves_out(grid, row)


def _leaves_out(grid: Grid, row: int) -> bool:
    """Whether a row names groups only above their first column, and the next row repeats names."""
    upper, lower = _texts(grid, row), _texts(grid, row + 1)
    names = [name for name in lower if name]
    return (
        1 <= sum(map(bool, upper)) < len(names)
        and len(set(names)) < len(names)
        and all(name for name, above in zip(lower, upper, strict=True) if above)
        and any(map(FIGURE.fullmatch, filter(None, _texts(grid, row + 2))))
    )


def _spread(grid: Grid, first: int, last: int) -> bool:
    """Spread group names over the columns they were left out of.

    Return whether all names are distinct then.
    """
    if not _leaves_out(grid, last - 1):
        return False
    row, lower = last - 1, _texts(grid, last)
    starts = [column for column in range(grid.width) if grid.text(row, column)]
    for start, end in zip(starts, [*starts[1:], grid.width], strict=True):
        # The first column names rows, so its name doesn't reach over the others.
        columns = 1 if start == 0 else sum(map(bool, lower[start:end]))
        if columns > 1:
            grid.put(row, start, grid.text(row, start), columns=columns)
    names = [name for name in _joined_names(grid, first, last) if name]
    return len(set(names)) == len(names)


def _joined_names(grid: Grid, first: int, last: int) -> list[str]:
    """The full name of each column, from the rows of names above it."""
    names = []
    for column in range(grid.width):
        places = dict.fromkeys(grid.origin(row, column) for row in range(first, last + 1))
        names.append(" ".join(filter(None, (grid.text(*place) for place in places))))
    return names

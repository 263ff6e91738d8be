"""Tables in plain text: columns lined up with spaces, separated by tabs, or drawn with bars."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from chatbot.readers.tables.header_rows import FIGURE
from chatbot.text.clean import one_line

_FEWEST_ROWS: Final = 3
_MOST_TITLES: Final = 3
_LONGEST_LINE: Final = 400
_RULE: Final = re.compile(r"[-=─━═]{3}")
_RULE_SIGNS: Final = frozenset("-=+|:─━═│┼ \t")
_BARS: Final = ("|", "│")
_GAP: Final = re.compile(r" {2,}")
# The share of the cells after the first column that are figures, if no line is drawn.
_FIGURES: Final = 0.5


def text_table(lines: Sequence[str]) -> tuple[int, list[list[str]]] | None:
    """The number of lines above a table, and its rows; None if the lines aren't a table.

    The lines follow each other without a blank one. Columns in doubt aren't a table, because poems,
    addresses and prose in two columns are lined up, too.
    """
    for above in range(min(_MOST_TITLES, len(lines))):
        rows = [line for line in lines[above:] if not _is_rule(line)]
        is_drawn = len(rows) < len(lines) - above
        if len(rows) < _FEWEST_ROWS - is_drawn or not all(map(_has_cells, rows)):
            continue
        if all(row.strip()[0] in _BARS and row.strip()[-1] in _BARS for row in rows):
            cells = [re.split("[|│]", row.strip())[1:-1] for row in rows]
        elif all("\t" in row.strip() for row in rows):
            cells = [row.split("\t") for row in rows]
            most = max(map(len, cells))
            cells = [[*row, *[""] * (most - len(row))] for row in cells]
        else:
            cells = _lined_up([row.expandtabs() for row in rows])
            if not is_drawn and not _has_figures(cells):
                continue
        table = [[one_line(cell) for cell in row] for row in cells]
        if len({len(row) for row in table}) == 1 and len(table[0]) > 1:
            return above, table
    return None


def _is_rule(line: str) -> bool:
    """Whether a line only draws a part of a table, such as "+-----+" or "----  ----"."""
    return _RULE_SIGNS.issuperset(line) and _RULE.search(line) is not None


def _has_cells(line: str) -> bool:
    words = line.strip()
    return len(line) <= _LONGEST_LINE and bool(
        "\t" in words or _GAP.search(words) or (words[:1] in _BARS and words[-1:] in _BARS)
    )


def _lined_up(lines: Sequence[str]) -> list[list[str]]:
    """The cells between columns of at least two spaces; every row has a second cell."""
    width = max(map(len, lines))
    padded = [line.ljust(width) for line in lines]
    filled = [any(line[column] != " " for line in padded) for column in range(width)]
    gaps = [
        (start, stop)
        for start, stop in _runs(filled)
        if start and stop - start > 1 and stop < width
    ]
    bounds = [0, *(stop for _, stop in gaps), width]
    rows = [[line[start:stop] for start, stop in pairwise(bounds)] for line in padded]
    return rows if all(any(map(str.strip, row[1:])) for row in rows) else []


def _runs(filled: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """The runs of columns that no line fills."""
    start = None
    for column, is_filled in enumerate([*filled, True]):
        if not is_filled and start is None:
            start = column
        elif is_filled and start is not None:
            yield start, column
            start = None


def _has_figures(rows: Sequence[Sequence[str]]) -> bool:
    """Whether most cells below the first row and after the first column are figures."""
    cells = [cell.strip() for row in rows[1:] for cell in row[1:] if cell.strip()]
    figures = sum(FIGURE.fullmatch(cell) is not None for cell in cells)
    return bool(cells) and figures > _FIGURES * len(cells)

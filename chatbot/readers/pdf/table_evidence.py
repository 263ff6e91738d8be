"""Whether aligned pieces of lines are a table, and not prose, a form or a drawing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import Final

from chatbot.readers.pdf.lines import Line
from chatbot.readers.pdf.table_columns import Interval, TableLine, word_count

_ALIGNED: Final = 0.6
_CELL_WORDS: Final = 12
_PROSE_WORDS: Final = 6
_FILLED: Final = 0.45  # share of cells with words
_FORMULA: Final = 2.5
_TIGHT: Final = 0.75
_FIGURE_SHARE: Final = 0.25  # share of cells, where columns aren't aligned
_LEADERS: Final = re.compile(r"(\. ?){4,}|…{2,}")

FIGURE: Final = re.compile(r"[-+−–—(]?[$€£¥]?\s?\(?[0-9][0-9.,:/ –-]*\s?[%)]{0,2}|[-–—$€£]")
# The start of a list item, which isn't a cell of its own.
BULLET: Final = re.compile(
    r"([-*•‣◦▪■●○–—➢✓\uf0a7\uf0b7\uf0d8]|\(?[0-9]{1,3}[.)]|\(?[a-zA-Z][.)]|\[[0-9]{1,3}\])(?=\s|$)"
)


def is_table(
    placed: Sequence[Sequence[tuple[Interval, Line]]],
    columns: Sequence[Interval],
    run: Sequence[TableLine],
) -> bool:
    """Whether pieces, each with the columns that it covers, are the cells of a table."""
    by_column: list[list[Line]] = [[] for _ in columns]
    for row in placed:
        for (column, stop), part in row:
            if stop - column == 1:
                by_column[int(column)].append(part)
    if not all(by_column):
        return False
    texts = [part.text for column in by_column for part in column]
    figures = sum(FIGURE.fullmatch(text) is not None for text in texts) / len(texts)
    filled = len(texts) / (len(run) * len(columns))
    if (
        filled < (_FILLED if len(columns) > 2 else 0.7)
        or all(BULLET.fullmatch(part.text) for part in by_column[0])
        or (len(columns) == 2 and any(map(_LEADERS.search, texts)))  # a table of contents
        or _is_drawing(texts, run, figures)
        or _is_prose(by_column, figures)
    ):
        return False
    aligned = sum(map(_is_aligned, by_column))
    if figures >= _FIGURE_SHARE and len(columns) > 2:
        return 2 * sum(_is_aligned(column, share=0.7) for column in by_column) > len(columns)
    return aligned == len(columns)


def _is_drawing(texts: Sequence[str], run: Sequence[TableLine], figures: float) -> bool:
    """Whether these are the signs of a formula or drawing: short, or closer than lines are."""
    steps = [two.middle - one.middle for one, two in pairwise(run)]
    short = figures < 0.5 and sum(map(len, texts)) < _FORMULA * len(texts)
    return short or sum(step < _TIGHT * run[0].size for step in steps) > 1


def _is_prose(by_column: Sequence[Sequence[Line]], figures: float) -> bool:
    """Whether more than one column contains sentences."""
    long = sum(_quarter(column) >= _PROSE_WORDS for column in by_column)
    longest = max(median(map(word_count, column)) for column in by_column)
    return longest > _CELL_WORDS or long > 1 or (long > 0 and len(by_column) == 2 and not figures)


def _quarter(column: Sequence[Line]) -> int:
    """The words that a quarter of the pieces have, or more."""
    counts = sorted(map(word_count, column))
    return counts[3 * (len(counts) - 1) // 4]


def _is_aligned(column: Sequence[Line], *, share: float = 1.0) -> bool:
    """Whether pieces of a column, without its first one, share an edge or their middle."""
    tolerance = _ALIGNED * median(part.size for part in column)
    edges = (
        [part.left for part in column],
        [part.right for part in column],
        [(part.left + part.right) / 2 for part in column],
    )
    return any(
        sum(abs(edge - median(places)) <= tolerance for edge in places[1:])
        >= share * (len(places) - 1)
        for places in edges
    )

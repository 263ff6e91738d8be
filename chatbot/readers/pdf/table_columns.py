"""The columns of a table without drawn lines, from the pieces of its lines."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import chain, pairwise
from typing import Final, NamedTuple

from chatbot.readers.pdf.lines import Line, piece_of

# In font heights: a gutter that all rows of a long table leave free.
_NARROW: Final = 0.35
_MANY_ROWS: Final = 8
_APART: Final = 3  # rows with a gap for each piece across it

# Left and right, or the first and the last but one of a range of columns.
Interval = tuple[float, float]


class TableLine(NamedTuple):
    """Pieces of lines on one baseline, from left to right."""

    parts: tuple[Line, ...]

    @property
    def middle(self) -> float:
        return self.parts[0].middle

    @property
    def size(self) -> float:
        return max(part.size for part in self.parts)


def split_at_gutters(rows: Sequence[TableLine]) -> list[TableLine]:
    """The rows, with pieces split at narrow gutters that all rows leave free."""
    pieces = [part for row in rows if len(row.parts) > 1 for part in row.parts]
    words = sorted(chain.from_iterable(map(_word_extents, pieces)))
    gutters: list[Interval] = []
    end = words[0][1] if words else 0.0
    for left, right in words:
        if left - end > _NARROW * rows[0].size:
            gutters.append((end, left))
        end = max(end, right)
    places = [
        (start + stop) / 2 for start, stop in gutters if _parts_columns(rows, pieces, start, stop)
    ]
    if not places:
        return []
    return [
        TableLine(tuple(piece for part in row.parts for piece in _cut(part, places)))
        for row in rows
    ]


def _parts_columns(
    rows: Sequence[TableLine], pieces: Sequence[Line], start: float, stop: float
) -> bool:
    """Whether a gutter lies between columns: many pieces cross it, or most rows have it."""
    crossing = sum(part.left < start and part.right > stop for part in pieces)
    apart = sum(
        any(one.right <= start and two.left >= stop for one, two in pairwise(row.parts))
        for row in rows
    )
    return crossing >= _MANY_ROWS or (crossing > 0 and apart >= _APART * crossing)


def _word_extents(part: Line) -> list[Interval]:
    sides = part.page.words.sides
    return [
        (left, right)
        for segment in part.segments
        for left, _, right, _ in sides[segment.first : segment.last]
    ]


def _cut(part: Line, places: Sequence[float]) -> Iterator[Line]:
    """A piece, cut at places between its words."""
    if bisect_left(places, part.left) == bisect_left(places, part.right):
        yield part
        return
    words = part.page.words
    runs: dict[int, list[int]] = {}
    for segment in part.segments:
        for word in range(segment.first, segment.last):
            left, _, right, _ = words.sides[word]
            runs.setdefault(bisect_left(places, (left + right) / 2), []).append(word)
    if len(runs) == 1:
        yield part
        return
    for run in runs.values():
        yield part.part((piece_of(words, run[0], run[-1] + 1),))


def columns_of(run: Sequence[TableLine]) -> list[Interval]:
    """The columns: stretches across which pieces overlap; pieces over two columns don't count."""
    most = max(len(row.parts) for row in run)
    full = [row for row in run if len(row.parts) >= max(2, 0.6 * most)]
    pieces = sorted(extent(part) for row in full for part in row.parts)
    columns: list[Interval] = []
    for left, right in pieces:
        if columns and left < columns[-1][1]:
            columns[-1] = (columns[-1][0], max(columns[-1][1], right))
        else:
            columns.append((left, right))
    # Pieces of emptier rows may have columns of their own.
    for row in run:
        for part in row.parts:
            if not any(overlap(column, extent(part)) > 0 for column in columns):
                columns.append(extent(part))
                columns.sort()
    return columns


def covered(part: Line, columns: Sequence[Interval]) -> Interval:
    """The columns that a piece covers, as first and stop."""
    shared = [n for n, column in enumerate(columns) if overlap(column, extent(part)) > 0]
    if not shared:
        middle = (part.left + part.right) / 2
        nearest = min(range(len(columns)), key=lambda n: abs(sum(columns[n]) / 2 - middle))
        return nearest, nearest + 1
    return shared[0], shared[-1] + 1


def extent(part: Line) -> Interval:
    """Where a piece begins and ends."""
    return part.left, part.right


def overlap(one: Interval, two: Interval) -> float:
    """How much two ranges share; negative if there is a gap between them."""
    return min(one[1], two[1]) - max(one[0], two[0])


def word_count(part: Line) -> int:
    """The number of words of a piece."""
    return sum(segment.last - segment.first for segment in part.segments)

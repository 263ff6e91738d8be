"""Tables where the lines make them plain: rows of short cells that stand under each other.

What is not plainly a table stays prose: a table read as prose is still found, prose torn into
cells is not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from chatbot.readers.pdf.lines import Line, Segment

_ROWS: Final = 3
_ALIGNED: Final = 0.6  # heights of a letter
_BETWEEN_ROWS: Final = 3.0
_WITHIN_CELL: Final = 1.4
_CELL_WORDS: Final = 12
_NUMERIC: Final = re.compile(r"[-+−(]?[$€£¥]?[0-9][0-9.,:/ –-]*[%)]?|[-–—]")
# What begins an item of a list, and is no cell of its own.
BULLET: Final = re.compile(
    r"([-*•‣◦▪■●○–—➢✓\uf0a7\uf0b7\uf0d8]|\(?[0-9]{1,3}[.)]|\(?[a-zA-Z][.)]|\[[0-9]{1,3}\])(?=\s|$)"
)


Cell = tuple[Line, ...]


class Table(NamedTuple):
    """Rows of cells, each cell one or more lines; whether the first row names the columns."""

    rows: tuple[tuple[Cell, ...], ...]
    headed: bool


def table_at(lines: Sequence[Line], place: int) -> tuple[Table, int] | None:
    """The table that begins at a line, and the place after it; None if there is none."""
    columns = _cells(lines[place])
    if len(columns) < 2:
        return None
    rows = [columns]
    cells: list[list[list[Line]]] = [[[lines[place].part(parts)] for parts in columns]]
    end = place + 1
    while end < len(lines):
        before, line = lines[end - 1], lines[end]
        if not 0 < line.middle - before.middle < _BETWEEN_ROWS * max(before.size, line.size):
            break
        parts = _cells(line)
        if len(parts) == len(columns):
            rows.append(parts)
            cells.append([[line.part(part)] for part in parts])
        elif (under := _under(line, before, rows)) is not None:
            for column, part in under:
                cells[-1][column].append(line.part(part))
        else:
            break
        end += 1
    if len(rows) < _ROWS or not _plain(rows, lines[place].size):
        return None
    whole = tuple(tuple(tuple(cell) for cell in row) for row in cells)
    return Table(whole, _headed(whole)), end


def _under(
    line: Line, before: Line, rows: Sequence[Sequence[tuple[Segment, ...]]]
) -> list[tuple[int, tuple[Segment, ...]]] | None:
    """The columns whose cells a line goes on with, the first left empty; None if it is no such."""
    if len(rows) < 2 or line.middle - before.middle > _WITHIN_CELL * line.size:
        return None
    found: list[tuple[int, tuple[Segment, ...]]] = []
    for segment in line.segments:
        near = [
            column
            for column, cell in enumerate(rows[-1])
            if column and abs(cell[0].left - segment.left) <= _ALIGNED * line.size
        ]
        if len(near) != 1:
            return None
        found.append((near[0], (segment,)))
    return found


def _cells(line: Line) -> list[tuple[Segment, ...]]:
    """The segments of a line as cells, a bullet with what it stands before."""
    segments = line.segments
    if BULLET.match(line.text) and len(segments) > 1:
        words = line.page.words
        first = line.page.text[words.start[segments[0].first] : words.stop[segments[0].last - 1]]
        if BULLET.fullmatch(first.strip()):
            return [segments[:2], *((each,) for each in segments[2:])]
    return [(each,) for each in segments]


def _plain(rows: Sequence[Sequence[tuple[Segment, ...]]], size: float) -> bool:
    """Whether the cells of each column share an edge or the middle, and are short."""
    for column in zip(*rows, strict=True):
        lefts = [cell[0].left for cell in column]
        rights = [cell[-1].right for cell in column]
        middles = [(left + right) / 2 for left, right in zip(lefts, rights, strict=True)]
        if not any(_most_agree(edges, _ALIGNED * size) for edges in (lefts, rights, middles)):
            return False
        words = sorted(cell[-1].last - cell[0].first for cell in column)
        if words[len(words) // 2] > _CELL_WORDS:
            return False
    return True


def _most_agree(edges: Sequence[float], tolerance: float) -> bool:
    """Whether all edges agree but the first, which may be of a header set otherwise."""
    usual = sorted(edges)[len(edges) // 2]
    return all(abs(edge - usual) <= tolerance for edge in edges[1:])


def _headed(rows: Sequence[Sequence[Cell]]) -> bool:
    """Whether the first row names the columns: it is set apart, or has words over numbers."""
    texts = [[" ".join(line.text for line in cell) for cell in row] for row in rows]
    numeric = [[bool(_NUMERIC.fullmatch(text)) for text in row] for row in texts]
    if any(numeric[0]):
        return False
    if rows[0][0][0].font.bold and not rows[1][0][0].font.bold:
        return True
    return any(map(all, zip(*numeric[1:], strict=True)))

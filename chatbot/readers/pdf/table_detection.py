"""Detect tables: rows of short cells aligned in columns.

In case of doubt, lines stay prose. Search still finds a table that was read as prose, but not
prose that was torn into cells.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from chatbot.readers.pdf.lines import Line, Segment

_ROWS: Final = 3
# In font heights.
_ALIGNED: Final = 0.6
_BETWEEN_ROWS: Final = 3.0
_WITHIN_CELL: Final = 1.4
_CELL_WORDS: Final = 12
_NUMERIC: Final = re.compile(r"[-+−(]?[$€£¥]?[0-9][0-9.,:/ –-]*[%)]?|[-–—]")
# The start of a list item, which isn't a separate cell.
BULLET: Final = re.compile(
    r"([-*•‣◦▪■●○–—➢✓\uf0a7\uf0b7\uf0d8]|\(?[0-9]{1,3}[.)]|\(?[a-zA-Z][.)]|\[[0-9]{1,3}\])(?=\s|$)"
)


CellLines = tuple[Line, ...]


class Table(NamedTuple):
    """Rows of cells; `headed` if the first row names the columns."""

    rows: tuple[tuple[CellLines, ...], ...]
    headed: bool


def table_at(lines: Sequence[Line], start: int) -> tuple[Table, int] | None:
    """The table that begins at line `start`, and the line number after it; None without one."""
    columns = _cells(lines[start])
    if len(columns) < 2:
        return None
    rows = [columns]
    cells: list[list[list[Line]]] = [[[lines[start].part(parts)] for parts in columns]]
    end = start + 1
    while end < len(lines):
        before, line = lines[end - 1], lines[end]
        if not 0 < line.middle - before.middle < _BETWEEN_ROWS * max(before.size, line.size):
            break
        parts = _cells(line)
        if len(parts) == len(columns):
            rows.append(parts)
            cells.append([[line.part(part)] for part in parts])
        elif (continued := _continued_cells(line, before, rows)) is not None:
            for column, part in continued:
                cells[-1][column].append(line.part(part))
        else:
            break
        end += 1
    if len(rows) < _ROWS or not _is_table(rows, lines[start].size):
        return None
    whole = tuple(tuple(tuple(cell) for cell in row) for row in cells)
    return Table(whole, _headed(whole)), end


def _continued_cells(
    line: Line, before: Line, rows: Sequence[Sequence[tuple[Segment, ...]]]
) -> list[tuple[int, tuple[Segment, ...]]] | None:
    """The columns whose cells a line continues, never the first; None if it continues none."""
    if len(rows) < 2 or line.middle - before.middle > _WITHIN_CELL * line.size:
        return None
    continued: list[tuple[int, tuple[Segment, ...]]] = []
    for segment in line.segments:
        near = [
            column
            for column, cell in enumerate(rows[-1])
            if column and abs(cell[0].left - segment.left) <= _ALIGNED * line.size
        ]
        if len(near) != 1:
            return None
        continued.append((near[0], (segment,)))
    return continued


def _cells(line: Line) -> list[tuple[Segment, ...]]:
    """The segments of a line as cells; a bullet shares the cell of the text after it."""
    segments = line.segments
    if BULLET.match(line.text) and len(segments) > 1:
        words = line.page.words
        first = line.page.text[words.start[segments[0].first] : words.stop[segments[0].last - 1]]
        if BULLET.fullmatch(first.strip()):
            return [segments[:2], *((segment,) for segment in segments[2:])]
    return [(segment,) for segment in segments]


def _is_table(rows: Sequence[Sequence[tuple[Segment, ...]]], size: float) -> bool:
    """Whether the cells of every column are short and share an edge or their middle."""
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
    """Whether all edges agree, except the first: a header may be aligned differently."""
    median = sorted(edges)[len(edges) // 2]
    return all(abs(edge - median) <= tolerance for edge in edges[1:])


def _headed(rows: Sequence[Sequence[CellLines]]) -> bool:
    """Whether the first row names the columns: in bold, or with words above numbers."""
    texts = [[" ".join(line.text for line in cell) for cell in row] for row in rows]
    numeric = [[bool(_NUMERIC.fullmatch(text)) for text in row] for row in texts]
    if any(numeric[0]):
        return False
    if rows[0][0][0].font.bold and not rows[1][0][0].font.bold:
        return True
    return any(map(all, zip(*numeric[1:], strict=True)))

"""Tables with drawn lines: the cells that the lines of a page enclose.

Lines that touch each other make one table. A cell covers all slots between which no line is drawn,
so merged cells are found, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chatbot.readers.pdf.page_words import Floats, Ints, Page

Bools = NDArray[np.bool_]

# In points: how far lines may be from each other to be one, and from a cell's corner to touch it.
_SAME: Final = 3.0
# A mark shorter than this is a box to tick or part of a drawing.
_SHORTEST: Final = 8.0
_MOST_RULES: Final = 4_000
# The share of a slot's side that a line must cover to separate it from its neighbour.
_COVERED: Final = 0.5
_MISFITS: Final = 0.03


class RuledCell(NamedTuple):
    """A cell: its first row and column, the rows and columns that it covers."""

    row: int
    column: int
    rows: int
    columns: int


class RuledTable(NamedTuple):
    """The cells of a table, the edges of its columns and rows, and the cell of each slot."""

    cells: tuple[RuledCell, ...]
    xs: tuple[float, ...]
    ys: tuple[float, ...]
    owner: Ints

    def holds(self, x: float, y: float) -> bool:
        """Whether a point is inside the table."""
        return self.xs[0] <= x <= self.xs[-1] and self.ys[0] <= y <= self.ys[-1]

    def cells_of(self, boxes: Floats) -> list[int]:
        """The number of the cell that has the middle of each box (n, 4); -1 outside of all."""
        columns = np.searchsorted(self.xs, (boxes[:, 0] + boxes[:, 2]) / 2)
        rows = np.searchsorted(self.ys, (boxes[:, 1] + boxes[:, 3]) / 2)
        numbers: list[int] = np.pad(self.owner, 1, constant_values=-1)[rows, columns].tolist()
        return numbers


class DrawnLines(NamedTuple):
    """The rules of a page as position, start and end, (n, 3), and the tables that they make."""

    across: Floats
    down: Floats
    tables: tuple[RuledTable, ...]


def drawn_lines(page: Page) -> DrawnLines:
    """The rules of a page; those of a drawing, which has thousands, are left out."""
    rules = page.rules
    flat, upright = rules[_is_across(rules)], rules[_is_across(rules[:, [1, 0, 3, 2]])]
    across = _joined(flat if len(flat) <= _MOST_RULES else flat[:0], 0)
    down = _joined(upright if len(upright) <= _MOST_RULES else upright[:0], 1)
    return DrawnLines(across, down, tuple(_tables(across, down)))


def _tables(across: Floats, down: Floats) -> Iterator[RuledTable]:
    """The tables with lines between rows and between columns."""
    if len(across) < 2 or len(down) < 2:
        return
    components = [(across[rows], down[columns]) for rows, columns in _components(across, down)]
    bands = [_levels(lines[:, 0]) for rows, lines in components if len(_levels(rows[:, 0])) == 2]
    for rows, columns in components:
        if not _is_striped(columns, bands) and (table := _table(rows, columns)):
            yield table


def _is_striped(columns: Floats, bands: Sequence[Sequence[float]]) -> bool:
    """Whether other rows of boxes, apart from each other, have the same columns.

    They are the backgrounds of every other row of a table, and no lines around its cells.
    """
    levels = _levels(columns[:, 0])
    alike = sum(
        len(band) == len(levels)
        and all(abs(one - two) <= _SAME for one, two in zip(band, levels, strict=True))
        for band in bands
    )
    return alike > 1


def _is_across(rules: Floats) -> Floats:
    """Whether each rule runs across the page (down, with exchanged coordinates)."""
    width, height = rules[:, 2] - rules[:, 0], rules[:, 3] - rules[:, 1]
    return np.asarray((height < _SAME / 2) & (width >= _SAME))


def _joined(rules: Floats, axis: int) -> Floats:
    """Rules (n, 3) as position, start, end; those that lie on each other or touch are joined."""
    other = 1 - axis
    position = (rules[:, other] + rules[:, other + 2]) / 2
    lines = np.stack([position, rules[:, axis], rules[:, axis + 2]], axis=1)
    lines = lines[np.lexsort((lines[:, 1], np.round(lines[:, 0])))]
    joined: list[list[float]] = []
    open_lines: list[list[float]] = []
    for place, start, end in lines.tolist():
        open_lines = [line for line in open_lines if place - line[0] <= _SAME]
        same = next((o for o in open_lines if o[1] - _SAME <= end and start <= o[2] + _SAME), None)
        if same:
            same[1], same[2] = min(same[1], start), max(same[2], end)
        else:
            joined.append([place, start, end])
            open_lines.append(joined[-1])
    # Many short pieces may make one rule, so the length counts only now.
    long = [line for line in joined if line[2] - line[1] >= _SHORTEST]
    return np.array(long, np.float64).reshape(-1, 3)


def _components(across: Floats, down: Floats) -> Iterator[tuple[list[int], list[int]]]:
    """The rules across and down that cross or touch each other, table by table."""
    y, left, right = across[:, 0:1], across[:, 1:2], across[:, 2:3]
    x, top, bottom = down[:, 0], down[:, 1], down[:, 2]
    touch = (x >= left - _SAME) & (x <= right + _SAME) & (y >= top - _SAME) & (y <= bottom + _SAME)
    left_over = set(range(len(across)))
    while left_over:
        rows, columns = {left_over.pop()}, set[int]()
        grown = True
        while grown:
            new_columns = set(np.flatnonzero(touch[sorted(rows)].any(axis=0)).tolist()) - columns
            columns |= new_columns
            new_rows: set[int] = set()
            if new_columns:
                found = np.flatnonzero(touch[:, sorted(new_columns)].any(axis=1)).tolist()
                new_rows = set(found) - rows
            rows |= new_rows
            grown = bool(new_rows)
        left_over -= rows
        if len(rows) > 1 and len(columns) > 1:
            yield sorted(rows), sorted(columns)


def _table(across: Floats, down: Floats) -> RuledTable | None:
    """The cells between rules; None if they make a frame, or fewer than two rows or columns."""
    ys = _with_ends(_levels(across[:, 0]), down)
    xs = _with_ends(_levels(down[:, 0]), across)
    rows, columns = len(ys) - 1, len(xs) - 1
    if rows < 1 or columns < 1 or rows * columns < 3 or rows * columns > _MOST_RULES:
        return None
    above = [_covered(across, ys[row], xs) for row in range(rows)]
    before = [_covered(down, xs[column], ys) for column in range(columns)]
    cells: list[RuledCell] = []
    owner = np.full((rows, columns), -1)
    for row in range(rows):
        for column in range(columns):
            if owner[row, column] >= 0:
                continue
            right = column + 1
            while right < columns and not before[right][row] and owner[row, right] < 0:
                right += 1
            low = row + 1
            while low < rows and not any(above[low][c] for c in range(column, right)):
                low += 1
            owner[row:low, column:right] = len(cells)
            cells.append(RuledCell(row, column, low - row, right - column))
    if len({cell.row for cell in cells}) < 2 or len({cell.column for cell in cells}) < 2:
        return None
    if _misfits(owner, np.array(above), np.array(before).T) > _MISFITS:
        return None
    return RuledTable(tuple(cells), tuple(xs), tuple(ys), owner)


def _misfits(owner: Ints, above: Bools, before: Bools) -> float:
    """The share of sides between slots that have a line inside a cell, or none between two cells.

    Boxes and connectors of a drawing don't make cells.
    """
    down, across = owner[1:] == owner[:-1], owner[:, 1:] == owner[:, :-1]
    wrong = (down == above[1:]).sum() + (across == before[:, 1:]).sum()
    share: float = wrong / (down.size + across.size)
    return share


def _levels(positions: Floats) -> list[float]:
    """The distinct positions; those closer than a line's thickness are one."""
    levels: list[float] = []
    for position in sorted(positions.tolist()):
        if not levels or position - levels[-1] > _SAME:
            levels.append(position)
    return levels


def _with_ends(levels: list[float], rules: Floats) -> list[float]:
    """The levels with the ends of the rules that cross them: a table may be open at its sides."""
    first = _shared_end(rules[:, 1], levels[0], -1)
    last = _shared_end(rules[:, 2], levels[-1], 1)
    return [*([] if first is None else [first]), *levels, *([] if last is None else [last])]


def _shared_end(ends: Floats, level: float, side: int) -> float | None:
    """The end that two rules or more share beyond a level."""
    beyond = ends[side * (ends - level) > 2 * _SHORTEST]
    shared = [end for end in beyond.tolist() if (np.abs(beyond - end) <= _SAME).sum() > 1]
    return (max(shared) if side > 0 else min(shared)) if shared else None


def _covered(rules: Floats, position: float, levels: Sequence[float]) -> list[bool]:
    """Whether rules at a position cover most of each stretch between two levels."""
    near = rules[np.abs(rules[:, 0] - position) <= _SAME]
    starts, ends = np.array(levels[:-1]), np.array(levels[1:])
    shared = np.minimum(near[:, 2:3], ends) - np.maximum(near[:, 1:2], starts)
    covered: list[bool] = (shared.clip(0).sum(axis=0) >= _COVERED * (ends - starts)).tolist()
    return covered

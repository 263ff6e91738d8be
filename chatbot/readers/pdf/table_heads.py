"""The rows at the top of a table without drawn cells that name its columns."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from chatbot.readers.pdf.lines import Line
from chatbot.readers.pdf.table_columns import Interval, TableLine, overlap
from chatbot.readers.pdf.table_evidence import FIGURE
from chatbot.readers.tables.header_rows import PERIOD

_MOST: Final = 6
_FIGURES: Final = 0.5  # share of the cells beside the names of the rows
_ACROSS: Final = 0.9  # share of a table's width that a rule below its head has
_BELOW: Final = 1.6  # font heights between the name of a group and the rule under it
_ALIGNED: Final = 0.3  # font heights
_CENTRED: Final = 0.1  # share of a group's width
_STRIPED: Final = 0.4  # share of lines with a rule or the edge of a stripe above them
_CLOSER: Final = 0.8
_WRAPPED: Final = 1.5  # font heights between two lines of one name

# A rule: its height, its left and its right end; or its place, its top and its bottom.
Level = Sequence[float]
PlacedRow = list[tuple[Interval, Line]]


def head_count(
    placed: Sequence[PlacedRow], rows: Sequence[TableLine], levels: Sequence[Level]
) -> int:
    """The number of lines that name the columns: those above a rule, or above rows of figures."""
    named = 0
    while named < min(len(rows) - 1, _MOST) and not any(
        _is_value(part) for _, part in placed[named]
    ):
        named += 1
    if not named:
        return 0
    steps = [below.middle - row.middle for row, below in pairwise(rows)]
    while (
        named + 1 < len(rows)
        and placed[named][0][0][0] > 0
        and steps[named - 1] < _CLOSER * steps[named]
    ):
        named += 1  # a name that ends with a number in its second line
    cells = [part for row in placed[named:] for place, part in row if place[0] > 0]
    figures = sum(_is_value(part) for part in cells)
    ruled = _ruled_rows(rows, levels)
    ends = [number for number in ruled if number <= named]
    if len(ruled) >= _STRIPED * len(rows):
        # With a rule after each row, the first rows of words only may be records.
        return next((end for end in ends if _fill(placed[:end], placed)), 0)
    if ends and len(placed[ends[-1] - 1]) > 1:
        return ends[-1]
    return named if cells and figures >= _FIGURES * len(cells) else 0


def _fill(heads: Sequence[PlacedRow], placed: Sequence[PlacedRow]) -> bool:
    """Whether names stand above every column of a table, that of the row names excepted."""
    return _columns_in(heads).issuperset(_columns_in(placed) - {0})


def _columns_in(placed: Sequence[PlacedRow]) -> set[int]:
    return {
        column
        for row in placed
        for (start, stop), _ in row
        for column in range(int(start), int(stop))
    }


def _ruled_rows(rows: Sequence[TableLine], levels: Sequence[Level]) -> list[int]:
    """The numbers of the lines that have a rule across the table above them."""
    left = min(row.parts[0].left for row in rows)
    right = max(row.parts[-1].right for row in rows)
    across = [
        y
        for y, start, end in levels
        if overlap((start, end), (left, right)) > _ACROSS * (right - left)
    ]
    return [
        number
        for number, (row, below) in enumerate(pairwise(rows), start=1)
        if any(row.middle < y < below.middle for y in across)
    ]


def joined_heads(
    placed: Sequence[PlacedRow], columns: Sequence[Interval], levels: Sequence[Level]
) -> list[PlacedRow]:
    """The rows of names: a row for each line with names of groups, and one for the other names."""
    groups: list[PlacedRow] = []
    names: PlacedRow = []
    for number, row in enumerate(placed):
        spread = _under_rules(row, columns, levels)
        if spread == row and number + 1 < len(placed):
            spread = _spread(spread, placed[number + 1 :], columns)
        over = [cell for cell in spread if cell[0][1] - cell[0][0] > 1]
        if over:
            groups.append(over)
        names += [cell for cell in spread if cell not in over]
    if not names or _has_two_names(names):
        return [list(row) for row in placed]
    return [*groups, names]


def _has_two_names(names: PlacedRow) -> bool:
    """Whether lines of one column are too far from each other to be one name."""
    for place in {place for place, _ in names}:
        lines = sorted(
            (part for other, part in names if other == place), key=lambda part: part.middle
        )
        if any(two.middle - one.middle > _WRAPPED * two.size for one, two in pairwise(lines)):
            return True
    return False


def _is_value(part: Line) -> bool:
    text = part.text.rstrip(" .")
    return FIGURE.fullmatch(text) is not None and not PERIOD.fullmatch(text)


def _under_rules(row: PlacedRow, columns: Sequence[Interval], levels: Sequence[Level]) -> PlacedRow:
    """The names with the columns that a rule under each of them covers."""
    centres = [(part.left + part.right) / 2 for _, part in row]
    spread: PlacedRow = []
    for place, part in row:
        centre = (part.left + part.right) / 2
        under = [
            (start, end)
            for y, start, end in levels
            if part.middle < y < part.middle + _BELOW * part.size
            and start <= centre <= end
            and sum(start <= other <= end for other in centres) == 1
        ]
        covered = [
            number
            for number, column in enumerate(columns)
            if any(overlap(column, rule) > 0.5 * (column[1] - column[0]) for rule in under)
        ]
        wide = len(covered) > place[1] - place[0] and covered[0] <= place[0] < covered[-1] + 1
        if not wide and place[0] > 0:
            return list(row)
        spread.append(((covered[0], covered[-1] + 1) if wide else place, part))
    return spread


def _spread(row: PlacedRow, below: Sequence[PlacedRow], columns: Sequence[Interval]) -> PlacedRow:
    """The names spread over the columns that they stand above the middle or the beginning of.

    The names below must fill all columns but the first.
    """
    names = [cell for cell in row if cell[0][0] > 0]
    single = _columns_in(below)
    rest = range(1, len(columns))
    if not names or len(names) == len(rest) or not single.issuperset(rest):
        return row
    groups = _from_starts(names, columns) or _around(names, columns)
    if not groups:
        return row
    spread = [cell for cell in row if cell[0][0] == 0]
    return [
        *spread,
        *(
            ((group[0], group[-1] + 1), part)
            for group, (_, part) in zip(groups, names, strict=True)
        ),
    ]


def _around(names: PlacedRow, columns: Sequence[Interval]) -> list[list[int]]:
    """The columns around the middle of each name; empty if a name isn't in the middle."""
    centres = [(part.left + part.right) / 2 for _, part in names]
    groups: list[list[int]] = [[] for _ in names]
    for column in range(1, len(columns)):
        middle = sum(columns[column]) / 2
        nearest = min(range(len(names)), key=lambda number: abs(centres[number] - middle))
        groups[nearest].append(column)
    for group, centre, (_, part) in zip(groups, centres, names, strict=True):
        if not group:
            return []
        left, right = columns[group[0]][0], columns[group[-1]][1]
        if abs((left + right) / 2 - centre) > _CENTRED * (right - left) + 0.5 * part.size:
            return []
    return groups


def _from_starts(names: PlacedRow, columns: Sequence[Interval]) -> list[list[int]]:
    """The columns from the beginning of each name to that of the next; empty if one has none."""
    starts = [int(place[0]) for place, _ in names]
    aligned = all(
        abs(part.left - columns[start][0]) <= _ALIGNED * part.size
        for start, (_, part) in zip(starts, names, strict=True)
    )
    if starts[0] != 1 or not aligned or len(set(starts)) < len(starts):
        return []
    return [list(range(one, two)) for one, two in pairwise([*starts, len(columns)])]

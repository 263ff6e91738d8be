"""The rows of a table without drawn cells, from its lines: a wrapped cell has several."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from itertools import groupby, pairwise
from statistics import median
from typing import Final

from chatbot.readers.pdf.table_columns import TableLine, overlap
from chatbot.readers.pdf.table_evidence import FIGURE
from chatbot.readers.pdf.table_heads import Level, PlacedRow

_FEWEST: Final = 3
# A line this much closer than the rows are to each other continues a cell.
_CLOSER: Final = 0.8
_APART: Final = 1.4  # font heights
_WIDE: Final = 0.6  # share of a table's width that a rule between its rows has


def grouped_rows(
    placed: Sequence[PlacedRow], lines: Sequence[TableLine], levels: Sequence[Level]
) -> list[PlacedRow]:
    """The rows of a table, from the cells of each of its lines; `levels` are rules across."""
    return _between(placed, lines, levels) or _grouped(placed, lines)


def _between(
    placed: Sequence[PlacedRow],
    rows: Sequence[TableLine],
    levels: Sequence[Level],
) -> list[PlacedRow]:
    """The rows of a table with a rule or a stripe for each row; empty for any other table."""
    left, right = min(r.parts[0].left for r in rows), max(r.parts[-1].right for r in rows)
    inner = sorted(
        y
        for y, start, end in levels
        if rows[0].middle < y < rows[-1].middle
        and overlap((start, end), (left, right)) > _WIDE * (right - left)
    )
    groups: list[PlacedRow] = []
    bands = [bisect(inner, row.middle) for row in rows]
    if len(set(bands)) < max(_FEWEST, len(rows) / 4):
        return []
    for _, group in groupby(zip(bands, placed, strict=True), lambda pair: pair[0]):
        groups.append([piece for _, row in group for piece in row])
    return groups


def _grouped(placed: Sequence[PlacedRow], rows: Sequence[TableLine]) -> list[PlacedRow]:
    """The rows of the table: a line that continues cells joins the row above it."""
    steps = [two.middle - one.middle for one, two in pairwise(rows)]
    full = [
        step
        for step, row in zip(steps, placed[1:], strict=True)
        if len(row) > 1 and row[0][0][0] == 0
    ]
    pitch = median(full) if full else 0.0
    groups: list[PlacedRow] = []
    for number, row in enumerate(placed):
        if groups and (
            _continues(row, groups[-1], steps[number - 1], pitch) or _goes_on(groups[-1], row)
        ):
            groups[-1] += row
        else:
            groups.append(list(row))
    return groups


def _goes_on(above: PlacedRow, row: PlacedRow) -> bool:
    """Whether the name of a row continues in the line below, next to the row's figures."""
    return (
        len(above) == 1
        and len(row) > 1
        and {above[0][0], row[0][0]} == {(0, 1)}
        and row[0][1].text[:1].islower()
        and not above[0][1].text.endswith(":")
    )


def _continues(
    row: PlacedRow,
    above: PlacedRow,
    step: float,
    pitch: float,
) -> bool:
    """Whether a line only continues cells of the row above, by its distance or its words."""
    places = {place for place, _ in above}
    if not all(place in places for place, _ in row) or len(row) > len(places):
        return False
    # A row with a cell in every column is a row of its own, unless it goes on in the middle.
    # So is one without the first cell, if it isn't as close as the lines of one cell.
    missing = len(places) - len(row)
    apart = step > _APART * row[0][1].size
    whole = len(row) > 1 and (missing == 0 or (missing == 1 and apart and row[0][0][0] > 0))
    if step < _CLOSER * pitch and not (whole and not row[0][1].text[:1].islower()):
        return True
    if any(FIGURE.fullmatch(part.text) for _, part in row):
        return False
    return all(part.text[:1].islower() for _, part in row) and row[0][0][0] > 0

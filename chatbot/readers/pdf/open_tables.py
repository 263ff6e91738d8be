"""Tables without drawn lines: rows of short cells that leave the same gutters free.

In case of doubt, lines stay prose. Search still finds a table that was read as prose, but not
prose that was torn into cells.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from chatbot.readers.pdf.leaders import has_leaders, is_leader, without_leaders
from chatbot.readers.pdf.lines import Line, LineSegment, piece_of
from chatbot.readers.pdf.page_table import PageTable, TableCell, top_down
from chatbot.readers.pdf.table_columns import (
    Interval,
    TableLine,
    columns_of,
    covered,
    extent,
    overlap,
    split_at_gutters,
    word_count,
)
from chatbot.readers.pdf.table_evidence import BULLET, FIGURE, is_table
from chatbot.readers.pdf.table_heads import Level, head_count, joined_heads
from chatbot.readers.pdf.table_rows import grouped_rows

_ROWS: Final = 3
# In font heights.
_BETWEEN_ROWS: Final = 3.0
_GUTTER: Final = 0.5
_SAME_ROW: Final = 0.5
_CELL_WORDS: Final = 12
_PROSE_WORDS: Final = 6
_LONGEST_CELL: Final = 400
_PIECE: Final = 0.6
_ALONE: Final = 5  # lines of a wrapped cell
_TRIES: Final = 3  # rows that may be left out at the top of a run
_KEPT: Final = 0.6  # share of the gutters that a further row must leave


def open_tables(
    lines: Sequence[Line], levels: Sequence[Level], uprights: Sequence[Level]
) -> Iterator[PageTable]:
    """The tables among the lines of a page with these rules across and down."""
    rows = _rows(lines, uprights)
    start = tries = last = floor = 0
    while start < len(rows):
        end = _run(rows, start) if len(rows[start].parts) > 1 else start
        tries = tries + 1 if end == last else 0
        last = end
        table = _table(rows, start, end, floor, levels) if end - start >= _ROWS else None
        if table or tries == _TRIES:
            start = end
        else:
            start += 1
        if table:
            yield table
            floor = end


def _rows(lines: Sequence[Line], uprights: Sequence[Level]) -> list[TableLine]:
    """The pieces of all lines, row by row; a bullet shares the piece of the text after it."""
    parts = [part for line in lines for part in _parts(line, uprights) if not is_leader(part.text)]
    parts.sort(key=lambda part: part.middle)
    rows: list[list[Line]] = []
    for part in parts:
        if rows and part.middle - rows[-1][0].middle < _SAME_ROW * min(part.size, rows[-1][0].size):
            rows[-1].append(part)
        else:
            rows.append([part])
    return [TableLine(tuple(sorted(row, key=lambda part: part.left))) for row in rows]


def _parts(line: Line, uprights: Sequence[Level]) -> Iterator[Line]:
    """The pieces of a line between gaps wider than those of prose, and between rules."""
    crossed = [x for x, top, bottom in uprights if top <= line.middle <= bottom]
    pieces = wide_pieces(line, crossed)
    if has_leaders(line):
        pieces = tuple(without_leaders(line, pieces))
    elif len(pieces) == 1:
        yield line
        return
    if not pieces:
        return
    start = 0
    first, words = pieces[0], line.page.words
    if first.last - first.first == 1 and BULLET.fullmatch(
        line.page.text[words.start[first.first] : words.stop[first.first]]
    ):
        yield line.part(pieces[:2])
        start = 2
    for piece in pieces[start:]:
        yield line.part((piece,))


def wide_pieces(line: Line, cuts: Sequence[float] = ()) -> tuple[LineSegment, ...]:
    """The pieces of a line between gaps wider than those of prose, or with a cut in them."""
    return tuple(piece for segment in line.segments for piece in _pieces(line, segment, cuts))


def _pieces(line: Line, segment: LineSegment, places: Sequence[float]) -> tuple[LineSegment, ...]:
    words, widest = line.page.words, _PIECE * line.size
    gaps = words.gaps[segment.first : segment.last - 1]
    cuts = []
    if places or max(gaps, default=0.0) > widest:
        sides = words.sides[segment.first : segment.last]
        cuts = [
            segment.first + number
            for number, (before, side) in enumerate(pairwise(sides), start=1)
            if side[0] - before[2] > widest
            or any(before[2] - 1 <= place <= side[0] + 1 for place in places)
        ]
    if not cuts:
        return (segment,)
    bounds = [segment.first, *cuts, segment.last]
    return tuple(piece_of(words, first, last) for first, last in pairwise(bounds))


def _run(rows: Sequence[TableLine], start: int) -> int:
    """The end of the run of rows from `start` that leave common gutters free."""
    gutters = _gutters([rows[start]])
    end = last = start + 1
    alone = 0
    while end < len(rows):
        row, previous = rows[end], rows[end - 1]
        if row.middle - previous.middle > _BETWEEN_ROWS * max(row.size, previous.size):
            break
        if len(row.parts) == 1:
            alone += 1
            crosses = sum(overlap(g, extent(row.parts[0])) > 1 for g in gutters)
            words = word_count(row.parts[0])
            if alone > _ALONE or (crosses and words > _CELL_WORDS):
                break
            end += 1
            if not crosses and _is_inside(row.parts[0], rows[start:last]):
                last = end
            continue
        own = _gutters([row])
        shared = [kept for g in gutters if (kept := _free(g, row, row.size))]
        if len(shared) < max(1, _KEPT * max(len(gutters), min(len(own), 2 * len(gutters)))):
            break
        if len(own) * _KEPT > len(gutters) and end - start < _ROWS:
            break
        gutters, alone = shared, 0
        end += 1
        last = end
    return last


def _is_inside(part: Line, rows: Sequence[TableLine]) -> bool:
    left = min(row.parts[0].left for row in rows)
    right = max(row.parts[-1].right for row in rows)
    return part.left >= left - 1 and part.right <= right + 1


def _gutters(rows: Sequence[TableLine]) -> list[Interval]:
    """The free stretches between the pieces of a row."""
    return [
        (left.right, right.left)
        for row in rows
        for left, right in zip(row.parts, row.parts[1:], strict=False)
        if right.left > left.right
    ]


def _free(gutter: Interval, row: TableLine, size: float) -> Interval | None:
    """The widest part of a gutter that a row leaves free, if any is wide enough."""
    best: Interval | None = None
    start, end = gutter
    for part in row.parts:
        if part.right <= start or part.left >= end:
            continue
        if part.left - start > _GUTTER * size and (
            best is None or part.left - start > best[1] - best[0]
        ):
            best = (start, part.left)
        start = max(start, part.right)
    if end - start > _GUTTER * size and (best is None or end - start > best[1] - best[0]):
        best = (start, end)
    return best


def _table(
    rows: Sequence[TableLine], start: int, end: int, floor: int, levels: Sequence[Level]
) -> PageTable | None:
    """The table of a run of rows, with the header rows above it; None if it is prose.

    Rows before `floor` are those of another table.
    """
    run = [row for row in rows[start:end] if len(row.parts) > 1]
    if len(run) < _ROWS:
        return None
    split = split_at_gutters(rows[start:end])
    if split:
        rows = [*rows[:start], *split, *rows[end:]]
        run = [row for row in split if len(row.parts) > 1]
    columns = columns_of(run)
    if len(columns) < 2:
        return None
    placed = [[(covered(part, columns), part) for part in row.parts] for row in rows[start:end]]
    if not is_table(placed, columns, run):
        return None
    first = start
    while first > floor and _is_header(rows[first - 1], rows[first], columns):
        first -= 1
        placed.insert(0, [(covered(part, columns), part) for part in rows[first].parts])
    heads = head_count(placed, rows[first:end], levels)
    body, lines = placed[heads:], rows[first + heads : end]
    names = joined_heads(placed[:heads], columns, levels)
    groups = [*names, *grouped_rows(body, lines, levels)]
    cells = []
    for number, group in enumerate(groups):
        by_place: dict[Interval, list[Line]] = {}
        for place, part in group:
            by_place.setdefault(place, []).append(part)
        for (column, stop), parts in sorted(by_place.items()):
            cells.append(TableCell(number, int(column), 1, int(stop - column), top_down(parts)))
    if max(len(cell.text) for cell in cells) > _LONGEST_CELL:
        return None
    edges = tuple(left for left, _ in columns)
    # Two columns of words are terms with their meanings, which have no names.
    unnamed = len(edges) == 2 and not any(FIGURE.fullmatch(cell.text) for cell in cells)
    headers = len(names) or (0 if unnamed else None)
    return PageTable(run[0].parts[0].page.number, tuple(cells), edges, headers)


def _is_header(row: TableLine, below: TableLine, columns: Sequence[Interval]) -> bool:
    """Whether a row above the table has names of its columns, or of groups of them."""
    if below.middle - row.middle > 2.2 * max(row.size, below.size):
        return False
    left, right = columns[0][0], columns[-1][1]
    size = row.size * (2 if len(row.parts) > 2 else 1)
    if any(part.left < left - size or part.right > right + size for part in row.parts):
        return False
    if any(word_count(part) > _PROSE_WORDS for part in row.parts):
        return False
    if len(row.parts) == 1:
        first, stop = covered(row.parts[0], columns)
        return first > 0 and stop - first < len(columns)
    places = [covered(part, columns) for part in row.parts]
    return all(one[1] <= two[0] for one, two in itertools.pairwise(places))

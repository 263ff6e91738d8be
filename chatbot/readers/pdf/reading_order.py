"""Put the lines of a page into reading order.

Most files draw their text in reading order, one column after the other. That order is more
reliable than any guess, so it is kept unless it jumps up and down the page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from chatbot.readers.pdf.lines import Line, LineSegment

# A few jumps up the page are figures or margin notes. With more, the file has no reading order.
_FREE_JUMPS = 2
_JUMPS_A_LINE = 0.1
_JUMPS_AT_MOST = 0.2
# Columns of prose, unlike those of a table, have at least this many lines side by side, words per
# line, and share of the column's width filled.
_ROWS = 5
_WORDS = 4.0
_FILLED = 0.7
_TWO = 2


def in_reading_order(lines: Sequence[Line]) -> list[Line]:
    """The lines of a page in reading order; a line across two columns is split."""
    if stand_in_columns(lines):
        return _cut([line.part((segment,)) for line in lines for segment in line.segments])
    lines = _split_columns(lines)
    jumps = sum(
        line.bottom <= above.top and line.overlaps(above) for above, line in pairwise(lines)
    )
    if jumps <= min(_FREE_JUMPS + _JUMPS_A_LINE * len(lines), _JUMPS_AT_MOST * len(lines)):
        return lines
    parts = [line.part((segment,)) for line in lines for segment in line.segments]
    return _cut(parts if _is_prose_in_columns(parts) else lines)


def stand_in_columns(lines: Sequence[Line]) -> bool:
    """Whether the file draws three or more columns of prose across, line by line.

    Most lines of prose begin in the middle of a sentence, unlike the cells of a table.
    """
    counts = Counter(len(line.segments) for line in lines if len(line.segments) > _TWO)
    if not counts:
        return False
    columns, count = counts.most_common(1)[0]
    rows = [line for line in lines if len(line.segments) == columns]
    parts = [line.part((segment,)) for line in rows for segment in line.segments]
    begun = sum(part.text[:1].islower() for part in parts)
    return (
        count >= _ROWS and 2 * begun > len(parts) and _are_columns([row.segments for row in rows])
    )


def _are_columns(rows: Sequence[Sequence[LineSegment]]) -> bool:
    """Whether rows of segments leave the same gutters free, and have prose between them."""
    columns = list(zip(*rows, strict=True))
    for column in columns:
        left = min(segment.left for segment in column)
        widths = sorted(segment.right - segment.left for segment in column)
        words = sum(segment.last - segment.first for segment in column)
        width = max(segment.right for segment in column) - left
        if words < _WORDS * len(rows) or widths[len(rows) // 2] < _FILLED * width:
            return False
    return all(
        max(segment.right for segment in one) < min(segment.left for segment in two)
        for one, two in pairwise(columns)
    )


def _is_prose_in_columns(parts: Sequence[Line]) -> bool:
    """Whether a gutter separates two columns of prose, not the cells of a table."""
    gutter, edge = _widest_gap([(part.left, part.right) for part in parts])
    if gutter < _median_size(parts):
        return False
    sides = [part.right <= edge for part in parts]
    words = [part.segments[0].last - part.segments[0].first for part in parts]
    left = [count for count, is_left in zip(words, sides, strict=True) if is_left]
    right = [count for count, is_left in zip(words, sides, strict=True) if not is_left]
    return min(sum(left) / len(left), sum(right) / len(right)) >= _WORDS


def _median_size(lines: Sequence[Line]) -> float:
    return sorted(line.size for line in lines)[len(lines) // 2]


def _split_columns(lines: Sequence[Line]) -> list[Line]:
    """Split lines that the file draws across two columns: first all of the left, then the right."""
    ordered: list[Line] = []
    run: list[Line] = []
    for line in [*lines, None]:
        if line and len(line.segments) == 2 and (not run or _shares_gutter(run, line)):
            run.append(line)
            continue
        ordered += _split_run(run)
        run = [line] if line and len(line.segments) == 2 else []
        if line and not run:
            ordered.append(line)
    return ordered


def _shares_gutter(run: Sequence[Line], line: Line) -> bool:
    gutter_left = max(row.segments[0].right for row in [*run, line])
    gutter_right = min(row.segments[1].left for row in [*run, line])
    return gutter_left < gutter_right and line.top > run[-1].top


def _split_run(run: Sequence[Line]) -> list[Line]:
    if len(run) < _ROWS:
        return list(run)
    if not _are_columns([line.segments for line in run]):
        return list(run)
    return [line.part(line.segments[side : side + 1]) for side in (0, 1) for line in run]


def _cut(lines: Sequence[Line]) -> list[Line]:
    """Order lines by the recursive XY cut: down the widest gutter, else across the widest band.

    Nagy and Seth, "Hierarchical representation of optically scanned documents", 1984.
    """
    if len(lines) < 2:
        return list(lines)
    size = _median_size(lines)
    gutter, edge = _widest_gap([(line.left, line.right) for line in lines])
    band, level = _widest_gap([(line.top, line.bottom) for line in lines])
    if gutter > size and gutter >= band / 2:
        left = [line for line in lines if line.right <= edge]
        return [*_cut(left), *_cut([line for line in lines if line.right > edge])]
    if band > 0:
        above = [line for line in lines if line.bottom <= level]
        return [*_cut(above), *_cut([line for line in lines if line.bottom > level])]
    return sorted(lines, key=lambda line: (line.top, line.left))


def _widest_gap(intervals: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The width and start of the widest gap between intervals; the width is 0 without a gap."""
    widest, gap_start, end = 0.0, 0.0, float("-inf")
    for start, stop in sorted(intervals):
        if end != float("-inf") and start - end > widest:
            widest, gap_start = start - end, end
        end = max(end, stop)
    return widest, gap_start

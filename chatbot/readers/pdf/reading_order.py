"""Lines in the order in which people read them.

Most files draw their text in reading order, columns one after the other, and know better than
any guess; so that order stands unless it goes up and down the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from chatbot.readers.pdf.lines import Line

# A paragraph or two out of place is a figure or a margin note; more is no order.
_FREE_JUMPS = 2
_JUMPS_A_LINE = 0.1
_JUMPS_AT_MOST = 0.2
# How many lines side by side, of how many words each, are columns of prose and no table.
_ROWS = 5
_WORDS = 4.0
_FILLED = 0.7


def in_reading_order(lines: Sequence[Line]) -> list[Line]:
    """The lines of one page, columns apart from each other."""
    lines = _columns_apart(lines)
    jumps = sum(
        after.bottom <= before.top and after.overlaps(before) for before, after in pairwise(lines)
    )
    if jumps <= min(_FREE_JUMPS + _JUMPS_A_LINE * len(lines), _JUMPS_AT_MOST * len(lines)):
        return lines
    parts = [line.part((each,)) for line in lines for each in line.segments]
    return _cut(parts if _is_prose_in_columns(parts) else lines)


def _is_prose_in_columns(parts: Sequence[Line]) -> bool:
    """Whether a gutter runs down between stretches that are no cells of a table."""
    gutter, place = _widest_gap([(part.left, part.right) for part in parts])
    if gutter < _size(parts):
        return False
    sides = [part.right <= place for part in parts]
    words = [part.segments[0].last - part.segments[0].first for part in parts]
    left = [count for count, is_left in zip(words, sides, strict=True) if is_left]
    right = [count for count, is_left in zip(words, sides, strict=True) if not is_left]
    return min(sum(left) / len(left), sum(right) / len(right)) >= _WORDS


def _size(lines: Sequence[Line]) -> float:
    return sorted(line.size for line in lines)[len(lines) // 2]


def _columns_apart(lines: Sequence[Line]) -> list[Line]:
    """Lines that a file draws across two columns, taken apart: first the left, then the right."""
    found: list[Line] = []
    run: list[Line] = []
    for line in [*lines, None]:
        if line and len(line.segments) == 2 and (not run or _shares_gutter(run, line)):
            run.append(line)
            continue
        found += _split(run)
        run = [line] if line and len(line.segments) == 2 else []
        if line and not run:
            found.append(line)
    return found


def _shares_gutter(run: Sequence[Line], line: Line) -> bool:
    gutter_left = max(each.segments[0].right for each in [*run, line])
    gutter_right = min(each.segments[1].left for each in [*run, line])
    return gutter_left < gutter_right and line.top > run[-1].top


def _split(run: Sequence[Line]) -> list[Line]:
    if len(run) < _ROWS:
        return list(run)
    for side in (0, 1):
        stretches = [line.segments[side] for line in run]
        words = sum(each.last - each.first for each in stretches) / len(run)
        width = max(each.right for each in stretches) - min(each.left for each in stretches)
        filled = sorted(each.right - each.left for each in stretches)[len(run) // 2] / width
        if words < _WORDS or filled < _FILLED:
            return list(run)
    return [line.part(line.segments[side : side + 1]) for side in (0, 1) for line in run]


def _cut(lines: Sequence[Line]) -> list[Line]:
    """Down the widest gutter if there is one, else across the widest band, again and again.

    The recursive XY cut of Nagy and Seth, "Hierarchical representation of optically scanned
    documents", 1984.
    """
    if len(lines) < 2:
        return list(lines)
    size = _size(lines)
    gutter, place = _widest_gap([(line.left, line.right) for line in lines])
    band, level = _widest_gap([(line.top, line.bottom) for line in lines])
    if gutter > size and gutter >= band / 2:
        left = [line for line in lines if line.right <= place]
        return [*_cut(left), *_cut([line for line in lines if line.right > place])]
    if band > 0:
        above = [line for line in lines if line.bottom <= level]
        return [*_cut(above), *_cut([line for line in lines if line.bottom > level])]
    return sorted(lines, key=lambda line: (line.top, line.left))


def _widest_gap(stretches: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """How wide the widest gap between stretches is, and where it begins; 0 where there is none."""
    widest, place, reached = 0.0, 0.0, float("-inf")
    for start, stop in sorted(stretches):
        if reached != float("-inf") and start - reached > widest:
            widest, place = start - reached, reached
        reached = max(reached, stop)
    return widest, place

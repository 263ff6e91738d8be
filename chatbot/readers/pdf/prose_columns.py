"""Columns of prose on a page, so that two columns aren't taken for a table of two columns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from chatbot.readers.pdf.lines import Line

_LINES: Final = 6  # of prose, on each side of the gutter
_WORDS: Final = 5
_FEW_WORDS: Final = 2
_WIDE: Final = 0.22  # share of the page's width
_LETTERS: Final = re.compile(r"[^\W\d_]\S*")
_PIECES: Final = 5
_TABLE: Final = 0.4  # share of rows with so many pieces
_CROSSING: Final = 0.1  # share of lines that may run over the gutter, such as a title


def side_by_side(lines: Sequence[Line]) -> list[list[Line]]:
    """The lines in groups: those of each column where prose stands side by side, and the others."""
    parts = [
        line.part((segment,)) if len(line.segments) > 1 else line
        for line in lines
        for segment in line.segments
    ]
    prose = [part for part in parts if _is_prose(part)]
    gutter = _gutter(prose)
    if gutter is None:
        return [list(lines)]
    left = [part for part in prose if part.right <= gutter]
    right = [part for part in prose if part.left >= gutter]
    top = max(min(part.top for part in left), min(part.top for part in right))
    bottom = min(max(part.bottom for part in left), max(part.bottom for part in right))
    if _is_one_table([part for part in parts if top <= part.middle <= bottom]):
        return [list(lines)]
    groups: list[list[Line]] = [[], [], []]
    for part in parts:
        if not top - 1 <= part.middle <= bottom + 1:
            groups[2].append(part)
        elif part.right <= gutter:
            groups[0].append(part)
        elif part.left >= gutter:
            groups[1].append(part)
    groups[2] = _whole(lines, groups[2])
    return [*(_whole(lines, group) for group in groups[:2]), groups[2]]


def _is_one_table(parts: Sequence[Line]) -> bool:
    """Whether many rows have too many pieces for two columns: names in a wide table."""
    rows = Counter(round(part.middle / 4) for part in parts if any(map(str.isalnum, part.text)))
    return sum(count >= _PIECES for count in rows.values()) > _TABLE * len(rows)


def _whole(lines: Sequence[Line], parts: Sequence[Line]) -> list[Line]:
    """The parts, with those of one line joined again."""
    firsts = {part.segments[0].first for part in parts}
    whole = []
    for line in lines:
        kept = tuple(segment for segment in line.segments if segment.first in firsts)
        if len(kept) == len(line.segments):
            whole.append(line)
        elif kept:
            whole.append(line.part(kept))
    return whole


def _gutter(prose: Sequence[Line]) -> float | None:
    """The place between two columns of prose; None without two columns."""
    for edge in sorted({round(part.left, 0) for part in prose})[1:]:
        left = [part for part in prose if part.right < edge + 1]
        right = [part for part in prose if part.left >= edge - 1]
        crossing = len(prose) - len(left) - len(right)
        if (
            min(len(left), len(right)) >= _LINES
            and crossing <= _CROSSING * len(prose)
            and _share_height(left, right)
        ):
            return edge - 0.5
    return None


def _share_height(left: Sequence[Line], right: Sequence[Line]) -> bool:
    """Whether most lines of the shorter column stand beside the other one."""
    few, many = sorted((left, right), key=len)
    top, bottom = min(part.top for part in many), max(part.bottom for part in many)
    return 2 * sum(top <= part.middle <= bottom for part in few) > len(few)


def _is_prose(part: Line) -> bool:
    """Whether a piece is as long as a line of a column, in words or in width."""
    wide = part.right - part.left > _WIDE * part.page.width
    least = _FEW_WORDS if wide else _WORDS
    # Words without letters don't count, because a row of figures isn't prose.
    return part.text.count(" ") >= least - 1 and len(_LETTERS.findall(part.text)) >= least

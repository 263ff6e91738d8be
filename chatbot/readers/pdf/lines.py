"""Words -> lines: words on one baseline, in the file's drawing order.

A gap wider than a space between words splits a line into segments: table cells or columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import sub
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chatbot.readers.pdf.page_words import HYPHEN, Font, Page, PageWords
from chatbot.text.clean import one_line

# In font heights: the distance to another baseline, and a gap too wide for a justified line.
_BASELINE = 0.5
_GAP = 1.3
_WORD_GAP = 0.6
_FEWEST_WORDS = 6
_FEWEST_GAPS = 3


class LineSegment(NamedTuple):
    """The words `first:last` of a page, a piece of a line without a wide gap."""

    first: int
    last: int
    left: float
    right: float


def piece_of(words: PageWords, first: int, last: int) -> LineSegment:
    """The words `first:last` as a segment."""
    sides = words.sides[first:last]
    left, right = min(side[0] for side in sides), max(side[2] for side in sides)
    return LineSegment(first, last, left, right)


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """Words of a page on one baseline, with their bounding box; `size` is the font height."""

    page: Page
    segments: tuple[LineSegment, ...]
    left: float
    top: float
    right: float
    bottom: float
    size: float
    font: Font
    text: str

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2

    @property
    def first_word_width(self) -> float:
        left, _, right, _ = self.page.words.sides[self.segments[0].first]
        return right - left

    @property
    def hyphenated(self) -> bool:
        return self.text.endswith((HYPHEN, "-", "‐"))

    @property
    def is_slanted(self) -> bool:
        """Whether it begins with a word that doesn't run across."""
        return self.segments[0].first in self.page.words.slanted

    def overlaps(self, other: Line) -> bool:
        """Whether the lines share horizontal extent, as lines of one column do."""
        return self.left < other.right and other.left < self.right

    def part(self, segments: tuple[LineSegment, ...]) -> Line:
        """A line with only these segments."""
        if segments == self.segments:
            return self
        return _line(self.page, segments, self.font)


def line_starts(words: PageWords) -> NDArray[np.bool_]:
    """For each word, whether it begins a line."""
    starts = np.ones(len(words), np.bool_)
    if len(words) > 1:
        top, bottom = words.boxes[:, 1], words.boxes[:, 3]
        shift = np.abs(np.diff((top + bottom) / 2))
        height = bottom - top
        starts[1:] = shift > _BASELINE * np.maximum(height[1:], height[:-1])
    return starts


def may_have_table(words: PageWords) -> bool:
    """Whether a page has several lines with a wide gap, or words side by side in columns."""
    if len(words) < _FEWEST_WORDS:
        return False
    left, top, right, bottom = words.boxes.T
    gap = left[1:] - right[:-1]
    beside = np.abs((top + bottom)[1:] - (top + bottom)[:-1]) < words.height[1:]
    wide = beside & (gap > _WORD_GAP * words.height[1:])
    # A wrapped cell is followed by the next cell, which begins higher on the page.
    higher = (gap > 0) & (top[1:] < top[:-1] - 0.5 * words.height[1:])
    return int((wide | higher).sum()) >= _FEWEST_GAPS


def lines_of(page: Page) -> list[Line]:
    """The lines of a page in the file's drawing order."""
    words = page.words
    if not len(words):
        return []
    starts = line_starts(words)
    gap = np.diff(words.boxes[:, 0], prepend=0.0)
    gap[1:] = words.boxes[1:, 0] - words.boxes[:-1, 2]
    backwards = np.concatenate([[False], words.boxes[1:, 2] < words.boxes[:-1, 0]])
    right_to_left = backwards & ~(np.abs(gap) > 40 * words.height)
    segment_starts = starts | (gap > _GAP * words.height) | (backwards & ~right_to_left)
    bounds = [*np.flatnonzero(segment_starts).tolist(), len(words)]
    lefts = np.minimum.reduceat(words.boxes[:, 0], bounds[:-1])
    rights = np.maximum.reduceat(words.boxes[:, 2], bounds[:-1])
    lines: list[Line] = []
    segments: list[LineSegment] = []
    for number, (first, last) in enumerate(pairwise(bounds)):
        if starts[first] and segments:
            lines.append(_line(page, tuple(segments), _font(page, segments)))
            segments = []
        segments.append(LineSegment(first, last, float(lefts[number]), float(rights[number])))
    lines.append(_line(page, tuple(segments), _font(page, segments)))
    return lines


def _font(page: Page, segments: Sequence[LineSegment]) -> Font:
    """The style shared by the first and the last word."""
    first = page.fonts.get(segments[0].first, Font())
    last = page.fonts.get(segments[-1].last - 1, first)
    return Font(first.bold and last.bold, first.fixed and last.fixed)


def _line(page: Page, segments: tuple[LineSegment, ...], font: Font) -> Line:
    words = page.words
    first, last = segments[0].first, segments[-1].last
    lefts, tops, rights, bottoms = zip(*words.sides[first:last], strict=True)
    left, top, right, bottom = min(lefts), min(tops), max(rights), max(bottoms)
    heights = list(map(sub, bottoms, tops))
    raw = page.text[words.start[first] : words.stop[last - 1]]
    if ". . ." in raw:
        # Dots that lead to a figure may be set smaller than the words.
        lengths = (words.stop[first:last] - words.start[first:last]).tolist()
        heights = [h for h, length in zip(heights, lengths, strict=True) if length > 1] or heights
    heights.sort()
    size = (heights[(len(heights) - 1) // 2] + heights[len(heights) // 2]) / 2
    text = one_line(raw[:-1] + HYPHEN if raw.endswith("\xad") else raw)
    return Line(page, segments, left, top, right, bottom, size, font, text)

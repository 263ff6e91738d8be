"""Words -> lines: words on one baseline, in the file's drawing order.

A gap wider than a space between words splits a line into segments: table cells or columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chatbot.readers.pdf.page_words import HYPHEN, Floats, Font, Page, PageWords
from chatbot.text.clean import one_line

# In font heights: the distance to another baseline, and a gap too wide for a justified line.
_BASELINE = 0.5
_GAP = 1.3


class LineSegment(NamedTuple):
    """The words `first:last` of a page, a piece of a line without a wide gap."""

    first: int
    last: int
    left: float
    right: float


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
        left, _, right, _ = self.page.words.boxes[self.segments[0].first]
        return float(right - left)

    @property
    def hyphenated(self) -> bool:
        return self.text.endswith((HYPHEN, "-", "‐"))

    def overlaps(self, other: Line) -> bool:
        """Whether the lines share horizontal extent, as lines of one column do."""
        return self.left < other.right and other.left < self.right

    def part(self, segments: tuple[LineSegment, ...]) -> Line:
        """A line with only these segments."""
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
    boxes: Floats = words.boxes[first:last]
    left, top = boxes[:, :2].min(axis=0).tolist()
    right, bottom = boxes[:, 2:].max(axis=0).tolist()
    size = float(np.median(words.height[first:last]))
    raw = page.text[words.start[first] : words.stop[last - 1]]
    text = one_line(raw[:-1] + HYPHEN if raw.endswith("\xad") else raw)
    return Line(page, segments, left, top, right, bottom, size, font, text)

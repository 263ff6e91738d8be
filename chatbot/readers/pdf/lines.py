"""Words -> lines: words on one baseline, in the order in which the file draws them.

A gap wider than any between words parts a line into segments: cells of a table, or columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chatbot.readers.pdf.page_words import HYPHEN, Floats, Font, Page, Words
from chatbot.text.clean import one_line

# In heights of a letter: another baseline; a gap that no justified line has between words.
_BASELINE = 0.5
_GAP = 1.3


class Segment(NamedTuple):
    """A stretch of a line without a wide gap: the words from `first` to before `last`."""

    first: int
    last: int
    left: float
    right: float


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """Words of a page on one baseline."""

    page: Page
    segments: tuple[Segment, ...]
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
        """Whether one stands above the other, at least in part."""
        return self.left < other.right and other.left < self.right

    def part(self, segments: tuple[Segment, ...]) -> Line:
        """A line of only these segments."""
        return _line(self.page, segments, self.font)


def line_starts(words: Words) -> NDArray[np.bool_]:
    """Which words begin a line."""
    starts = np.ones(len(words), np.bool_)
    if len(words) > 1:
        top, bottom = words.boxes[:, 1], words.boxes[:, 3]
        moved = np.abs(np.diff((top + bottom) / 2))
        height = bottom - top
        starts[1:] = moved > _BASELINE * np.maximum(height[1:], height[:-1])
    return starts


def lines_of(page: Page) -> list[Line]:
    """The lines of a page in the order of the file."""
    words = page.words
    if not len(words):
        return []
    starts = line_starts(words)
    gap = np.diff(words.boxes[:, 0], prepend=0.0)
    gap[1:] = words.boxes[1:, 0] - words.boxes[:-1, 2]
    backwards = np.concatenate([[False], words.boxes[1:, 2] < words.boxes[:-1, 0]])
    right_to_left = backwards & ~(np.abs(gap) > 40 * words.height)
    parts = starts | (gap > _GAP * words.height) | (backwards & ~right_to_left)
    bounds = [*np.flatnonzero(parts).tolist(), len(words)]
    lefts = np.minimum.reduceat(words.boxes[:, 0], bounds[:-1])
    rights = np.maximum.reduceat(words.boxes[:, 2], bounds[:-1])
    found: list[Line] = []
    segments: list[Segment] = []
    for place, (first, last) in enumerate(pairwise(bounds)):
        if starts[first] and segments:
            found.append(_line(page, tuple(segments), _font(page, segments)))
            segments = []
        segments.append(Segment(first, last, float(lefts[place]), float(rights[place])))
    found.append(_line(page, tuple(segments), _font(page, segments)))
    return found


def _font(page: Page, segments: Sequence[Segment]) -> Font:
    """What the first and the last word have in common."""
    first = page.fonts.get(segments[0].first, Font())
    last = page.fonts.get(segments[-1].last - 1, first)
    return Font(first.bold and last.bold, first.fixed and last.fixed)


def _line(page: Page, segments: tuple[Segment, ...], font: Font) -> Line:
    words = page.words
    first, last = segments[0].first, segments[-1].last
    boxes: Floats = words.boxes[first:last]
    left, top = boxes[:, :2].min(axis=0).tolist()
    right, bottom = boxes[:, 2:].max(axis=0).tolist()
    size = float(np.median(words.height[first:last]))
    said = page.text[words.start[first] : words.stop[last - 1]]
    text = one_line(said[:-1] + HYPHEN if said.endswith("\xad") else said)
    return Line(page, segments, left, top, right, bottom, size, font, text)

"""A page for layout analysis: words with boxes, in the file's drawing order.

Coordinates are points from the upper left corner of the displayed page, y downwards, after
rotation and cropping.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# PDFium marks a hyphen at the end of a line with this character.
HYPHEN = "\ufffe"


class Font(NamedTuple):
    """The font traits that matter for layout: bold for headings, fixed pitch for code."""

    bold: bool = False
    fixed: bool = False


@dataclass(frozen=True)
class PageWords:
    """The n words of a page: `text[start:stop]` of each, and its box.

    `boxes` is (n, 4): left, top, right, bottom, as high as the font.
    """

    start: Ints
    stop: Ints
    boxes: Floats

    @property
    def height(self) -> Floats:
        """The font height of each word as displayed, which the file doesn't state."""
        return self.boxes[:, 3] - self.boxes[:, 1]

    @cached_property
    def sides(self) -> list[list[float]]:
        """The boxes as lists: for the few words of a line, numpy takes longer than Python."""
        sides: list[list[float]] = self.boxes.tolist()
        return sides

    def texts(self, text: str) -> list[str]:
        """The words of a page's text."""
        pairs = zip(self.start.tolist(), self.stop.tolist(), strict=True)
        return [text[start:stop] for start, stop in pairs]

    @cached_property
    def gaps(self) -> list[float]:
        """The distance from each word but the last to the left side of the next."""
        gaps: list[float] = (self.boxes[1:, 0] - self.boxes[:-1, 2]).tolist()
        return gaps

    def __len__(self) -> int:
        return len(self.start)


@dataclass(frozen=True, slots=True)
class Page:
    """A page: number, counted from 1, size in points, text and words.

    `placed` means that PDFium can give the boxes of the characters of `text` again; a scanned
    line has only its own box. `fonts` has the fonts of the words that begin or end a line. `rules`
    are the (m, 4) straight lines on the page, and `struck` the numbers of the words that other
    lines or annotations strike through. `pictures` are the boxes (k, 4) of the pictures on it.
    """

    number: int
    width: float
    height: float
    text: str
    words: PageWords
    placed: bool = True
    scanned: bool = False
    fonts: dict[int, Font] = field(default_factory=dict)
    rules: Floats = field(default_factory=lambda: np.empty((0, 4)))
    struck: frozenset[int] = frozenset()
    pictures: Floats = field(default_factory=lambda: np.empty((0, 4)))


class OutlineEntry(NamedTuple):
    """An entry of the file's outline; level 1 is the highest, pages count from 1."""

    title: str
    level: int
    page: int


def word_bounds(text: str) -> tuple[Ints, Ints]:
    """The start and stop of each word of a text; a HYPHEN ends its word."""
    # UTF-32 has four bytes per character, so array indices equal text indices.
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    white = (codes <= 0x20) | (codes == 0xA0) | (codes == 0x3000) | (codes == 0xFFFF)
    white |= (codes >= 0x2000) & (codes <= 0x200B)
    # At each boundary between two characters: does a word precede it, does one follow it?
    word_before = np.concatenate([[False], ~white])
    word_after = np.concatenate([~white, [False]])
    hyphen = np.concatenate([[False], codes == ord(HYPHEN)])
    starts, stops = word_after & (~word_before | hyphen), word_before & (~word_after | hyphen)
    return np.flatnonzero(starts), np.flatnonzero(stops)

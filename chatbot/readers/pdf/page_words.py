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
# A word rises by more than this share of its length if it isn't only one with a raised figure.
_SLANTED = 0.5


class Font(NamedTuple):
    """The font traits that matter for layout: bold for headings, fixed pitch for code."""

    bold: bool = False
    fixed: bool = False


@dataclass(frozen=True)
class PageWords:
    """The n words of a page: `text[start:stop]` of each, and its box.

    `boxes` is (n, 4): left, top, right, bottom, as high as the font. `slanted` has the numbers of
    the words that run up, down or slantwise, such as those of a watermark or a stamp in the margin.
    """

    start: Ints
    stop: Ints
    boxes: Floats
    slanted: frozenset[int] = frozenset()

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


def words_between(
    start: Ints,
    stop: Ints,
    first: Floats,
    last: Floats,
    size: tuple[float, float],
    *,
    upside_down: bool,
) -> tuple[PageWords, bool]:
    """Words by the boxes (n, 4) of their first and last characters on a page of this size.

    Also return whether the page was turned to make most of them run across: in a table that lies
    on its side, words run down or up. On a page displayed upside down they may run backwards; then
    only their boxes are turned.
    """
    boxes = np.hstack([np.minimum(first, last)[:, :2], np.maximum(first, last)[:, 2:]])
    is_long = stop - start > 2
    runs = (last - first)[:, :2]
    direction = runs[is_long]
    across, down = np.abs(direction).sum(axis=0)
    is_turned = bool(down > across)
    along, aside = np.abs(runs[:, ::-1] if is_turned else runs).T
    slanted = frozenset(np.flatnonzero(is_long & (aside > _SLANTED * along)).tolist())
    left, top, right, bottom = boxes.T
    if not is_turned:
        if upside_down and direction[:, 0].sum() < 0:
            boxes = np.stack(
                [size[0] - right, size[1] - bottom, size[0] - left, size[1] - top], axis=1
            )
    elif direction[:, 1].sum() > 0:
        boxes = np.stack([top, size[0] - right, bottom, size[0] - left], axis=1)
    else:
        boxes = np.stack([size[1] - bottom, left, size[1] - top, right], axis=1)
    return PageWords(start, stop, boxes, slanted), is_turned

"""A page as the layout sees it: words with boxes, in the order in which the file draws them.

Coordinates are points from the upper left corner of the page as it is displayed, y downwards,
whatever the file's own rotation and cropping.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# What PDFium puts where a word is hyphenated at the end of a line.
HYPHEN = "\ufffe"


class Font(NamedTuple):
    """What the look of a word tells: bold for headings, fixed pitch for code."""

    bold: bool = False
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a page: the characters from `start` to `stop` of its text, with their boxes.

    `boxes` is (n, 4): left, top, right, bottom, as high as the font is.
    """

    start: Ints
    stop: Ints
    boxes: Floats

    @property
    def height(self) -> Floats:
        """The height of the font: its size, as scaled on the page, which the file need not name."""
        return self.boxes[:, 3] - self.boxes[:, 1]

    def __len__(self) -> int:
        return len(self.start)


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its number, counted from 1, its size in points, its text and its words.

    `placed` says whether the characters of `text` are those that PDFium counts, so that their
    boxes can be had again; a line of a scanned page has only a box. `fonts` has the font of the
    words that begin or end a line.
    """

    number: int
    width: float
    height: float
    text: str
    words: Words
    placed: bool = True
    scanned: bool = False
    fonts: dict[int, Font] = field(default_factory=dict)


class OutlineEntry(NamedTuple):
    """A line of the file's own table of contents; level 1 is the highest, pages count from 1."""

    title: str
    level: int
    page: int


def word_bounds(text: str) -> tuple[Ints, Ints]:
    """Where the words of a text begin and end; a hyphen at the end of a line ends its word."""
    # Every character is one code point of four bytes, so that indices stay those of the text.
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    white = (codes <= 0x20) | (codes == 0xA0) | (codes == 0x3000) | (codes == 0xFFFF)
    white |= (codes >= 0x2000) & (codes <= 0x200B)
    # At each place between two characters: is there a word before it, is there one after it?
    before = np.concatenate([[False], ~white])
    after = np.concatenate([~white, [False]])
    hyphen = np.concatenate([[False], codes == ord(HYPHEN)])
    return np.flatnonzero(after & (~before | hyphen)), np.flatnonzero(before & (~after | hyphen))

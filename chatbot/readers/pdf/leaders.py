"""Dot leaders between a name and its figure: they separate cells and have no meaning."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Final

from chatbot.readers.pdf.lines import Line, LineSegment, piece_of

_DOTS: Final = " .·…"
_LEAST: Final = 4
_LEADERS: Final = re.compile(r"(\. ?){4,}|(· ?){4,}|…{2,}")


def is_leader(text: str) -> bool:
    """Whether a text has only such dots."""
    return bool(text) and not text.strip(_DOTS)


def has_leaders(line: Line) -> bool:
    """Whether such dots are in a line."""
    text = line.text
    # Most lines have no two dots, which is found out much faster.
    some = ". ." in text or ".." in text or "·" in text or "…" in text
    return some and _LEADERS.search(text) is not None


def without_leaders(line: Line, pieces: Sequence[LineSegment] = ()) -> list[LineSegment]:
    """The pieces of a line, its segments unless given, cut where such dots are."""
    pieces = pieces or line.segments
    if not has_leaders(line):
        return list(pieces)
    dots = _leader_words(line)
    cut: list[LineSegment] = []
    for piece in pieces:
        for is_dots, run in groupby(range(piece.first, piece.last), dots.__contains__):
            words = list(run)
            if not is_dots:
                cut.append(piece_of(line.page.words, words[0], words[-1] + 1))
    return cut


def _leader_words(line: Line) -> set[int]:
    """The words of a line that are leaders: at least four dots in a row."""
    text, words = line.page.text, line.page.words
    numbers = [word for piece in line.segments for word in range(piece.first, piece.last)]
    leaders: set[int] = set()
    for dots, run in groupby(
        numbers, lambda word: is_leader(text[words.start[word] : words.stop[word]])
    ):
        found = list(run)
        if dots and sum(int(words.stop[word] - words.start[word]) for word in found) >= _LEAST:
            leaders.update(found)
    return leaders

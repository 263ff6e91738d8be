"""Running headers, footers and page numbers: lines at the edge of a page that come back.

A line is furniture when the same words, numbers aside, stand at the same height on several
pages near each other; or when it stands alone at a height where many pages have such a line, as
the name of a short chapter does.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from chatbot.readers.pdf.lines import Line
from chatbot.types import FurnitureKind

_EDGE_LINES: Final = 3
_EDGE_SHARE: Final = 0.2  # of the page's height, above and below
_TIMES: Final = 3
_MANY_PAGES: Final = 0.25
_APART: Final = 0.6  # heights of a line between the furniture and the text
_NUMBER: Final = re.compile(
    r"\W*(?:page|p\.|seite|стр\.)?\s*([0-9]+|[ivxlcdm]+)(?:\s*(?:of|/|von|из)\s*\d+)?\W*",
    re.IGNORECASE,
)
_DIGITS: Final = re.compile(r"[0-9]+|\b[ivxlc]+\b")

# Each running line with its parts: a page number that stands in it, and the rest.
Furnished = dict[Line, tuple[tuple[Line, FurnitureKind], ...]]


def find_furniture(pages: Sequence[Sequence[Line]]) -> Furnished:
    """The running lines of a document, given the lines of each page."""
    candidates = [line for lines in pages for line in _edges(lines)]
    times = 2 if len(pages) <= _TIMES else _TIMES
    said: defaultdict[tuple[object, ...], set[int]] = defaultdict(set)
    for line in candidates:
        said[_words(line)].add(line.page.number)
    found = {line for line in candidates if _comes_back(sorted(said[_words(line)]), times)}
    where: Counter[tuple[object, ...]] = Counter(_place(line) for line in found)
    for line in candidates:
        if where[_place(line)] >= max(times, _MANY_PAGES * len(pages)):
            found.add(line)
    return {line: _parts(line) for line in candidates if line in found}


def _edges(lines: Sequence[Line]) -> list[Line]:
    """The outermost lines of a page that have a gap, or another such line, between them and it."""
    if len(lines) < 2:
        return [line for line in lines if _NUMBER.fullmatch(line.text)]
    height = lines[0].page.height
    found: list[Line] = []
    down = sorted(lines, key=lambda line: line.middle)
    for ordered, edge in ((down, 0.0), (down[::-1], height)):
        zone: list[Line] = []
        for line, following in pairwise(ordered[: _EDGE_LINES + 1]):
            if abs(line.middle - edge) > _EDGE_SHARE * height:
                break
            zone.append(line)
            gap = max(following.top - line.bottom, line.top - following.bottom)
            if gap > _APART * min(line.size, following.size):
                found += zone
                zone = []
    return found


def _comes_back(pages: Sequence[int], times: int) -> bool:
    """Whether so many of the pages are near each other: every second one, as left pages are."""
    return any(
        pages[place + times - 1] - pages[place] <= 2 * times
        for place in range(len(pages) - times + 1)
    )


def _words(line: Line) -> tuple[object, ...]:
    return (_DIGITS.sub("#", line.text.casefold()), round(line.middle / 8))


def _place(line: Line) -> tuple[object, ...]:
    return (round(line.middle / 3), round(line.size * 2))


def _parts(line: Line) -> tuple[tuple[Line, FurnitureKind], ...]:
    kind: FurnitureKind = "header" if line.middle < line.page.height / 2 else "footer"
    first, rest = line.part(line.segments[:1]), line.segments[1:]
    if _NUMBER.fullmatch(line.text):
        return ((line, "page_number"),)
    if rest and _NUMBER.fullmatch(first.text):
        return ((first, "page_number"), (line.part(rest), kind))
    last = line.part(line.segments[-1:])
    if rest and _NUMBER.fullmatch(last.text):
        return ((line.part(line.segments[:-1]), kind), (last, "page_number"))
    return ((line, kind),)

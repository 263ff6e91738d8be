"""Find running headers, footers and page numbers: repeated lines at the edge of pages.

A line is furniture if the same words, ignoring numbers, occur at the same height on several
nearby pages. A line at a height where many pages have furniture is furniture too, such as the
name of a short chapter.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from chatbot.readers.pdf.lines import Line
from chatbot.readers.pdf.ruled_tables import RuledTable
from chatbot.types import FurnitureKind

_EDGE_LINES: Final = 3
_EDGE_SHARE: Final = 0.2  # of the page's height, at the top and at the bottom
_REPEATS: Final = 3
_MANY_PAGES: Final = 0.25  # share of all pages
_GAP: Final = 0.6  # font heights between furniture and text
_NUMBER: Final = re.compile(
    r"\W*(?:page|p\.|seite|стр\.)?\s*([0-9]+|[ivxlcdm]+)(?:\s*(?:of|/|von|из)\s*\d+)?\W*",
    re.IGNORECASE,
)
_DIGITS: Final = re.compile(r"[0-9]+|\b[ivxlc]+\b")

# Running line -> its parts: a page number in it, and the rest.
RunningLines = dict[Line, tuple[tuple[Line, FurnitureKind], ...]]


def find_furniture(pages: Sequence[Sequence[Line]]) -> RunningLines:
    """The running lines of a document, from the lines of each page."""
    candidates = [line for lines in pages for line in _edge_lines(lines)]
    repeats = 2 if len(pages) <= _REPEATS else _REPEATS
    pages_with: defaultdict[tuple[object, ...], set[int]] = defaultdict(set)
    for line in candidates:
        pages_with[_text_key(line)].add(line.page.number)
    running = {line for line in candidates if _recurs(sorted(pages_with[_text_key(line)]), repeats)}
    at_height: Counter[tuple[object, ...]] = Counter(_height_key(line) for line in running)
    for line in candidates:
        if at_height[_height_key(line)] >= max(repeats, _MANY_PAGES * len(pages)):
            running.add(line)
    return {line: _parts(line) for line in candidates if line in running}


def table_heads(
    lines: Sequence[Line], grids: Sequence[RuledTable], running: RunningLines
) -> list[Line]:
    """The running lines of a page that are the head of a table with further lines."""
    heads: list[Line] = []
    for grid in grids:
        inside = [line for line in lines if grid.holds(line.left, line.middle)]
        repeated = [line for line in inside if line in running]
        if len(inside) > len(repeated) and not set(repeated) & set(heads):
            heads += repeated
    return heads


def _edge_lines(lines: Sequence[Line]) -> list[Line]:
    """The outermost lines of a page that a gap separates from its text."""
    if len(lines) < 2:
        return [line for line in lines if _NUMBER.fullmatch(line.text)]
    height = lines[0].page.height
    edge_lines: list[Line] = []
    downwards = sorted(lines, key=lambda line: line.middle)
    for ordered, edge in ((downwards, 0.0), (downwards[::-1], height)):
        zone: list[Line] = []
        for line, next_line in pairwise(ordered[: _EDGE_LINES + 1]):
            if abs(line.middle - edge) > _EDGE_SHARE * height:
                break
            zone.append(line)
            gap = max(next_line.top - line.bottom, line.top - next_line.bottom)
            if gap > _GAP * min(line.size, next_line.size):
                edge_lines += zone
                zone = []
    return edge_lines


def _recurs(pages: Sequence[int], repeats: int) -> bool:
    """Whether `repeats` of the sorted pages are close; left pages are two numbers apart."""
    return any(
        pages[start + repeats - 1] - pages[start] <= 2 * repeats
        for start in range(len(pages) - repeats + 1)
    )


def _text_key(line: Line) -> tuple[object, ...]:
    return (_DIGITS.sub("#", line.text.casefold()), round(line.middle / 8))


def _height_key(line: Line) -> tuple[object, ...]:
    return (round(line.middle / 3), round(line.size * 2))


def _parts(line: Line) -> tuple[tuple[Line, FurnitureKind], ...]:
    kind: FurnitureKind = "header" if line.middle < line.page.height / 2 else "footer"
    first, other_segments = line.part(line.segments[:1]), line.segments[1:]
    if _NUMBER.fullmatch(line.text):
        return ((line, "page_number"),)
    if other_segments and _NUMBER.fullmatch(first.text):
        return ((first, "page_number"), (line.part(other_segments), kind))
    last = line.part(line.segments[-1:])
    if other_segments and _NUMBER.fullmatch(last.text):
        return ((line.part(line.segments[:-1]), kind), (last, "page_number"))
    return ((line, kind),)

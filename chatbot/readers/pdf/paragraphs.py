"""Ordered lines -> pieces: headings, paragraphs, list items, table rows, code.

A paragraph ends before an indented line, a larger gap or a bullet, and after a line on which the
next word would have fitted. An unfinished paragraph continues in the next column or page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Final

from chatbot.readers.pdf.characters import has_right_to_left
from chatbot.readers.pdf.headings import Headings
from chatbot.readers.pdf.lines import Line
from chatbot.readers.pdf.page_table import CellLines, PageTable
from chatbot.readers.pdf.table_evidence import BULLET
from chatbot.types import BlockKind

# All in font heights.
_INDENT: Final = 0.7
_LEADING: Final = 1.3
_SIZE_TOLERANCE: Final = 0.12
_CODE_GAP: Final = 3.0
_NO_LEADING: Final = 1.3
_ENDED: Final = re.compile(r"[.!?:;。！？][\"'”’»)\]]*[0-9*†]{0,2}$")


@dataclass(frozen=True, slots=True)
class Piece:
    """A block of lines before it is written."""

    kind: BlockKind
    lines: CellLines
    level: int = 0

    @property
    def last(self) -> Line:
        return self.lines[-1]


def pieces_of(
    pages: Sequence[Sequence[Line]], headings: Headings, tables: Mapping[Line, PageTable]
) -> Iterator[Piece | PageTable]:
    """The pieces of a document, from the lines of each page in reading order.

    `tables` are the tables for which a line without text stands.
    """
    leading = _leading(pages)
    open_piece: Piece | PageTable | None = None
    for lines in pages:
        for piece in _on_page(lines, headings, tables, leading):
            if (
                isinstance(open_piece, Piece)
                and isinstance(piece, Piece)
                and _continues(open_piece, piece)
            ):
                open_piece = Piece(open_piece.kind, (*open_piece.lines, *piece.lines))
                continue
            if open_piece:
                yield open_piece
            open_piece = piece
    if open_piece:
        yield open_piece


def _leading(pages: Sequence[Sequence[Line]]) -> float:
    """The usual distance between baselines, in font heights."""
    steps = [
        (line.middle - previous.middle) / previous.size
        for lines in pages
        for previous, line in pairwise(lines)
        if previous.size and 0.5 < (line.middle - previous.middle) / previous.size < 3
        if previous.overlaps(line) and _same_size(previous, line)
    ]
    return median(steps) if steps else _NO_LEADING


def _same_size(first: Line, second: Line) -> bool:
    return abs(first.size - second.size) <= _SIZE_TOLERANCE * max(first.size, second.size)


def _on_page(
    lines: Sequence[Line],
    headings: Headings,
    tables: Mapping[Line, PageTable],
    leading: float,
) -> Iterator[Piece | PageTable]:
    position = 0
    run: list[Line] = []
    while position < len(lines):
        line = lines[position]
        if line in headings:
            group, level = headings[line]
            yield from _paragraphs(run)
            yield Piece("heading", group, level)
            run, position = [], position + len(group)
        elif line.font.fixed and (code := _code(lines, position, headings)):
            yield from _paragraphs(run)
            yield Piece("code", code)
            run, position = [], position + len(code)
        elif line in tables:
            yield from _paragraphs(run)
            yield tables[line]
            run, position = [], position + 1
        else:
            if run and not _follows(run[-1], line, leading):
                yield from _paragraphs(run)
                run = []
            run.append(line)
            position += 1
    yield from _paragraphs(run)


def _code(lines: Sequence[Line], start: int, headings: Headings) -> CellLines:
    """The run of fixed-pitch lines that begins at `start`."""
    end = start + 1
    while (
        end < len(lines)
        and lines[end].font.fixed
        and lines[end] not in headings
        and 0 < lines[end].middle - lines[end - 1].middle < _CODE_GAP * lines[end].size
    ):
        end += 1
    return tuple(lines[start:end])


def _follows(previous: Line, line: Line, leading: float) -> bool:
    """Whether a line is directly below another and of the same size."""
    step = line.middle - previous.middle
    return (
        0 < step <= _LEADING * leading * max(previous.size, line.size)
        and previous.overlaps(line)
        and _same_size(previous, line)
    )


def _paragraphs(run: Sequence[Line]) -> Iterator[Piece]:
    """Split a run of close lines where a paragraph begins."""
    if not run:
        return
    end = max(_ends(line)[1] for line in run)
    group = [run[0]]
    for line in run[1:]:
        if _begins_paragraph(group, line, end):
            yield _prose(group)
            group = []
        group.append(line)
    yield _prose(group)


def _ends(line: Line) -> tuple[float, float]:
    """Where a line begins and ends, counted in the direction in which it is read."""
    return (-line.right, -line.left) if has_right_to_left(line.text) else (line.left, line.right)


def _begins_paragraph(group: Sequence[Line], line: Line, end: float) -> bool:
    previous, size = group[-1], line.size
    (start, _), (previous_start, previous_end) = _ends(line), _ends(previous)
    if BULLET.match(line.text):
        return True
    fits = end - previous_end > line.first_word_width + 0.8 * size
    unfinished = previous.hyphenated or not (fits or _ENDED.search(previous.text))
    if start > previous_start + _INDENT * size:
        # The second line of a list item, or of an entry in a list of terms.
        hanging = BULLET.match(group[0].text) or (len(group) == 1 and unfinished)
        return not hanging
    if len(group) > 1 and start < previous_start - _INDENT * size:
        return True
    return fits and not previous.hyphenated


def _prose(lines: Sequence[Line]) -> Piece:
    kind: BlockKind = "item" if BULLET.match(lines[0].text) else "paragraph"
    return Piece(kind, tuple(lines))


def _continues(previous: Piece, piece: Piece) -> bool:
    """Whether a paragraph continues at the top of the next column or page."""
    last, first = previous.last, piece.lines[0]
    new_column = first.page is not last.page or first.bottom <= last.top
    return (
        new_column
        and previous.kind in ("paragraph", "item")
        and piece.kind == "paragraph"
        and _same_size(last, first)
        and not _ENDED.search(last.text)
        and (last.hyphenated or not first.text[0].isupper() or _last_line_is_full(previous))
        and first.text[0] not in "([*†"
    )


def _last_line_is_full(piece: Piece) -> bool:
    """Whether the last line is as long as the others, so the paragraph may continue."""
    lines = [line for line in piece.lines if line.page is piece.last.page]
    return (
        len(lines) > 1 and piece.last.right >= max(line.right for line in lines) - piece.last.size
    )

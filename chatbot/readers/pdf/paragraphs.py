"""Ordered lines -> pieces: headings, paragraphs, list items, table rows, code.

A paragraph ends before an indented line, a larger gap or a bullet, and after a line on which the
next word would have fitted. An unfinished paragraph continues in the next column or page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Final

from chatbot.readers.pdf.headings import Headings
from chatbot.readers.pdf.lines import Line
from chatbot.readers.pdf.table_detection import BULLET, CellLines, table_at
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
    """A block before it is written; `cells` has one cell of lines, or those of a table row."""

    kind: BlockKind
    cells: tuple[CellLines, ...]
    level: int = 0

    @property
    def last(self) -> Line:
        return self.cells[-1][-1]


def pieces_of(pages: Sequence[Sequence[Line]], headings: Headings) -> Iterator[Piece]:
    """The pieces of a document, from the lines of each page in reading order."""
    leading = _leading(pages)
    open_piece: Piece | None = None
    for lines in pages:
        for piece in _on_page(lines, headings, leading):
            if open_piece and _continues(open_piece, piece):
                joined = (*open_piece.cells[0], *piece.cells[0])
                open_piece = Piece(open_piece.kind, (joined,))
                continue
            if open_piece:
                yield open_piece
            open_piece = piece
    if open_piece:
        yield open_piece


def _leading(pages: Sequence[Sequence[Line]]) -> float:
    """The usual distance between baselines, in font heights."""
    steps = [
        (after.middle - before.middle) / before.size
        for lines in pages
        for before, after in pairwise(lines)
        if before.size and 0.5 < (after.middle - before.middle) / before.size < 3
        if before.overlaps(after) and _same_size(before, after)
    ]
    return median(steps) if steps else _NO_LEADING


def _same_size(first: Line, second: Line) -> bool:
    return abs(first.size - second.size) <= _SIZE_TOLERANCE * max(first.size, second.size)


def _on_page(lines: Sequence[Line], headings: Headings, leading: float) -> Iterator[Piece]:
    position = 0
    run: list[Line] = []
    while position < len(lines):
        line = lines[position]
        if line in headings:
            group, level = headings[line]
            yield from _paragraphs(run)
            yield Piece("heading", (group,), level)
            run, position = [], position + len(group)
        elif line.font.fixed and (code := _code(lines, position, headings)):
            yield from _paragraphs(run)
            yield Piece("code", (code,))
            run, position = [], position + len(code)
        elif match := table_at(lines, position):
            table, position = match
            yield from _paragraphs(run)
            run = []
            for number, row in enumerate(table.rows):
                header = table.headed and number == 0
                yield Piece("header_row" if header else "row", row)
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


def _follows(before: Line, line: Line, leading: float) -> bool:
    """Whether a line is directly below another and of the same size."""
    step = line.middle - before.middle
    return (
        0 < step <= _LEADING * leading * max(before.size, line.size)
        and before.overlaps(line)
        and _same_size(before, line)
    )


def _paragraphs(run: Sequence[Line]) -> Iterator[Piece]:
    """Split a run of close lines where a paragraph begins."""
    if not run:
        return
    right = max(line.right for line in run)
    group = [run[0]]
    for line in run[1:]:
        if _begins_paragraph(group, line, right):
            yield _prose(group)
            group = []
        group.append(line)
    yield _prose(group)


def _begins_paragraph(group: Sequence[Line], line: Line, right: float) -> bool:
    before, size = group[-1], line.size
    if BULLET.match(line.text):
        return True
    fits = right - before.right > line.first_word_width + 0.8 * size
    unfinished = before.hyphenated or not (fits or _ENDED.search(before.text))
    if line.left > before.left + _INDENT * size:
        # The second line of a list item, or of an entry in a list of terms.
        hanging = BULLET.match(group[0].text) or (len(group) == 1 and unfinished)
        return not hanging
    if len(group) > 1 and line.left < before.left - _INDENT * size:
        return True
    return fits and not before.hyphenated


def _prose(lines: Sequence[Line]) -> Piece:
    kind: BlockKind = "item" if BULLET.match(lines[0].text) else "paragraph"
    return Piece(kind, (tuple(lines),))


def _continues(before: Piece, after: Piece) -> bool:
    """Whether a paragraph continues at the top of the next column or page."""
    last, first = before.last, after.cells[0][0]
    new_column = first.page is not last.page or first.bottom <= last.top
    return (
        new_column
        and before.kind in ("paragraph", "item")
        and after.kind == "paragraph"
        and _same_size(last, first)
        and not _ENDED.search(last.text)
        and (last.hyphenated or not first.text[0].isupper() or _last_line_is_full(before))
        and first.text[0] not in "([*†"
    )


def _last_line_is_full(piece: Piece) -> bool:
    """Whether the last line is as long as the others, so the paragraph may continue."""
    lines = [line for line in piece.cells[0] if line.page is piece.last.page]
    return (
        len(lines) > 1 and piece.last.right >= max(line.right for line in lines) - piece.last.size
    )

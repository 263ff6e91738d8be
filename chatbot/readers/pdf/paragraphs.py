"""Lines in reading order -> the pieces of a document: headings, paragraphs, items, rows, code.

A paragraph ends where the next line begins further in, further down or with a bullet, or where
the next word would still have fitted. One that is not over at the end of a column or a page goes
on in the next.
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
from chatbot.readers.pdf.table_detection import BULLET, Cell, table_at
from chatbot.types import BlockKind

_INDENT: Final = 0.7  # heights of a letter, as are all below
_LEADING: Final = 1.3
_SAME_SIZE: Final = 0.12
_CODE_GAP: Final = 3.0
_NO_LEADING: Final = 1.3
_ENDED: Final = re.compile(r"[.!?:;。！？][\"'”’»)\]]*[0-9*†]{0,2}$")


@dataclass(frozen=True, slots=True)
class Piece:
    """A block in the making; `cells` is one cell of lines but for the row of a table."""

    kind: BlockKind
    cells: tuple[Cell, ...]
    level: int = 0

    @property
    def last(self) -> Line:
        return self.cells[-1][-1]


def pieces_of(pages: Sequence[Sequence[Line]], headings: Headings) -> Iterator[Piece]:
    """The blocks of a document, given the lines of each page in reading order."""
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
    """From one baseline to the next, in heights of a letter, as most lines have it."""
    steps = [
        (after.middle - before.middle) / before.size
        for lines in pages
        for before, after in pairwise(lines)
        if before.size and 0.5 < (after.middle - before.middle) / before.size < 3
        if before.overlaps(after) and _alike(before, after)
    ]
    return median(steps) if steps else _NO_LEADING


def _alike(one: Line, other: Line) -> bool:
    return abs(one.size - other.size) <= _SAME_SIZE * max(one.size, other.size)


def _on_page(lines: Sequence[Line], headings: Headings, leading: float) -> Iterator[Piece]:
    place = 0
    run: list[Line] = []
    while place < len(lines):
        line = lines[place]
        if line in headings:
            group, level = headings[line]
            yield from _paragraphs(run)
            yield Piece("heading", (group,), level)
            run, place = [], place + len(group)
        elif line.font.fixed and (code := _code(lines, place, headings)):
            yield from _paragraphs(run)
            yield Piece("code", (code,))
            run, place = [], place + len(code)
        elif found := table_at(lines, place):
            table, place = found
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
            place += 1
    yield from _paragraphs(run)


def _code(lines: Sequence[Line], place: int, headings: Headings) -> Cell:
    """The lines in a font of fixed pitch from here on; a lone one is a name in prose."""
    end = place + 1
    while (
        end < len(lines)
        and lines[end].font.fixed
        and lines[end] not in headings
        and 0 < lines[end].middle - lines[end - 1].middle < _CODE_GAP * lines[end].size
    ):
        end += 1
    return tuple(lines[place:end])


def _follows(before: Line, line: Line, leading: float) -> bool:
    """Whether a line stands right below another, as the next of a paragraph does."""
    step = line.middle - before.middle
    return (
        0 < step <= _LEADING * leading * max(before.size, line.size)
        and before.overlaps(line)
        and _alike(before, line)
    )


def _paragraphs(run: Sequence[Line]) -> Iterator[Piece]:
    """Lines that stand close below each other, parted where a paragraph begins."""
    if not run:
        return
    right = max(line.right for line in run)
    group = [run[0]]
    for line in run[1:]:
        if _begins(group, line, right):
            yield _prose(group)
            group = []
        group.append(line)
    yield _prose(group)


def _begins(group: Sequence[Line], line: Line, right: float) -> bool:
    before, size = group[-1], line.size
    if BULLET.match(line.text):
        return True
    fits = right - before.right > line.first_word_width + 0.8 * size
    going_on = before.hyphenated or not (fits or _ENDED.search(before.text))
    if line.left > before.left + _INDENT * size:
        # Below the first line of an item, or of an entry in a list of terms.
        hanging = BULLET.match(group[0].text) or (len(group) == 1 and going_on)
        return not hanging
    if len(group) > 1 and line.left < before.left - _INDENT * size:
        return True
    return fits and not before.hyphenated


def _prose(lines: Sequence[Line]) -> Piece:
    kind: BlockKind = "item" if BULLET.match(lines[0].text) else "paragraph"
    return Piece(kind, (tuple(lines),))


def _continues(before: Piece, after: Piece) -> bool:
    """Whether a paragraph goes on at the head of the next column or page."""
    last, first = before.last, after.cells[0][0]
    moved = first.page is not last.page or first.bottom <= last.top
    return (
        moved
        and before.kind in ("paragraph", "item")
        and after.kind == "paragraph"
        and _alike(last, first)
        and not _ENDED.search(last.text)
        and (last.hyphenated or not first.text[0].isupper() or _full(before))
        and first.text[0] not in "([*†"
    )


def _full(piece: Piece) -> bool:
    """Whether the last line reaches as far as the others, as if more were to come."""
    lines = [line for line in piece.cells[0] if line.page is piece.last.page]
    return (
        len(lines) > 1 and piece.last.right >= max(line.right for line in lines) - piece.last.size
    )

"""Pieces of a PDF -> a document, with the position of each word on its page.

Words hyphenated at a line end are joined. The hyphen stays if the word has one elsewhere in the
document.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Final

from chatbot.readers.document_writer import CELLS, DocumentWriter, Placed
from chatbot.readers.pdf.lines import Line
from chatbot.readers.pdf.page_words import HYPHEN
from chatbot.readers.pdf.paragraphs import Piece
from chatbot.readers.pdf.running_lines import RunningLines
from chatbot.text.clean import one_line
from chatbot.types import FurnitureKind, Span

_WORD: Final = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_HYPHENS: Final = f"{HYPHEN}-‐"
_RUNNING: Final[tuple[FurnitureKind, ...]] = ("header", "footer", "page_number")


class LineJoiner:
    """Joins lines into text, guided by the words in the rest of the document."""

    def __init__(self, pages: Iterable[Sequence[Line]]) -> None:
        self._pages = pages
        self._words: frozenset[str] | None = None

    def occurs(self, word: str) -> bool:
        """Whether the document has this word on one line somewhere."""
        if self._words is None:
            self._words = frozenset(
                word.casefold()
                for lines in self._pages
                for line in lines
                for word in _WORD.findall(line.text)
            )
        return word.casefold() in self._words

    def parts(self, lines: Sequence[Line], *, between: str = " ") -> Iterator[Placed]:
        """The words of lines, each line followed by its separator."""
        for line, next_line in zip(lines, [*lines[1:], None], strict=True):
            separator, drop_count = between if next_line else "", 0
            if next_line and between == " " and line.hyphenated:
                separator, drop_count = self._after_hyphen(line, next_line)
            yield from _placed(line, separator, drop_count)

    def _after_hyphen(self, line: Line, next_line: Line) -> tuple[str, int]:
        """The separator after a hyphenated line, and the number of characters to drop."""
        stem = line.text.rstrip(_HYPHENS)
        count = len(line.text) - len(stem)
        head, tail = _WORD.findall(stem), _WORD.match(next_line.text)
        if not head or not tail or not stem.endswith(head[-1]) or count > 1:
            return (" ", 0)
        if self.occurs(head[-1] + tail.group()):
            return ("", count)
        if self.occurs(f"{head[-1]}-{tail.group()}") or not tail.group()[0].islower():
            return ("", 0)
        return ("", count)


def _placed(line: Line, separator_after: str, drop_count: int) -> Iterator[Placed]:
    """The words of a line, in the fewest pieces that keep the position of each character."""
    page, words = line.page, line.page.words
    first, last = line.segments[0].first, line.segments[-1].last
    start, stop = int(words.start[first]), int(words.stop[last - 1]) - drop_count
    raw = page.text[start:stop].replace(HYPHEN, "-")
    text = one_line(raw)
    if page.scanned:
        box = (line.left, line.top, line.right, line.bottom)
        yield Placed(text, separator_after, page.number, box=box)
        return
    if len(text) == len(raw):
        yield Placed(text, separator_after, page.number, Span(start, stop) if page.placed else None)
        return
    for word in range(first, last):
        begin, end = int(words.start[word]), min(int(words.stop[word]), stop)
        text = one_line(page.text[begin:end].replace(HYPHEN, "-"))
        separator = separator_after if word == last - 1 else " "
        yield Placed(text, separator, page.number, Span(begin, end) if page.placed else None)


def write(
    writer: DocumentWriter,
    pieces: Iterable[Piece],
    furniture: RunningLines,
    joiner: LineJoiner,
    pages: int,
) -> None:
    """Write the pieces, then the running lines.

    Running lines come last, so they never interrupt a paragraph that spans two pages.
    """
    for piece in pieces:
        between = "\n" if piece.kind == "code" else " "
        parts: list[Placed] = []
        for cell in piece.cells:
            if parts:
                parts[-1] = parts[-1]._replace(after=CELLS)
            parts += joiner.parts(cell, between=between)
        writer.add_placed(piece.kind, parts, level=piece.level)
    writer.end_pages(pages)
    for kind in _RUNNING:
        # Each distinct line is listed once, where it occurs first; page numbers share one line.
        lines: dict[str, Line] = {}
        for parts_of_line in furniture.values():
            for line, line_kind in parts_of_line:
                if line_kind == kind:
                    lines.setdefault(line.text, line)
        placed_lines = [list(_placed(line, " ", 0)) for line in lines.values()]
        for words in [list(chain(*placed_lines))] if kind == "page_number" else placed_lines:
            writer.add_placed_furniture(kind, words)

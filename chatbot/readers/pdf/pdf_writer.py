"""Pieces of a PDF -> a document, each word with its place on its page.

A word parted at the end of a line is joined; its hyphen stays where the document writes the word
with one elsewhere.
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
from chatbot.readers.pdf.running_lines import Furnished
from chatbot.text.clean import one_line
from chatbot.types import FurnitureKind, Span

_WORD: Final = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_HYPHENS: Final = f"{HYPHEN}-‐"
_RUNNING: Final[tuple[FurnitureKind, ...]] = ("header", "footer", "page_number")


class Joining:
    """How lines become one text, by the words that the document has elsewhere."""

    def __init__(self, pages: Iterable[Sequence[Line]]) -> None:
        self._pages = pages
        self._known: frozenset[str] | None = None

    def known(self, word: str) -> bool:
        if self._known is None:
            self._known = frozenset(
                word.casefold()
                for lines in self._pages
                for line in lines
                for word in _WORD.findall(line.text)
            )
        return word.casefold() in self._known

    def parts(self, lines: Sequence[Line], *, between: str = " ") -> Iterator[Placed]:
        """The words of lines, with what joins each line to the next."""
        for line, following in zip(lines, [*lines[1:], None], strict=True):
            glue, dropped = between if following else "", 0
            if following and between == " " and line.hyphenated:
                glue, dropped = self._hyphen(line, following)
            yield from _placed(line, glue, dropped)

    def _hyphen(self, line: Line, following: Line) -> tuple[str, int]:
        """What stands between two lines, the first with a hyphen at its end; what is dropped."""
        before = line.text.rstrip(_HYPHENS)
        count = len(line.text) - len(before)
        head, tail = _WORD.findall(before), _WORD.match(following.text)
        if not head or not tail or not before.endswith(head[-1]) or count > 1:
            return (" ", 0)
        if self.known(head[-1] + tail.group()):
            return ("", count)
        if self.known(f"{head[-1]}-{tail.group()}") or not tail.group()[0].islower():
            return ("", 0)
        return ("", count)


def _placed(line: Line, after: str, dropped: int) -> Iterator[Placed]:
    """The words of a line, in as few stretches as keep each character's place."""
    page, words = line.page, line.page.words
    first, last = line.segments[0].first, line.segments[-1].last
    start, stop = int(words.start[first]), int(words.stop[last - 1]) - dropped
    whole = page.text[start:stop].replace(HYPHEN, "-")
    text = one_line(whole)
    if page.scanned:
        box = (line.left, line.top, line.right, line.bottom)
        yield Placed(text, after, page.number, box=box)
        return
    if len(text) == len(whole):
        yield Placed(text, after, page.number, Span(start, stop) if page.placed else None)
        return
    for word in range(first, last):
        begin, end = int(words.start[word]), min(int(words.stop[word]), stop)
        text = one_line(page.text[begin:end].replace(HYPHEN, "-"))
        gap = after if word == last - 1 else " "
        yield Placed(text, gap, page.number, Span(begin, end) if page.placed else None)


def write(
    writer: DocumentWriter,
    pieces: Iterable[Piece],
    furniture: Furnished,
    joining: Joining,
    pages: int,
) -> None:
    """Append the pieces, then what runs along the edges of the pages.

    That comes last, so that it never stands in the middle of a paragraph that goes over a page.
    """
    for piece in pieces:
        between = "\n" if piece.kind == "code" else " "
        parts: list[Placed] = []
        for cell in piece.cells:
            if parts:
                parts[-1] = parts[-1]._replace(after=CELLS)
            parts += joining.parts(cell, between=between)
        writer.add_placed(piece.kind, parts, level=piece.level)
    writer.end_pages(pages)
    for kind in _RUNNING:
        # Each is listed once, with the place where it stands first; the numbers in one line.
        lines: dict[str, Line] = {}
        for running in furniture.values():
            for line, found in running:
                if found == kind:
                    lines.setdefault(line.text, line)
        listed = [list(_placed(line, " ", 0)) for line in lines.values()]
        for words in [list(chain(*listed))] if kind == "page_number" else listed:
            writer.add_placed_furniture(kind, words)

"""A document's blocks as readable HTML: headings, lists, tables, code, page by page.

Every character of a block stands in the page once and in order, so what is marked is what a
span says; what parts the cells of a table is there too, out of sight.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby
from typing import Final

from chatbot.types import Block, Document, Furniture, Span
from chatbot.web.html.page_texts import Words
from chatbot.web.html.passage_tables import cells, cells_html

_BULLET: Final = re.compile(r"[-*•‣◦–▪■●○\uf0a7\uf0b7]|\(?[0-9a-zA-Z]{1,3}[.)]|\[[0-9]{1,3}\]")
_RUNNING: Final = frozenset({"header", "footer", "page_number"})
Part = Block | Furniture


def blocks_html(document: Document, span: Span | None, words: Words) -> str:
    """All blocks and furniture in the order of the text, with one span marked."""
    parts: list[Part] = sorted([*document.blocks, *document.furniture], key=lambda part: part.span)
    page = _Page(document, span, words)
    groups = groupby(parts, _family)
    return "".join(piece for family, group in groups for piece in page.group(family, [*group]))


def _family(part: Part) -> str:
    """What makes one list or one table of parts that follow each other."""
    if isinstance(part, Furniture):
        return "running" if part.kind in _RUNNING else "furniture"
    return {"item": "list", "row": "table", "header_row": "table"}.get(part.kind, part.kind)


class _Page:
    """Writes the parts of one document, each once; the first mark is where the browser goes."""

    def __init__(self, document: Document, span: Span | None, words: Words) -> None:
        self._document = document
        self._span = span
        self._texts = words
        self._marked = False
        self._starts = [page.start for page in document.pages]

    def group(self, family: str, parts: Sequence[Part]) -> Iterator[str]:
        if family == "list":
            yield '<ul class="items">'
            yield from (self._item(part) for part in parts)
            yield "</ul>"
        elif family == "table":
            yield '<div class="table"><table>'
            yield from (self._row(part) for part in parts)
            yield "</table></div>"
        elif family == "running":
            yield f'<section class="running" aria-label="{escape(self._texts("source_running"))}">'
            yield from (f'<p dir="auto">{self._words(part.span)}</p>' for part in parts)
            yield "</section>"
        else:
            yield from (self._block(part) for part in parts)

    def _block(self, part: Part) -> str:
        words = self._words(part.span)
        if isinstance(part, Furniture):
            return f'<p class="furniture" dir="auto">{words}</p>'
        if part.kind == "heading":
            level = min(part.level + 1, 6)
            return f'<h{level} dir="auto">{words}</h{level}>'
        if part.kind == "code":
            return f"<pre>{words}</pre>"
        return f'<p dir="auto">{words}</p>'

    def _item(self, part: Part) -> str:
        own = ' class="own-bullet"' if _BULLET.match(part.span.of(self._document.text)) else ""
        return f'<li{own} dir="auto">{self._words(part.span)}</li>'

    def _row(self, part: Part) -> str:
        head = isinstance(part, Block) and part.kind == "header_row"
        tag = "th" if head else "td"
        row = cells_html(cells(self._document.text, part.span), self._words, tag)
        return f'<tr class="{"header_row" if head else "row"}">{row}</tr>'

    def _words(self, place: Span) -> str:
        """The words of a place, with the pages that begin in it told."""
        first = bisect_left(self._starts, self._after_gap(place.start))
        last = bisect_right(self._starts, place.end - 1)
        pieces, start = [], place.start
        for number in range(first, last):
            at = max(self._starts[number], place.start)
            pieces.append(self._marked_words(Span(start, at)))
            pieces.append(
                f'<span class="page-start" role="note" data-page="{number + 1}" '
                f'aria-label="{escape(self._texts("source_page", n=number + 1))}"></span>'
            )
            start = at
        pieces.append(self._marked_words(Span(start, place.end)))
        return "".join(pieces)

    def _after_gap(self, start: int) -> int:
        """Where the gap before a place begins: a page that begins there begins with the place."""
        text = self._document.text
        while start and text[start - 1] == "\n":
            start -= 1
        return start

    def _marked_words(self, place: Span) -> str:
        text, span = self._document.text, self._span
        start = max(span.start, place.start) if span else place.end
        end = min(span.end, place.end) if span else place.end
        if start >= end:
            return escape(place.of(text))
        anchor = "" if self._marked else ' id="evidence"'
        self._marked = True
        return (
            f"{escape(text[place.start : start])}<mark{anchor}>{escape(text[start:end])}</mark>"
            f"{escape(text[end : place.end])}"
        )

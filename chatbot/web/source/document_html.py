"""A document's blocks for the viewer: headings, lists, tables, code, and where pages start.

Every character of a block is on the page once and in order, so the marked text is the text of the
span. Separators between table cells are on the page too, but visually hidden.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, Literal

from chatbot.types import Block, Document, Furniture, Span
from chatbot.web.html.marked_text import Segment, Stretch, plain
from chatbot.web.html.passage_tables import Cell, cells

_BULLET: Final = re.compile(r"[-*•‣◦–▪■●○\uf0a7\uf0b7]|\(?[0-9a-zA-Z]{1,3}[.)]|\[[0-9]{1,3}\]")
_RUNNING: Final = frozenset({"header", "footer", "page_number"})
_DEEPEST_HEADING: Final = 6

GroupKind = Literal["list", "table", "running", "blocks"]


@dataclass(frozen=True, slots=True)
class ViewerBlock:
    """A block or a piece of page furniture.

    `level` is the HTML level of a heading, `cells` are those of a table row, and `own_bullet` says
    that an item's text begins with its bullet or number.
    """

    kind: str
    span: Span
    level: int = 0
    cells: tuple[Cell, ...] = ()
    own_bullet: bool = False


@dataclass(frozen=True, slots=True)
class BlockGroup:
    """Consecutive blocks that form one list, one table or one run of page furniture."""

    kind: GroupKind
    blocks: tuple[ViewerBlock, ...]


def block_groups(document: Document) -> list[BlockGroup]:
    """All blocks and furniture of a document in the order of its text."""
    pieces: list[Block | Furniture] = [*document.blocks, *document.furniture]
    pieces.sort(key=lambda piece: piece.span)
    return [
        BlockGroup(kind, tuple(_viewer_block(document, piece) for piece in group))
        for kind, group in groupby(pieces, _group_kind)
    ]


def _group_kind(piece: Block | Furniture) -> GroupKind:
    if isinstance(piece, Furniture):
        return "running" if piece.kind in _RUNNING else "blocks"
    kinds: dict[str, GroupKind] = {"item": "list", "row": "table", "header_row": "table"}
    return kinds.get(piece.kind, "blocks")


def _viewer_block(document: Document, piece: Block | Furniture) -> ViewerBlock:
    if isinstance(piece, Furniture):
        return ViewerBlock("furniture", piece.span)
    if piece.kind == "heading":
        # The document's title is the page's first heading.
        return ViewerBlock("heading", piece.span, level=min(piece.level + 1, _DEEPEST_HEADING))
    if piece.kind == "item":
        bullet = bool(_BULLET.match(piece.span.of(document.text)))
        return ViewerBlock("item", piece.span, own_bullet=bullet)
    if piece.kind in {"row", "header_row"}:
        return ViewerBlock(piece.kind, piece.span, cells=cells(document.text, piece.span))
    return ViewerBlock(piece.kind, piece.span)


class DocumentMarker:
    """Cuts ranges of a document into stretches at the ends of the cited span and at page starts."""

    def __init__(self, document: Document, span: Span | None) -> None:
        self._text = document.text
        self._span = span
        self._page_starts = [page.start for page in document.pages]
        self._target = _first_marked(document, span)

    def __call__(self, place: Span) -> Sequence[Stretch]:
        """The stretches of a range; a page that starts in it starts a stretch."""
        first = bisect_left(self._page_starts, self._after_gap(place.start))
        last = bisect_right(self._page_starts, place.end - 1)
        stretches, start = [], place.start
        for number in range(first, last):
            page_start = max(self._page_starts[number], place.start)
            stretches += self._marked(Span(start, page_start))
            stretches.append(Stretch((), page=number + 1))
            start = page_start
        return [*stretches, *self._marked(Span(start, place.end))]

    def _after_gap(self, start: int) -> int:
        """The start of the blank lines before a range, where the page of the range may start."""
        while start and self._text[start - 1] == "\n":
            start -= 1
        return start

    def _marked(self, place: Span) -> list[Stretch]:
        span = self._span
        start = max(span.start, place.start) if span else place.end
        end = min(span.end, place.end) if span else place.end
        if start >= end:
            return [plain(place.of(self._text))]
        quote = (Segment(self._text[start:end]),)
        return [
            plain(self._text[place.start : start]),
            Stretch(quote, evidence=True, target=start == self._target),
            plain(self._text[end : place.end]),
        ]


def _first_marked(document: Document, span: Span | None) -> int | None:
    """The first character of a span that is in a block, not in the blank lines between blocks."""
    if span is None:
        return None
    places = [block.span for block in document.blocks]
    places += [furniture.span for furniture in document.furniture]
    shared = [max(span.start, p.start) for p in places if p.start < span.end and span.start < p.end]
    return min(shared, default=None)

"""A document's blocks for the viewer: headings, lists, tables, code, and where pages start.

Every character of a block is on the page once and in order, so the marked text is the text of the
span. Separators between table cells are on the page too, but visually hidden.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby
from operator import itemgetter
from typing import Final, Literal

from chatbot.text.clean import one_line
from chatbot.types import Block, Document, Furniture, Span
from chatbot.web.html.marked_text import Segment, Stretch
from chatbot.web.html.passage_tables import Cell, cells, figure_columns

_BULLET: Final = re.compile(r"[-*•‣◦–▪■●○\uf0a7\uf0b7]|\(?[0-9a-zA-Z]{1,3}[.)]|\[[0-9]{1,3}\]")
_RUNNING: Final = frozenset({"header", "footer", "page_number"})
_DEEPEST_HEADING: Final = 6

_FEWEST_HEADINGS: Final = 2
_MOST_HEADINGS: Final = 300

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
    """Consecutive blocks that form one list, one table or one run of page furniture.

    A table has its number of columns, and the columns that hold mostly figures.
    """

    kind: GroupKind
    blocks: tuple[ViewerBlock, ...]
    columns: int = 0
    figures: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the contents: its text, its level from 1, and the anchor of its block."""

    text: str
    level: int
    anchor: str


def contents(document: Document) -> list[Heading]:
    """The headings of a document in order; none if they are too few to be of use."""
    blocks = [block for block in document.blocks if block.kind == "heading"][:_MOST_HEADINGS]
    if len(blocks) < _FEWEST_HEADINGS:
        return []
    return [
        Heading(one_line(block.span.of(document.text)), block.level, f"at-{block.span.start}")
        for block in blocks
    ]


def block_groups(document: Document) -> list[BlockGroup]:
    """All blocks and furniture of a document in the order of its text."""
    text = document.text
    pieces: list[Block | Furniture] = [*document.blocks, *document.furniture]
    pieces.sort(key=lambda piece: piece.span)
    kinds = [_group_kind(piece) for piece in pieces]
    # A blank line before a row begins another table.
    tables = accumulate(piece.span.follows_blank_line(text) for piece in pieces)
    keys = [
        (kind, table if kind == "table" else 0) for kind, table in zip(kinds, tables, strict=True)
    ]
    return [
        _group(text, kind, [_viewer_block(document, piece) for _, piece in group])
        for (kind, _), group in groupby(zip(keys, pieces, strict=True), itemgetter(0))
    ]


def _group(text: str, kind: GroupKind, blocks: Sequence[ViewerBlock]) -> BlockGroup:
    if kind != "table":
        return BlockGroup(kind, tuple(blocks))
    records = [block.cells for block in blocks if block.kind == "row" and len(block.cells) > 1]
    columns = max(len(block.cells) for block in blocks)
    return BlockGroup(kind, tuple(blocks), columns, figure_columns(text, records))


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

    def __init__(
        self, document: Document, span: Span | None, mentions: Sequence[Span] = ()
    ) -> None:
        """`mentions` are the places of the words that a reader looks for, in order."""
        self._text = document.text
        self._span = span
        self._mentions = mentions
        self._mention_starts = [mention.start for mention in mentions]
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
            return [Stretch(self._segments(place))]
        quote = self._segments(Span(start, end))
        return [
            Stretch(self._segments(Span(place.start, start))),
            Stretch(quote, evidence=True, target=start == self._target),
            Stretch(self._segments(Span(end, place.end))),
        ]

    def _segments(self, place: Span) -> tuple[Segment, ...]:
        """A range cut at the mentions in it; one across its end stays unmarked."""
        segments, start = [], place.start
        first = bisect_left(self._mention_starts, place.start)
        for number in range(first, bisect_left(self._mention_starts, place.end)):
            mention = self._mentions[number]
            if mention.end <= place.end:
                segments.append(Segment(self._text[start : mention.start]))
                segments.append(Segment(mention.of(self._text), mention=number + 1))
                start = mention.end
        segments.append(Segment(self._text[start : place.end]))
        return tuple(segment for segment in segments if segment.text) or (Segment(""),)


def _first_marked(document: Document, span: Span | None) -> int | None:
    """The first character of a span that is in a block, not in the blank lines between blocks."""
    if span is None:
        return None
    places = [block.span for block in document.blocks]
    places += [furniture.span for furniture in document.furniture]
    shared = [max(span.start, p.start) for p in places if p.start < span.end and span.start < p.end]
    return min(shared, default=None)

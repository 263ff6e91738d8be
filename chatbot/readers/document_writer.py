"""Build a document block by block, with exact offsets.

A blank line separates blocks and tables, a line feed separates rows and items. So the stored text
reads well as plain text, and every block has an exact span.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise, starmap
from typing import Literal, NamedTuple

from chatbot.readers.file_properties import could_be_title
from chatbot.text.clean import clean_code, one_line
from chatbot.text.page_furniture import furniture_kind
from chatbot.types import (
    Block,
    BlockKind,
    Box,
    Document,
    Furniture,
    FurnitureKind,
    Metadata,
    Run,
    Span,
)

# Separates the cells of a table row.
CELLS = " | "

_TIGHT: frozenset[BlockKind] = frozenset({"item", "row", "header_row"})
_TITLE_CHARACTERS = 90


class Placed(NamedTuple):
    """Clean words on a page, and the separator before the words that follow (`after`).

    `chars` and `box` are as in `Run`; without either, the position on the page is unknown.
    """

    words: str
    after: str
    page: int
    chars: Span | None = None
    box: Box | None = None


class DocumentWriter:
    """Collects blocks and furniture in reading order and makes the document at the end."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._last: BlockKind | None = None
        self._blocks: list[Block] = []
        self._furniture: list[Furniture] = []
        self._page_starts: list[int] = []
        self._pages_ended = False
        self._runs: list[Run] = []

    def start_page(self) -> None:
        """Begin a page, the first one included; later additions are on it."""
        self._page_starts.append(self._length)

    def add(self, kind: BlockKind, text: str, *, level: int = 0) -> None:
        """Append a block, unless its text is empty. Only code keeps its lines and indentation.

        A paragraph or item that is page furniture is recorded as furniture.
        """
        words = clean_code(text) if kind == "code" else one_line(text)
        furniture = furniture_kind(words) if kind in ("paragraph", "item") else None
        if furniture:
            self.add_furniture(furniture, words)
        elif words.strip():
            self._blocks.append(Block(self._append(words, kind), kind, level))

    def add_page(self, name: str, kind: Literal["sheet", "slide"], *, is_hidden: bool) -> None:
        """Append the heading of a sheet or a slide, which says if it is hidden."""
        self.add("heading", f"{name} (hidden {kind})" if is_hidden else name, level=1)

    def start_table(self) -> None:
        """Begin a table: a blank line separates its first row from any row or item before it."""
        self._last = None

    def add_record(self, fields: Mapping[str, str | None]) -> None:
        """Append the fields of a record as a row, each with its name; empty ones are left out."""
        self.add("row", CELLS.join(f"{name}: {value}" for name, value in fields.items() if value))

    def add_furniture(self, kind: FurnitureKind, text: str) -> None:
        """Append text that is shown in the source and never retrieved."""
        if words := one_line(text):
            self._furniture.append(Furniture(self._append(words, "item"), kind))

    def add_placed(self, kind: BlockKind, parts: Sequence[Placed], *, level: int = 0) -> None:
        """Append a block of words whose pages are known; a part on a later page begins that page.

        The words are not cleaned.
        """
        if span := self._append_placed(parts, kind):
            self._blocks.append(Block(span, kind, level))

    def add_placed_furniture(self, kind: FurnitureKind, parts: Sequence[Placed]) -> None:
        """Append furniture whose pages are known."""
        if span := self._append_placed(parts, "item"):
            self._furniture.append(Furniture(span, kind))

    def end_pages(self, count: int) -> None:
        """End the last of `count` pages; later additions are on no page."""
        self._begin_pages(count + 1, self._length)
        self._pages_ended = True

    def _begin_pages(self, number: int, offset: int) -> None:
        """Begin every page up to this number that hasn't begun yet."""
        if not self._pages_ended:
            self._page_starts += [offset] * (number - len(self._page_starts))

    def _append_placed(self, parts: Sequence[Placed], kind: BlockKind) -> Span | None:
        parts = [part for part in parts if part.words]
        if not parts:
            return None
        self._begin_pages(parts[0].page, self._length)
        after = [*(part.after for part in parts[:-1]), ""]
        words = "".join(part.words + gap for part, gap in zip(parts, after, strict=True))
        span = self._append(words, kind)
        offset = span.start
        for part, gap in zip(parts, after, strict=True):
            self._begin_pages(part.page, offset)
            end = offset + len(part.words)
            if part.chars or part.box:
                self._runs.append(
                    Run(Span(offset, end), part.page, part.chars or Span(0, 0), part.box)
                )
            offset = end + len(gap)
        return span

    def _append(self, words: str, kind: BlockKind) -> Span:
        if self._parts:
            tight = kind in _TIGHT and self._last in _TIGHT
            gap = "\n" if tight else "\n\n"
            self._parts.append(gap)
            self._length += len(gap)
        span = Span(self._length, self._length + len(words))
        self._parts.append(words)
        self._length = span.end
        self._last = kind
        return span

    def document(
        self,
        doc_id: str,
        *,
        source: str,
        media_type: str,
        title: str | None = None,
        metadata: Metadata | None = None,
    ) -> Document:
        """Return the finished document; without a title, it gets one from its text."""
        text = "".join(self._parts)
        title = one_line(title or "") or self._title(text) or doc_id
        return Document(
            doc_id=doc_id,
            title=title,
            text=text,
            source=source,
            media_type=media_type,
            fingerprint=hashlib.sha256(text.encode()).hexdigest(),
            blocks=tuple(self._blocks),
            furniture=tuple(self._furniture),
            pages=tuple(starmap(Span, pairwise(self._page_bounds(len(text))))),
            metadata=self._with_furniture(metadata or Metadata(), text),
            runs=tuple(self._runs),
        )

    def _page_bounds(self, length: int) -> list[int]:
        return self._page_starts if self._pages_ended else [*self._page_starts, length]

    def _with_furniture(self, metadata: Metadata, text: str) -> Metadata:
        """Fill gaps in the metadata from bylines and captions."""
        lines: dict[FurnitureKind, list[str]] = {"byline": [], "caption": []}
        for piece in self._furniture:
            if piece.kind in lines:
                lines[piece.kind].append(piece.span.of(text))
        authors = [line[3:] for line in lines["byline"] if line[:3].lower() == "by "]
        extra = dict(metadata.extra)
        if lines["caption"]:
            extra.setdefault("captions", "; ".join(lines["caption"]))
        return replace(metadata, author=metadata.author or next(iter(authors), None), extra=extra)

    def heading(self) -> str | None:
        """The first heading of the highest level that could be a title."""
        text = "".join(self._parts)
        headings = [block for block in self._blocks if block.kind == "heading"]
        usable = [block for block in headings if could_be_title(block.span.of(text))]
        return min(usable, key=lambda block: block.level).span.of(text) if usable else None

    def _title(self, text: str) -> str:
        """The first heading of the highest level, else the beginning of the first prose."""
        return self.heading() or next(
            (
                beginning(words)
                for block in self._blocks
                if block.kind in ("paragraph", "item")
                and could_be_title(words := block.span.of(text))
            ),
            "",
        )


def beginning(text: str) -> str:
    """The first words of a text, cut to the length of a title."""
    if len(text) <= _TITLE_CHARACTERS:
        return text
    return text[:_TITLE_CHARACTERS].rsplit(" ", 1)[0] + " …"

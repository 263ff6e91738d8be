"""How a reader writes a document: block after block, offsets kept by one hand.

Blocks are parted by a blank line, rows and items by a line feed, so that the stored text reads
well as plain text and every block has an exact span.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from itertools import pairwise, starmap

from chatbot.text.clean import clean, one_line
from chatbot.text.furniture import furniture_kind
from chatbot.types import Block, BlockKind, Document, Furniture, FurnitureKind, Metadata, Span

# What parts the cells of a table row.
CELLS = " | "

_TIGHT: frozenset[BlockKind] = frozenset({"item", "row", "header_row"})
_TITLE_CHARACTERS = 90


class DocumentWriter:
    """Collects blocks and furniture in reading order and makes the document at the end."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._last: BlockKind | None = None
        self._blocks: list[Block] = []
        self._furniture: list[Furniture] = []
        self._page_starts: list[int] = []

    def start_page(self) -> None:
        """Begin the next page, the first one included; what is added from now on stands on it."""
        self._page_starts.append(self._length)

    def add(self, kind: BlockKind, text: str, *, level: int = 0) -> None:
        """Append a block; empty text is left out. Code keeps its lines, the rest become one.

        A paragraph or item that is page furniture is filed as such.
        """
        words = clean(text).strip("\n") if kind == "code" else one_line(text)
        found = furniture_kind(words) if kind in ("paragraph", "item") else None
        if found:
            self.add_furniture(found, words)
        elif words.strip():
            self._blocks.append(Block(self._append(words, kind), kind, level))

    def add_furniture(self, kind: FurnitureKind, text: str) -> None:
        """Append text that is shown in the source and never retrieved."""
        if words := one_line(text):
            self._furniture.append(Furniture(self._append(words, "item"), kind))

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
        """The finished document; without a title of its own it gets one from its text."""
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
            pages=tuple(starmap(Span, pairwise([*self._page_starts, len(text)]))),
            metadata=self._with_furniture(metadata or Metadata(), text),
        )

    def _with_furniture(self, metadata: Metadata, text: str) -> Metadata:
        """The metadata with what bylines and captions say, where it says nothing itself."""
        said: dict[FurnitureKind, list[str]] = {"byline": [], "caption": []}
        for piece in self._furniture:
            if piece.kind in said:
                said[piece.kind].append(piece.span.of(text))
        authors = [line[3:] for line in said["byline"] if line[:3].lower() == "by "]
        extra = dict(metadata.extra)
        if said["caption"]:
            extra.setdefault("captions", "; ".join(said["caption"]))
        return replace(metadata, author=metadata.author or next(iter(authors), None), extra=extra)

    def _title(self, text: str) -> str:
        """The first heading of the highest level, else the beginning of the first block."""
        headings = [block for block in self._blocks if block.kind == "heading"]
        if headings:
            return min(headings, key=lambda block: block.level).span.of(text)
        return beginning(next((block.span.of(text) for block in self._blocks), ""))


def beginning(text: str) -> str:
    """The first words of a text, few enough for a title."""
    if len(text) <= _TITLE_CHARACTERS:
        return text
    return text[:_TITLE_CHARACTERS].rsplit(" ", 1)[0] + " …"

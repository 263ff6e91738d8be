"""The types that pass between the parts of the chatbot. All are frozen.

Offsets count characters of `Document.text`, never bytes or tokens.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

BlockKind = Literal["heading", "paragraph", "item", "header_row", "row", "code"]
FurnitureKind = Literal[
    "boilerplate", "navigation", "byline", "caption", "metadata", "header", "footer", "page_number"
]
# Left, top, right, bottom, in points from the upper left corner of the displayed page.
Box = tuple[float, float, float, float]


class Span(NamedTuple):
    """A half-open range of character offsets, `start <= end`."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """The text in this range."""
        return text[self.start : self.end]

    def holds(self, other: Span) -> bool:
        """Whether the other span lies entirely inside this one."""
        return self.start <= other.start and other.end <= self.end

    def follows_blank_line(self, text: str) -> bool:
        """Whether a blank line ends right before this range; before a row, it begins a table."""
        return text.endswith("\n\n", 0, self.start)


# -- documents -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading, list item, table row or piece of code.

    Blocks are in order and never overlap; sentences never cross them. `level` is the depth of a
    heading (1 is the highest). A header row names the columns of its table at level 0, and heads
    the rows below it at level 1. Other blocks have level 0.
    """

    span: Span
    kind: BlockKind
    level: int = 0


@dataclass(frozen=True, slots=True)
class Furniture:
    """Text around the article, such as a byline: shown in the source, but never in a passage."""

    span: Span
    kind: FurnitureKind


class Run(NamedTuple):
    """The position of a piece of text on a page; pages count from 1.

    `chars` is the range of the page's characters, as PDFium counts them. If it's as long as the
    span, the characters correspond one to one; otherwise only the ranges do. A line read by OCR
    has a box instead.
    """

    span: Span
    page: int
    chars: Span
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class Metadata:
    """Metadata that a document states itself. `date` is ISO 8601 and may be only a year."""

    author: str | None = None
    date: str | None = None
    language: str | None = None
    tags: tuple[str, ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Document:
    """One text with its structure.

    Every character of `text` except white space lies in exactly one block or one piece of
    furniture. `pages` has the span of each page, in order; it is empty if the format has no
    pages. `fingerprint` is the SHA-256 of `text`. `runs` are in the order of their spans; they
    are empty if the pages can't be drawn.
    """

    doc_id: str
    title: str
    text: str
    source: str
    media_type: str
    fingerprint: str
    blocks: tuple[Block, ...]
    furniture: tuple[Furniture, ...] = ()
    pages: tuple[Span, ...] = ()
    metadata: Metadata = field(default_factory=Metadata)
    runs: tuple[Run, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class DocumentSummary:
    """A document without its text."""

    doc_id: str
    title: str
    source: str
    media_type: str
    metadata: Metadata
    passages: int


# -- retrieval -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Lead:
    """A line that belongs to a passage and lies before it; `document.text[span] == text`."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Passage:
    """The unit of retrieval: whole sentences of one section; `document.text[span] == text`.

    `sentences` are spans in the document, in order, inside `span`, and `heads` are those of them
    that are header rows. If the passage continues a table or list, `lead` has the header rows or
    the introducing line; they lie before `span`. `language` is a tag such as "de", or None if it
    can't be detected.
    """

    passage_id: str
    doc_id: str
    ordinal: int
    text: str
    span: Span
    section: tuple[str, ...]
    sentences: tuple[Span, ...]
    pages: tuple[int, ...] = ()
    lead: tuple[Lead, ...] = ()
    language: str | None = None
    heads: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Filters:
    """Conditions for the documents to search. A document must meet every condition that is set.

    Several values of one condition are alternatives. A folder includes its subfolders. Dates are
    compared as ISO text, up to the length of the shorter one. Both bounds are inclusive:
    `date_to="2020"` includes all of 2020, and a document dated only "2020" may be from any day of
    that year.
    """

    document: tuple[str, ...] = ()
    folder: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    date_from: str | None = None
    date_to: str | None = None

    def __bool__(self) -> bool:
        return self != Filters()


# -- answers ---------------------------------------------------------------------------------

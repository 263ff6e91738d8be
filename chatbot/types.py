"""The things that flow through the chatbot, each stating its law. All are frozen.

Offsets count characters of `Document.text`, never bytes and never tokens.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from chatbot.clues import Clues

Verdict = Literal["strong", "possible", "none"]
BlockKind = Literal["heading", "paragraph", "item", "header_row", "row", "code"]
FurnitureKind = Literal[
    "boilerplate", "navigation", "byline", "caption", "metadata", "header", "footer", "page_number"
]
# Left, top, right, bottom in points from the upper left corner of a page as it is displayed.
Box = tuple[float, float, float, float]


class Span(NamedTuple):
    """A half-open range of character offsets, `start <= end`."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """The words at this place."""
        return text[self.start : self.end]

    def holds(self, other: Span) -> bool:
        """Whether the other span lies wholly inside this one."""
        return self.start <= other.start and other.end <= self.end


# -- what is read ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading, list item or table row. Blocks are in order and never overlap.

    Sentences never cross a block. `level` is a heading's depth (1 is the highest) and 0 for the
    rest.
    """

    span: Span
    kind: BlockKind
    level: int = 0


@dataclass(frozen=True, slots=True)
class Furniture:
    """Text of the page around the article: shown in the source, listed, never a passage."""

    span: Span
    kind: FurnitureKind


class Run(NamedTuple):
    """Where a stretch of text stands on a page, counted from 1.

    `chars` is the range of the page's characters as PDFium counts them: one for one where both
    are of one length, else only as a whole. A line that was read from a picture has its box.
    """

    span: Span
    page: int
    chars: Span
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a document says of itself. `date` is ISO 8601 and may be only a year."""

    author: str | None = None
    date: str | None = None
    language: str | None = None
    tags: tuple[str, ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Document:
    """One text with its structure.

    Every character of `text` that is not white space lies in exactly one block or in one piece
    of furniture. `pages` has the span of each page, in order, and is empty where the format has
    no pages. `fingerprint` is the SHA-256 of `text`: equal means the same words. `runs` are in
    order of their spans, and empty where there are no pages to draw.
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


# -- what is retrieved -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Passage:
    """What is retrieved: whole sentences of one section; `document.text[span] == text`.

    `sentences` are spans in the document, in order, inside `span`. `lead` is the header row or
    the line that introduces a list which this passage continues, and lies before `span`.
    """

    passage_id: str
    doc_id: str
    ordinal: int
    text: str
    span: Span
    section: tuple[str, ...]
    sentences: tuple[Span, ...]
    pages: tuple[int, ...] = ()
    lead: Span | None = None


@dataclass(frozen=True, slots=True)
class Filters:
    """Which documents may answer; every condition that is set must hold.

    Several values of one condition are alternatives. Dates compare as ISO text, as far as both
    go, and both ends are included: `date_to="2020"` admits all of 2020, and a document that is
    dated only "2020" may be of any day of that year.
    """

    document: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    date_from: str | None = None
    date_to: str | None = None

    def __bool__(self) -> bool:
        return self != Filters()


# -- what is answered ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Why(Clues):
    """How a passage was ranked: the value of each clue, and its rank in each arm.

    A rank is None where the arm did not return the passage. `together` is the weighted sum of the
    clues, from which confidence is computed. `rerank` is the cross-encoder's score, from 0 for the
    worst passage that it read to 1 for the best; None where it read none.
    """

    dense_rank: int | None
    lexical_rank: int | None
    together: float
    rerank: float | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """A passage and the sentence in it that answers: `document.text[span] == quote`.

    `also_in` names the documents that hold the same text, newest first; `further` has other
    passages of the same document. `score` is what passages are ranked by: `why.together`, with a
    cross-encoder's share added where one is set. `verified` is false when the quote no longer
    stands in the stored text.
    """

    marker: int
    doc_id: str
    title: str
    source: str
    section: tuple[str, ...]
    pages: tuple[int, ...] | None
    span: Span
    quote: str
    passage: Passage
    score: float
    why: Why
    url: str
    metadata: Metadata = field(default_factory=Metadata)
    also_in: tuple[str, ...] = ()
    further: tuple[Citation, ...] = ()
    verified: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """The best passages for a question, or the plain statement that they are not there.

    `confidence` is the probability, 0..1, that the answer is in what was found. When it is
    below the threshold the verdict is "none", `citations` is empty and `nearest` keeps what was
    closest. `searched_documents` is how many the filters admit. `timings` has milliseconds for
    each stage.
    """

    question: str
    interpreted_question: str
    abstained: bool
    verdict: Verdict
    confidence: float
    citations: tuple[Citation, ...]
    nearest: tuple[Citation, ...]
    build: str
    searched_documents: int
    timings: Mapping[str, float] = field(default_factory=dict)

"""The types of an answer: citations, why they rank, what documents are; all frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from chatbot.clues import Clues
from chatbot.types import DocumentSummary, Metadata, Passage, Span

Verdict = Literal["strong", "possible", "none"]
# What a question asks about the documents themselves; the last three are greetings.
AboutKind = Literal[
    "list",
    "count",
    "formats",
    "author",
    "date",
    "topic",
    "mention",
    "summary",
    "greeting",
    "thanks",
    "help",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Why(Clues):
    """How a passage was ranked: the value of each clue, and its rank in each arm.

    A rank is None where the arm did not return the passage. `together` is the weighted sum of the
    clues, from which confidence is computed. `rerank` is the cross-encoder's score, from 0 for the
    worst of the passages it scored to 1 for the best; None if it didn't score this one. `reader` is
    the answer reader's log-odds that the answer is in the passage; None if it didn't read it.
    """

    dense_rank: int | None
    lexical_rank: int | None
    together: float
    rerank: float | None = None
    reader: float | None = None


# The score of a sentence that isn't read. Scores of others are seldom below -15.
LOWEST: Final = -20.0
# The log-odds of a sentence that certainly answers.
CERTAIN: Final = 10.0


@dataclass(frozen=True, slots=True)
class SentenceReading:
    """What the answer reader says of a sentence.

    `score` is the log-odds of an answer in this sentence against no answer at all; `start` and
    `end` are the offsets of the likeliest answer in the sentence. `share` is the probability that
    the answer overlaps these words, given that it is in this sentence.
    """

    score: float
    start: int
    end: int
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class LinkedDocument:
    """A document and the address of its source."""

    document: DocumentSummary
    url: str


@dataclass(frozen=True, slots=True)
class Citation:
    """A passage with its best-matching sentence: `document.text[span] == quote`.

    `also_in` names other documents with the same text, newest first; `further` has other passages
    of the same document. `score` ranks the passages: it is `why.together`, plus the weighted shares
    of the answer reader and of the cross-encoder, if they read the passage. `verified` is false if
    the quote is no longer in the stored text. `answer` is the place of the words that answer, if
    the answer reader is sure of any. `newest` is the newest version of the document, if there is a
    newer one.
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
    media_type: str = ""
    metadata: Metadata = field(default_factory=Metadata)
    also_in: tuple[str, ...] = ()
    further: tuple[Citation, ...] = ()
    verified: bool = True
    answer: Span | None = None
    newest: LinkedDocument | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence of a document, word for word: `document.text[span] == quote`.

    `verified` is false if the quote is no longer in the stored text.
    """

    marker: int
    doc_id: str
    title: str
    section: tuple[str, ...]
    pages: tuple[int, ...] | None
    span: Span
    quote: str
    url: str
    verified: bool = True


class DocumentCount(NamedTuple):
    """The number of documents of a media type."""

    media_type: str
    documents: int


@dataclass(frozen=True, slots=True)
class AboutDocuments:
    """The answer to a question about the documents themselves.

    `documents` are the first of `matching` documents. `formats` counts all media types if the
    question is about all documents. `sentences` are the key sentences of the only document, in the
    order of its text, if a summary is asked for. A greeting has none of these.
    """

    kind: AboutKind
    documents: tuple[LinkedDocument, ...] = ()
    matching: int = 0
    formats: tuple[DocumentCount, ...] = ()
    sentences: tuple[Quote, ...] = ()


@dataclass(frozen=True, slots=True)
class Correction:
    """A misspelt word of a question and the word that was searched instead."""

    written: str
    read: str


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What another citation says about the first one's answer: the same, or a different figure.

    `words` are from its quote, and `document.text[span] == words`. `older` is true if it is from an
    older version of the same document.
    """

    marker: int
    words: str
    span: Span
    agrees: bool
    older: bool = False


@dataclass(frozen=True, slots=True)
class AnswerPart:
    """A part of a question that asks for several things, such as X in "Compare X and Y".

    `text` names the part, and `question` is what was searched for it. `marker` is that of the
    citation that answers it; None if the verdict is "none".
    """

    text: str
    question: str
    verdict: Verdict
    confidence: float
    marker: int | None


@dataclass(frozen=True, slots=True)
class Answer:
    """The best passages for a question, or the statement that the answer isn't there.

    `confidence` is the probability, 0..1, that the passages contain the answer. Below the
    threshold the verdict is "none", `citations` is empty and `nearest` has the closest passages.
    `corrections` has the misspelt words of the question; `interpreted_question` is without them.
    `about` answers a question about the documents themselves; passages are ranked in any case.
    `parts` has the parts of a question that asks for several things; their citations come first,
    and verdict and confidence are those of the weakest part that is answered. The verdict isn't
    "strong" if a part has no answer. `elsewhere` says which other citations confirm the answer in
    the first one, or have a different figure.
    `question_language` is a tag such as "de"; None if it can't be detected or is the index's own.
    `searched_documents` is the number of documents that pass the filters. `timings` has
    milliseconds by stage.
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
    corrections: tuple[Correction, ...] = ()
    about: AboutDocuments | None = None
    parts: tuple[AnswerPart, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()
    question_language: str | None = None
    timings: Mapping[str, float] = field(default_factory=dict)

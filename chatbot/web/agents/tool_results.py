"""The results of the tools for agents. Each is one JSON object.

`SearchResults` and `FetchedText` have a fixed form: several hosts require exactly these fields.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from chatbot.answers import Verdict
from chatbot.retrieval.standing import DropOut
from chatbot.types import Span

_SPAN = "Half-open range of characters in the document's text."
_URL = "Link that opens the source at this place. Cite it."


@dataclass(frozen=True, slots=True)
class SearchResult:
    """One of the ranked passages."""

    id: Annotated[str, Field(description="Id for the tool fetch.")]
    title: Annotated[str, Field(description="Title of the document, then the section.")]
    url: Annotated[str, Field(description=_URL)]


@dataclass(frozen=True, slots=True)
class SearchResults:
    """The ranked passages, best first."""

    results: tuple[SearchResult, ...]


@dataclass(frozen=True, slots=True)
class FetchedText:
    """A passage or a document, word for word."""

    id: str
    title: str
    text: str
    url: Annotated[str, Field(description=_URL)]
    metadata: Annotated[
        dict[str, str],
        Field(
            description=(
                "`document_id`, `previous` and `next` are ids for the tool fetch. `lead` has the "
                "header rows of a table, or the line that introduces a list."
            )
        ),
    ]


@dataclass(frozen=True, slots=True)
class Quoted:
    """A sentence of a document, word for word."""

    marker: int
    quote: str
    span: Annotated[Span, Field(description=_SPAN)]
    answer: Annotated[
        str | None, Field(description="The words of the quote that answer the question.")
    ]
    document: str
    title: str
    section: tuple[str, ...]
    pages: tuple[int, ...] | None
    date: str | None
    url: Annotated[str, Field(description=_URL)]
    id: Annotated[str, Field(description="Id of the whole passage, for the tool fetch.")]
    verified: Annotated[
        bool, Field(description="False if the stored text no longer has the quote.")
    ]


@dataclass(frozen=True, slots=True)
class AnswerForAgents:
    """The quotes that answer a question, or the statement that none does."""

    question: str
    interpreted_question: str
    verdict: Annotated[
        Verdict,
        Field(description="With `none`, say that the documents have no clear answer."),
    ]
    confidence: Annotated[
        float, Field(description="Probability, 0 to 1, that the quotes have the answer.")
    ]
    abstained: bool
    quotes: tuple[Quoted, ...]
    nearest: Annotated[
        tuple[Quoted, ...],
        Field(description="With the verdict `none`: the closest passages. They may not answer."),
    ]
    build: str
    searched_documents: int


@dataclass(frozen=True, slots=True)
class ListedDocument:
    """A document, without its text."""

    id: Annotated[str, Field(description="Id for the tool fetch.")]
    document: Annotated[
        str, Field(description="Id for the tool why_not and for the filter `document`.")
    ]
    title: str
    url: str
    source: str
    media_type: str
    author: str | None
    date: str | None
    language: str | None
    tags: tuple[str, ...]
    passages: int


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """Some of the documents, in order of id."""

    documents: tuple[ListedDocument, ...]
    total: int
    next_cursor: Annotated[str | None, Field(description="Cursor of the next page, or null.")]


@dataclass(frozen=True, slots=True)
class DocumentStanding:
    """The rank of a document at each stage, from 1; null if the document isn't there."""

    document: str
    dense: Annotated[int | None, Field(description="Rank by meaning.")]
    lexical: Annotated[int | None, Field(description="Rank by words.")]
    fused: Annotated[int | None, Field(description="Rank by both.")]
    evidence: Annotated[int | None, Field(description="Rank with its best sentence.")]
    final: Annotated[int | None, Field(description="Rank after the answer reader.")]
    card: Annotated[int | None, Field(description="Marker of the quote that shows it.")]
    fell_out: Annotated[DropOut, Field(description="Stage at which it dropped out, if any.")]

"""The tools for agents as plain methods, over the documents that one caller may see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Final, NamedTuple

from chatbot.access.audit_events import retrieved
from chatbot.answers import Answer, Citation
from chatbot.chatbot_view import ChatbotView
from chatbot.errors import IndexDamaged, NotFound, UsageError
from chatbot.index.catalog import storable
from chatbot.index.opened_build import Build
from chatbot.retrieval.filters import as_filters
from chatbot.retrieval.standing import document_standing
from chatbot.types import Document, DocumentSummary, Span
from chatbot.web.agents.text_ids import TextId
from chatbot.web.agents.text_metadata import text_metadata
from chatbot.web.agents.tool_results import (
    AnswerForAgents,
    DocumentPage,
    DocumentStanding,
    FetchedText,
    ListedDocument,
    Quoted,
    SearchResult,
    SearchResults,
)

DocumentFilters = Mapping[str, str | list[str]]

_SEARCH_RESULTS: Final = 10
_PAGE: Final = 100
# Characters of a wrong value that a refusal repeats.
_SHOWN: Final = 200
# A host puts a fetched text into its model's context.
LONGEST_TEXT: Final = 100_000


class RankedPassages(NamedTuple):
    """Ranked passages, the build that has them, and the question as it was asked."""

    citations: tuple[Citation, ...]
    build: str
    question: str


def find_passages(
    chatbot: ChatbotView,
    query: str,
    *,
    filters: DocumentFilters | None = None,
    limit: int = _SEARCH_RESULTS,
) -> RankedPassages:
    """The passages in the order in which `ask` would show them.

    Repetitions are included, and so are passages with a low confidence.
    Raises QuestionError, UsageError.
    """
    answer, ranking = chatbot.witnessed(None).ask_and_rank(query, filters=filters)
    citations = ranking.citations(limit)
    chatbot.tell(retrieved(answer.question, (), as_filters(filters), answer.build, citations))
    return RankedPassages(citations, answer.build, answer.question)


def title_of(citation: Citation) -> str:
    """The title of a passage: the title of its document, then its section."""
    headings = [heading for heading in citation.section if heading != citation.title]
    return " › ".join([citation.title, *headings])


class DocumentTools:
    """The tools for one caller. `base` is the address in front of every link.

    They raise IndexMissing, and UsageError or a subclass of it for what the caller can correct.
    """

    def __init__(self, chatbot: ChatbotView, base: str) -> None:
        self.chatbot = chatbot
        self._base = base

    def search(self, query: str) -> SearchResults:
        """The best passages for a query."""
        citations, build, _ = find_passages(self.chatbot, query)
        ids = [TextId(citation.doc_id, citation.passage.span, build) for citation in citations]
        return SearchResults(
            tuple(
                SearchResult(str(text_id), title_of(citation), self._url(text_id.path))
                for text_id, citation in zip(ids, citations, strict=True)
            )
        )

    def fetch(self, text_id: str) -> FetchedText:
        """The text with this id, or the document with this `doc_id`."""
        build, document, asked = self._find(text_id)
        whole = Span(0, len(document.text))
        span = asked.span or whole
        if not (span.start < span.end and whole.holds(span)):
            raise NotFound(
                f"{document.doc_id!r} has {len(document.text)} characters, so there is no text at "
                f"{span.start}-{span.end}. Use an id that a tool has returned."
            )
        shown = Span(span.start, min(span.end, span.start + LONGEST_TEXT))
        text = shown.of(document.text)
        if not build.holds(document.doc_id, shown, text):
            raise IndexDamaged(
                build.folder, f"the text of {document.doc_id!r} has changed since it was read"
            )
        kept = TextId(document.doc_id, None if shown == whole else shown, build.name)
        metadata = text_metadata(build, document, shown)
        if shown != span:
            rest = TextId(document.doc_id, Span(shown.end, span.end), build.name)
            metadata["next"] = str(rest)
        return FetchedText(str(kept), document.title, text, self._url(kept.path), metadata)

    def ask(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        filters: DocumentFilters | None = None,
        top_k: int | None = None,
    ) -> AnswerForAgents:
        """The quotes that answer, or the closest passages after an abstention."""
        answer = self.chatbot.ask(question, history=history, filters=filters, top_k=top_k)
        return AnswerForAgents(
            question=answer.question,
            interpreted_question=answer.interpreted_question,
            verdict=answer.verdict,
            confidence=answer.confidence,
            abstained=answer.abstained,
            quotes=self._quoted(answer.citations, answer),
            nearest=self._quoted(answer.nearest, answer),
            build=answer.build,
            searched_documents=answer.searched_documents,
        )

    def list_documents(
        self, *, filters: DocumentFilters | None = None, cursor: str | None = None
    ) -> DocumentPage:
        """One page of the documents that pass the filters."""
        build, first = self._page_start(cursor)
        ids = build.catalog.ids(as_filters(filters))
        summaries = build.summaries(ids[first : first + _PAGE])
        last = first + _PAGE >= len(ids)
        return DocumentPage(
            documents=tuple(self._listed(summary, build.name) for summary in summaries),
            total=len(ids),
            next_cursor=None if last else f"{first + _PAGE}@{build.name}",
        )

    def why_not(self, question: str, document: str) -> DocumentStanding:
        """Where a document stands for a question."""
        doc_id = self._find(document)[1].doc_id
        standing = asdict(document_standing(doc_id, *self.chatbot.ask_and_rank(question)))
        return DocumentStanding(document=standing.pop("doc_id"), **standing)

    def _find(self, text_id: str) -> tuple[Build, Document, TextId]:
        """The build and document of an id, which may also be a plain `doc_id`."""
        text_id = storable(text_id)
        asked = TextId.parse(text_id)
        build = self.chatbot.build_named(asked.build) if asked else None
        document = self.chatbot.opened(asked.doc_id, build) if asked else None
        if asked and build and document:
            return build, document, asked
        build = self.chatbot.build
        if document := self.chatbot.opened(text_id, build):
            return build, document, TextId(text_id, None, build.name)
        if asked and self.chatbot.build_named(asked.build) is None:
            raise NotFound(
                f"The build {asked.build} is no longer kept. Search again for the current text."
            )
        raise NotFound(
            f"There is no document {text_id[:_SHOWN]!r}. The tool list_documents lists them."
        )

    def _page_start(self, cursor: str | None) -> tuple[Build, int]:
        if cursor is None:
            return self.chatbot.build, 0
        first, _, name = cursor.partition("@")
        build = self.chatbot.build_named(name) if name else None
        if build is None or not (first.isascii() and first.isdigit() and len(first) < 10):
            raise UsageError(
                f"{cursor[:_SHOWN]!r} isn't a valid cursor. Start again without a cursor."
            )
        return build, int(first)

    def _quoted(self, citations: Sequence[Citation], answer: Answer) -> tuple[Quoted, ...]:
        return tuple(
            Quoted(
                marker=citation.marker,
                quote=citation.quote,
                span=citation.span,
                answer=_words(citation),
                document=citation.doc_id,
                title=citation.title,
                section=citation.section,
                pages=citation.pages,
                date=citation.metadata.date,
                url=self._url(citation.url),
                id=str(TextId(citation.doc_id, citation.passage.span, answer.build)),
                verified=citation.verified,
            )
            for citation in citations
        )

    def _listed(self, summary: DocumentSummary, build: str) -> ListedDocument:
        text_id, stated = TextId(summary.doc_id, None, build), summary.metadata
        return ListedDocument(
            id=str(text_id),
            document=summary.doc_id,
            title=summary.title,
            url=self._url(text_id.path),
            source=summary.source,
            media_type=summary.media_type,
            author=stated.author,
            date=stated.date,
            language=stated.language,
            tags=stated.tags,
            passages=summary.passages,
        )

    def _url(self, path: str) -> str:
        return f"{self._base}{path}"


def _words(citation: Citation) -> str | None:
    """The words of a quote that answer."""
    if citation.answer is None:
        return None
    start = citation.span.start
    return citation.quote[citation.answer.start - start : citation.answer.end - start]

"""Search in the format of OpenAI's vector stores, for programs and SDKs that use it.

There is one store, `current`: the build in service.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from chatbot.answers import Citation
from chatbot.errors import NotFound, UsageError
from chatbot.settings import Settings
from chatbot.web.agents.document_tools import find_passages, title_of
from chatbot.web.agents.public_address import base_of
from chatbot.web.agents.text_ids import TextId
from chatbot.web.problems import Problem
from chatbot.web.readers_chatbot import ReadersChatbot

STORE: Final = "current"
# OpenAI's limit for the value of an attribute.
_LONGEST_VALUE: Final = 512

Value = str | bool | int | float


class Comparison(BaseModel):
    """A condition on an attribute of the documents."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["eq", "in", "gte", "lte"]
    key: str
    value: Value | list[Value]


class Compound(BaseModel):
    """Conditions that must all hold."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["and"]
    filters: list[Comparison]


class RankingOptions(BaseModel):
    """The lowest score of a result; `ranker` is accepted and changes nothing."""

    model_config = ConfigDict(extra="forbid")

    ranker: str | None = None
    score_threshold: float = Field(default=0.0, ge=0, le=1)


class VectorStoreSearch(BaseModel):
    """A search; `rewrite_query` is accepted and changes nothing."""

    model_config = ConfigDict(extra="forbid")

    query: str | list[str]
    filters: Annotated[Comparison | Compound, Field(discriminator="type")] | None = None
    max_num_results: int = Field(default=10, ge=1, le=50)
    ranking_options: RankingOptions = RankingOptions()
    rewrite_query: bool = False


class Content(BaseModel):
    """A piece of text."""

    type: Literal["text"] = "text"
    text: str


class StoreResult(BaseModel):
    """A passage; `score` is between 0 and 1, and `attributes` has its place and its address."""

    file_id: str
    filename: str
    score: float
    attributes: dict[str, Value]
    content: list[Content]


class ResultsPage(BaseModel):
    """The results, best first. There is no second page."""

    object: Literal["vector_store.search_results.page"] = "vector_store.search_results.page"
    search_query: list[str]
    data: list[StoreResult]
    has_more: bool = False
    next_page: str | None = None


def vector_store_router() -> APIRouter:
    """The route of the search."""
    router = APIRouter(responses={status: {"model": Problem} for status in (400, 404, 422, 503)})

    @router.post("/v1/vector_stores/{store}/search", tags=["questions"])
    def search(
        store: str, body: VectorStoreSearch, request: Request, chatbot: ReadersChatbot
    ) -> ResultsPage:
        """The ranked passages in the format of OpenAI's vector store search."""
        if store != STORE:
            raise NotFound(f"There is no vector store {store!r}. The only one is {STORE!r}.")
        queries = [body.query] if isinstance(body.query, str) else body.query
        if len(queries) != 1:
            raise UsageError("A search takes one query. Send each query in its own request.")
        ranked = find_passages(
            chatbot, queries[0], filters=_filters(body.filters), limit=body.max_num_results
        )
        best, base = _best_score(chatbot.settings), base_of(chatbot.settings, request)
        results = [_result(citation, ranked.build, best, base) for citation in ranked.citations]
        least = body.ranking_options.score_threshold
        return ResultsPage(
            search_query=[ranked.question],
            data=[result for result in results if result.score >= least],
        )

    return router


def _filters(filters: Comparison | Compound | None) -> dict[str, str | list[str]]:
    """The conditions as the chatbot's own filters. Raises UsageError if it has no such filter."""
    if filters is None:
        return {}
    conditions = filters.filters if isinstance(filters, Compound) else [filters]
    own_filters: dict[str, str | list[str]] = {}
    for condition in conditions:
        name, values = _filter(condition)
        if name in own_filters:
            raise UsageError(
                f"There are two conditions on {condition.key!r}. Combine them with 'in'."
            )
        own_filters[name] = values
    return own_filters


def _filter(condition: Comparison) -> tuple[str, str | list[str]]:
    listed = condition.value if isinstance(condition.value, list) else [condition.value]
    if not listed:
        # The chatbot's own filters admit everything then.
        raise UsageError(f"The condition on {condition.key!r} has no value. Give at least one.")
    bounds = {"gte": "date_from", "lte": "date_to"}
    if condition.type in bounds:
        if condition.key != "date" or len(listed) != 1:
            raise UsageError(
                "'gte' and 'lte' need the key 'date' and one value. Otherwise, use 'eq' or 'in'."
            )
        return bounds[condition.type], str(listed[0])
    return condition.key, [*map(str, listed)]


def _best_score(settings: Settings) -> float:
    """The highest score that a passage can have."""
    reading = settings.reader_weight if settings.reader else 0.0
    reranking = settings.rerank_weight if settings.reranker else 0.0
    return sum(settings.weights.values()) + reading + reranking or 1.0


def _result(citation: Citation, build: str, best: float, base: str) -> StoreResult:
    text_id = TextId(citation.doc_id, citation.passage.span, build)
    return StoreResult(
        file_id=citation.doc_id,
        filename=citation.source,
        score=min(1.0, max(0.0, citation.score / best)),
        attributes={
            name: value[:_LONGEST_VALUE] for name, value in _attributes(citation, text_id, base)
        },
        content=[Content(text=citation.passage.text)],
    )


def _attributes(citation: Citation, text_id: TextId, base: str) -> Iterator[tuple[str, str]]:
    stated = citation.metadata
    attributes = {
        "document": citation.doc_id,
        "source": citation.source,
        "title": title_of(citation),
        "id": str(text_id),
        "url": f"{base}{text_id.path}",
        "quote": citation.quote,
        "pages": ", ".join(map(str, citation.pages or ())),
        "author": stated.author,
        "date": stated.date,
        "language": stated.language,
        "tag": ", ".join(stated.tags),
    }
    return ((name, value) for name, value in attributes.items() if value)

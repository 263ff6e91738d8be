"""The HTTP API: the methods of `Chatbot` over HTTP, with the same names."""

from __future__ import annotations

from bisect import bisect_right
from functools import partial
from typing import Annotated, Final

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Query
from fastapi import Path as InPath
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from chatbot.answers import Answer, Citation
from chatbot.chatbot_view import ChatbotView
from chatbot.errors import UsageError
from chatbot.feedback import Vote, give_feedback
from chatbot.index.opened_build import Build
from chatbot.types import Document, DocumentSummary
from chatbot.web.door.etags import NOT_MODIFIED
from chatbot.web.problems import Fault, documented, fault_of
from chatbot.web.readers_chatbot import ReadersChatbot

_CHECKS: Final = 2
_MOST_QUESTIONS: Final = 100
_PAGING: Final = {"after", "limit"}


class Retrieve(BaseModel):
    """A question. `history` has the user's earlier questions, oldest first.

    `filters` maps the name of a filter, such as `tag`, to a value or to several alternatives.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    question: str = Field(examples=["Which air defence system did Russia sell to China?"])
    history: list[str] | None = Field(default=None, examples=[["Who sells arms to China?"]])
    filters: dict[str, str | list[str]] | None = None
    top_k: int | None = Field(default=None, ge=1)


class Rank(Retrieve):
    """A question whose passages are ranked; with `read`, in the same order as in `ask`."""

    read: bool | None = None


class Ask(Retrieve):
    """A question to answer. Misspelt words are corrected unless `as_typed` is true."""

    as_typed: bool | None = None


class Batch(BaseModel):
    """Questions to answer one after another."""

    model_config = ConfigDict(extra="forbid", strict=True)

    questions: list[Ask] = Field(min_length=1, max_length=_MOST_QUESTIONS)


class BatchResult(BaseModel):
    """The answer to one question, or the error."""

    answer: Answer | None = None
    error: Fault | None = None


class BatchResults(BaseModel):
    """One result for each question, in the same order."""

    results: list[BatchResult]


class Feedback(Ask):
    """A thumb for a passage in the answer to this question, or for the answer if ids are empty.

    `voice` is a random text for each person, so that several people can rate the same passage.
    """

    doc_id: str
    passage_id: str
    verdict: Vote
    build: str = ""
    comment: str | None = None
    voice: str | None = None


class StoredFeedback(BaseModel):
    """A stored thumb, with the sentence that it rates and the build that gave the answer."""

    verdict: Vote
    build: str
    doc_id: str
    passage_id: str
    quote: str


class Health(BaseModel):
    """Whether the server can answer, and from which build."""

    status: str
    build: str | None = None
    documents: int | None = None


class DocumentFilters(BaseModel):
    """The filters of `ask`, and which page of the documents that pass them."""

    model_config = ConfigDict(extra="forbid")

    document: list[str] = []
    folder: list[str] = []
    tag: list[str] = []
    source: list[str] = []
    language: list[str] = []
    date_from: str = ""
    date_to: str = ""
    after: str = ""
    limit: int | None = Field(default=None, ge=1)


def _result(chatbot: ChatbotView, question: Ask) -> BatchResult:
    try:
        return BatchResult(answer=chatbot.ask(**question.model_dump(exclude_none=True)))
    except UsageError as refusal:
        return BatchResult(error=fault_of(refusal, str(refusal)))


def _probed(chatbot: ChatbotView) -> Build:
    build = chatbot.build
    build.probe()
    return build


def store_feedback(chatbot: ChatbotView, body: Feedback) -> StoredFeedback:
    """Store a thumb. Raises UsageError, QuestionError, NotFound, StorageError."""
    thumb = give_feedback(chatbot, **body.model_dump(exclude_none=True))
    return StoredFeedback(
        verdict=thumb.vote,
        build=thumb.build,
        doc_id=thumb.doc_id,
        passage_id=thumb.passage_id,
        quote=thumb.quote,
    )


def api_router() -> APIRouter:
    """The routes of the API."""
    router = APIRouter(responses=documented(400, 404, 413, 422, 503))

    @router.post("/api/v1/ask", tags=["questions"])
    def ask(body: Ask, chatbot: ReadersChatbot) -> Answer:
        """The best passages for a question, or no answer if the confidence is too low."""
        return chatbot.ask(**body.model_dump(exclude_none=True))

    @router.post("/api/v1/ask:batch", tags=["questions"])
    def ask_batch(body: Batch, chatbot: ReadersChatbot) -> BatchResults:
        """Answer several questions; one that can't be answered doesn't stop the others."""
        return BatchResults(results=[_result(chatbot, question) for question in body.questions])

    @router.post("/api/v1/retrieve", tags=["questions"])
    def retrieve(body: Rank, chatbot: ReadersChatbot) -> tuple[Citation, ...]:
        """The plain ranking of passages, whatever the confidence, with several per document."""
        return chatbot.retrieve(**body.model_dump(exclude_none=True))

    @router.post("/api/v1/feedback", tags=["questions"])
    def feedback(body: Feedback, chatbot: ReadersChatbot) -> StoredFeedback:
        """Store a thumb. A later thumb with the same voice replaces it."""
        return store_feedback(chatbot, body)

    @router.get("/api/v1/documents", tags=["documents"], responses=NOT_MODIFIED)
    def documents(
        chatbot: ReadersChatbot,
        filters: Annotated[DocumentFilters, Query()],
    ) -> tuple[DocumentSummary, ...]:
        """The documents that pass the filters, without their text, in order of id.

        For the next page, pass the last id of this page as `after`.
        """
        found = chatbot.documents(filters.model_dump(exclude=_PAGING, exclude_defaults=True))
        first = bisect_right(found, filters.after, key=lambda each: each.doc_id)
        return found[first if filters.after else 0 :][: filters.limit]

    # `runs`, the place of each line on its page, is larger than the text; only the viewer needs it.
    @router.get(
        "/api/v1/documents/{doc_id:path}",
        tags=["documents"],
        response_model_exclude={"runs"},
        responses=NOT_MODIFIED,
    )
    def document(
        doc_id: Annotated[str, InPath()],
        chatbot: ReadersChatbot,
        other_id: Annotated[str, Query(alias="document")] = "",
    ) -> Document:
        """A document with its text and structure.

        `document` has the document's id if it can't be part of a path.
        """
        doc_id = doc_id or other_id
        stored = chatbot.document(doc_id)
        if stored is None:
            raise HTTPException(
                404,
                f"There is no document {doc_id!r} in the index. GET /api/v1/documents lists them.",
            )
        return stored

    # Neither waits for the threads that requests share: a busy server isn't a dead one.
    checks = CapacityLimiter(_CHECKS)

    @router.get("/healthz", tags=["operation"])
    async def healthz() -> Health:
        """Whether the process is alive."""
        return Health(status="ok")

    @router.get("/readyz", tags=["operation"])
    async def readyz(chatbot: ReadersChatbot) -> Health:
        """Whether questions can be answered. It reads something from every part of the build."""
        build = await to_thread.run_sync(partial(_probed, chatbot), limiter=checks)
        return Health(status="ready", build=build.name, documents=build.manifest.documents)

    return router

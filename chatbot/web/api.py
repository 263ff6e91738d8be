"""The HTTP API: the methods of `Chatbot` over HTTP, with the same names."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi import Path as InPath
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from chatbot.assistant import Chatbot
from chatbot.feedback import Vote, give_feedback
from chatbot.types import Answer, Citation, Document, DocumentSummary
from chatbot.web.problems import Problem

_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


class Ask(BaseModel):
    """A question; `history` has the user's earlier questions, `filters` are as in Python."""

    model_config = ConfigDict(extra="forbid", strict=True)

    question: str = Field(examples=["Which air defence system did Russia sell to China?"])
    history: list[str] | None = Field(default=None, examples=[["Who sells arms to China?"]])
    filters: dict[str, str | list[str]] | None = None
    top_k: int | None = Field(default=None, ge=1)


class Feedback(Ask):
    """A thumb for a passage in the answer to this question.

    `voice` is a random text per person, so that several people can judge the same passage.
    """

    doc_id: str
    passage_id: str
    verdict: Vote
    build: str = ""
    comment: str | None = None
    voice: str | None = None


class StoredFeedback(BaseModel):
    """A stored thumb, with the sentence that it judges and the build that showed it."""

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


def store_feedback(chatbot: Chatbot, body: Feedback) -> StoredFeedback:
    """Store a thumb. Raises UsageError, QuestionError, NotFound, StorageError."""
    thumb = give_feedback(chatbot, **body.model_dump(exclude_none=True))
    return StoredFeedback(
        verdict=thumb.vote,
        build=thumb.build,
        doc_id=thumb.doc_id,
        passage_id=thumb.passage_id,
        quote=thumb.quote,
    )


def api_router(chatbot: Chatbot) -> APIRouter:
    """The routes of the API over one chatbot."""
    router = APIRouter(responses={status: {"model": Problem} for status in (400, 404, 422, 503)})

    @router.post("/api/v1/ask", tags=["questions"])
    def ask(body: Ask) -> Answer:
        """The best passages for a question, or an abstention."""
        return chatbot.ask(**body.model_dump(exclude_none=True))

    @router.post("/api/v1/retrieve", tags=["questions"])
    def retrieve(body: Ask) -> tuple[Citation, ...]:
        """The ranking of passages, neither gated by confidence nor folded by document."""
        return chatbot.retrieve(**body.model_dump(exclude_none=True))

    @router.post("/api/v1/feedback", tags=["questions"])
    def feedback(body: Feedback) -> StoredFeedback:
        """Store a thumb for a passage; a later thumb of the same voice replaces it."""
        return store_feedback(chatbot, body)

    @router.get("/api/v1/documents", tags=["documents"])
    def documents() -> tuple[DocumentSummary, ...]:
        """Every document, without its text."""
        return chatbot.documents()

    # `runs`, the place of each line on its page, is larger than the text; only the viewer needs it.
    @router.get(
        "/api/v1/documents/{doc_id:path}",
        tags=["documents"],
        response_model_exclude={"runs"},
    )
    def document(doc_id: Annotated[str, InPath()]) -> Document:
        """A document with its text and structure."""
        stored = chatbot.document(doc_id)
        if stored is None:
            raise HTTPException(
                404,
                f"There is no document {doc_id!r} in the index. GET /api/v1/documents lists them.",
            )
        return stored

    @router.get("/healthz", tags=["operation"])
    def healthz() -> Health:
        """Whether the process is alive."""
        return Health(status="ok")

    @router.get("/readyz", tags=["operation"])
    def readyz() -> Health:
        """Whether questions can be answered."""
        manifest = chatbot.build.manifest
        return Health(status="ready", build=manifest.name, documents=manifest.documents)

    # Or else the chat, which is mounted at `/`, would answer these with a page.
    @router.api_route("/api/{path:path}", methods=_METHODS, include_in_schema=False)
    def unknown_route(request: Request, path: str) -> None:
        raise HTTPException(
            404, f"There is no {request.method} /api/{path}. /openapi.json names the routes."
        )

    return router

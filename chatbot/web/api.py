"""The HTTP API: the same questions, answers and names as in Python."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException
from fastapi import Path as InPath
from pydantic import BaseModel, ConfigDict, Field

from chatbot.assistant import Chatbot
from chatbot.types import Answer, Citation, Document, DocumentSummary


class Ask(BaseModel):
    """A question; `filters` are those of Python, such as `{"tag": "arms"}`."""

    model_config = ConfigDict(extra="forbid")

    question: str = Field(examples=["Which air defence system did Russia sell to China?"])
    filters: dict[str, str | list[str]] = Field(default_factory=dict)
    top_k: int | None = Field(default=None, ge=1)


class Health(BaseModel):
    """Whether the server can answer, and from which build."""

    status: str
    build: str | None = None
    documents: int | None = None


def api_router(chatbot: Chatbot) -> APIRouter:
    """The routes of the API over one chatbot."""
    router = APIRouter()

    @router.post("/api/v1/ask", tags=["questions"])
    def ask(body: Ask) -> Answer:
        """The best passages for a question, or the statement that they are not there."""
        return chatbot.ask(body.question, filters=body.filters, top_k=body.top_k)

    @router.post("/api/v1/retrieve", tags=["questions"])
    def retrieve(body: Ask) -> tuple[Citation, ...]:
        """The ranking of passages itself, neither gated by confidence nor folded."""
        return chatbot.retrieve(body.question, filters=body.filters, top_k=body.top_k)

    @router.get("/api/v1/documents", tags=["documents"])
    def documents() -> tuple[DocumentSummary, ...]:
        """Every document, without its text."""
        return chatbot.documents()

    @router.get("/api/v1/documents/{doc_id:path}", tags=["documents"])
    def document(doc_id: Annotated[str, InPath()]) -> Document:
        """A document with its text and structure."""
        found = chatbot.document(doc_id)
        if found is None:
            raise HTTPException(404, f"There is no document {doc_id!r} in the index.")
        return found

    @router.get("/healthz", tags=["operation"])
    def healthz() -> Health:
        """Whether the process lives."""
        return Health(status="ok")

    @router.get("/readyz", tags=["operation"])
    def readyz() -> Health:
        """Whether questions can be answered."""
        manifest = chatbot.build.manifest
        return Health(status="ready", build=manifest.name, documents=manifest.documents)

    return router


def error_body(error: Exception) -> dict[str, Any]:
    """What the API says of an error."""
    return {"error": type(error).__name__, "message": str(error)}

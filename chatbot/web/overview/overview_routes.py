"""The pages about the documents as a whole, and the figures for those who watch the server."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, Response

from chatbot.assistant import Chatbot
from chatbot.feedback import FeedbackStore
from chatbot.feedback.tally import Tally
from chatbot.web.html.page_texts import ReadersWords
from chatbot.web.html.templates import page
from chatbot.web.metrics import MEDIA_TYPE, Metrics
from chatbot.web.overview.coverage import Coverage, coverage
from chatbot.web.overview.document_list import documents_page


def count_questions(chatbot: Chatbot) -> tuple[Tally, Metrics]:
    """What counts the answers of a chatbot from here on."""
    tally, metrics = Tally(FeedbackStore(chatbot.settings.feedback_file)), Metrics()
    chatbot.subscribe(tally.record)
    chatbot.subscribe(metrics.observe)
    return tally, metrics


def overview_router(chatbot: Chatbot, tally: Tally, metrics: Metrics) -> APIRouter:
    """The routes over one chatbot."""
    router = APIRouter()

    @router.get("/documents", response_class=HTMLResponse, tags=["documents"])
    def documents(
        words: ReadersWords, q: str = "", number: Annotated[str, Query(alias="page")] = "1"
    ) -> HTMLResponse:
        """All documents, or those whose names have these words."""
        found = documents_page(chatbot.build, q, number)
        return page("documents.html", words, found=found)

    @router.get("/coverage", response_class=HTMLResponse, tags=["documents"])
    def covered(words: ReadersWords) -> HTMLResponse:
        """What is indexed, what was skipped and why, how many questions found an answer."""
        tally.write()
        return page("coverage.html", words, found=coverage(chatbot))

    @router.get("/api/v1/coverage", tags=["documents"])
    def covered_data() -> Coverage:
        """What is indexed, what was skipped and why, how many questions found an answer."""
        tally.write()
        return coverage(chatbot)

    @router.get("/metrics", tags=["operation"])
    def figures() -> Response:
        """Counts and times since the server began, for Prometheus."""
        return Response(metrics.text(chatbot.build), media_type=MEDIA_TYPE)

    return router

"""The pages about all documents, and the metrics for monitoring."""

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
from chatbot.web.overview.coverage import Coverage, current_coverage
from chatbot.web.overview.document_list import documents_page


def count_questions(chatbot: Chatbot) -> tuple[Tally, Metrics]:
    """Start counting a chatbot's answers, on disk by day and in memory."""
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
        """All documents, or those whose names have the words of `q`."""
        listing = documents_page(chatbot.build, q, number)
        return page("overview/documents.html", words, listing=listing)

    @router.get("/coverage", response_class=HTMLResponse, tags=["documents"])
    def coverage_page(words: ReadersWords) -> HTMLResponse:
        """Indexed files, skipped files with reasons, and how many questions found an answer."""
        tally.write()
        return page("overview/coverage.html", words, coverage=current_coverage(chatbot))

    @router.get("/api/v1/coverage", tags=["documents"])
    def coverage() -> Coverage:
        """Indexed files, skipped files with reasons, and how many questions found an answer."""
        tally.write()
        return current_coverage(chatbot)

    @router.get("/metrics", tags=["operation"])
    def prometheus() -> Response:
        """Counts and times since the server started, for Prometheus."""
        return Response(metrics.text(chatbot.build), media_type=MEDIA_TYPE)

    return router

"""The pages about all documents, and the metrics for monitoring."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, Response

from chatbot.assistant import Chatbot
from chatbot.feedback import feedback_store
from chatbot.feedback.tally import Tally
from chatbot.index.document_listing import ORDERS
from chatbot.web.html.page_texts import ReadersWords
from chatbot.web.html.templates import page
from chatbot.web.metrics import MEDIA_TYPE, Metrics
from chatbot.web.overview.coverage import Coverage, current_coverage
from chatbot.web.overview.document_list import documents_page
from chatbot.web.problems import documented
from chatbot.web.readers_chatbot import ReadersChatbot


def count_questions(chatbot: Chatbot) -> tuple[Tally, Metrics]:
    """Start counting a chatbot's answers, on disk by day and in memory."""
    tally, metrics = Tally(feedback_store(chatbot.settings)), Metrics()
    chatbot.subscribe(tally.record)
    chatbot.subscribe(metrics.observe)
    return tally, metrics


def overview_router(tally: Tally, metrics: Metrics) -> APIRouter:
    """The routes of these pages."""
    router = APIRouter(responses=documented(503))

    @router.get("/documents", response_class=HTMLResponse, tags=["documents"])
    def documents(
        chatbot: ReadersChatbot,
        words: ReadersWords,
        q: str = "",
        number: Annotated[str, Query(alias="page")] = "1",
        folder: str = "",
        sort: str = "name",
    ) -> HTMLResponse:
        """All documents, or those in a folder that have the words of `q` in their name or author.

        They are sorted by `name`, or with the `newest` or the `oldest` first.
        """
        order = next((each for each in ORDERS if each == sort), ORDERS[0])
        listing = documents_page(chatbot.build, q, number, folder, order)
        return page("overview/documents.html", words, listing=listing)

    @router.get("/coverage", response_class=HTMLResponse, tags=["documents"])
    def coverage_page(chatbot: ReadersChatbot, words: ReadersWords) -> HTMLResponse:
        """Indexed files, skipped files with reasons, and how many questions found an answer."""
        tally.write()
        return page("overview/coverage.html", words, coverage=current_coverage(chatbot))

    @router.get("/api/v1/coverage", tags=["documents"])
    def coverage(chatbot: ReadersChatbot) -> Coverage:
        """Indexed files, skipped files with reasons, and how many questions found an answer."""
        tally.write()
        return current_coverage(chatbot)

    @router.get(
        "/metrics",
        tags=["operation"],
        response_class=Response,
        responses={200: {"content": {MEDIA_TYPE: {}}}},
    )
    def prometheus(chatbot: ReadersChatbot) -> Response:
        """Counts and times since the server started, for Prometheus."""
        return Response(metrics.text(chatbot.build), media_type=MEDIA_TYPE)

    return router

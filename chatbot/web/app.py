"""The application: API, chat, source viewer and overview pages under one address."""

from __future__ import annotations

from importlib.resources import files
from typing import Literal

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from chatbot.assistant import Chatbot
from chatbot.errors import ChatbotError, IndexMissing, IndexUnusable
from chatbot.web.api import api_router
from chatbot.web.body_limit import BodyLimit
from chatbot.web.chat.page_routes import page_router
from chatbot.web.html.page_texts import readers_words
from chatbot.web.html.waiting import waiting_page
from chatbot.web.overview.overview_routes import count_questions, overview_router
from chatbot.web.problems import problem
from chatbot.web.source.page_pictures import Drawer
from chatbot.web.source.viewer_routes import source_router


def create_app(chatbot: Chatbot) -> FastAPI:
    """The whole application over one chatbot. Importing Gradio takes seconds."""
    from chatbot.web.chat.gradio_page import mount_chat

    app = FastAPI(
        title="Chatbot",
        summary="Passages that answer questions about your documents, each with a citation.",
        docs_url=None,  # its page loads scripts from another host
        redoc_url=None,
    )
    tally, metrics = count_questions(chatbot)
    app.state.tally, app.state.settings = tally, chatbot.settings
    # Before the API: its last route answers every unknown path below /api/.
    app.include_router(overview_router(chatbot, tally, metrics))
    app.include_router(api_router(chatbot))
    app.include_router(page_router())
    for kind in (ChatbotError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, _explain)
    # Added first, so it is the innermost: the handlers above see what it raises.
    app.add_middleware(BodyLimit)
    app.include_router(source_router(chatbot, Drawer()))

    @app.get("/style/{name}.css", include_in_schema=False)
    def style(name: Literal["page", "overview", "source"]) -> Response:
        text = files("chatbot.web").joinpath("assets", f"{name}.css").read_text("utf-8")
        return Response(text, media_type="text/css")

    return mount_chat(app, chatbot)


def _explain(request: Request, error: Exception) -> Response:
    unusable = isinstance(error, IndexMissing | IndexUnusable)
    if unusable and "text/html" in request.headers.get("accept", ""):
        return waiting_page(request.app.state.settings, error, readers_words(request))
    return problem(error, request.scope)

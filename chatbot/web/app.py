"""The application: API, source viewer and chat under one address."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from importlib.resources import files

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException

from chatbot.assistant import Chatbot
from chatbot.errors import ChatbotError
from chatbot.index.build import Build
from chatbot.types import Document, Span
from chatbot.web.api import api_router, problem
from chatbot.web.page import page_router
from chatbot.web.policy import guarded
from chatbot.web.source import HEADERS, message_page, source_page

_STYLE = "/style/page.css"
_SPAN = re.compile(r"([0-9]{1,12})-([0-9]{1,12})")
# Gradio's own routes fetch addresses, serve files, take uploads or wait in its queue. The page
# uses one of them.
_GRADIO = "/gradio_api/"
_OPEN = (f"{_GRADIO}app_id",)
_STATES = {
    "changed": "The file has changed since it was indexed. This is its text as it was then.",
    "gone": "The file is no longer there. This is its text as it was indexed.",
}


def create_app(chatbot: Chatbot) -> FastAPI:
    """The whole application over one chatbot."""
    from chatbot.web.chat import mount_chat

    app = FastAPI(
        title="Chatbot",
        summary="Passages of your documents that answer, each with a citation.",
        docs_url=None,  # its page would load scripts from another host
        redoc_url=None,
    )
    app.include_router(api_router(chatbot))
    app.include_router(page_router(chatbot))
    for kind in (ChatbotError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, _explain)
    app.middleware("http")(_close_unused)

    @app.get(_STYLE, include_in_schema=False)
    def style() -> Response:
        text = files("chatbot.web").joinpath("assets", "page.css").read_text("utf-8")
        return Response(text, media_type="text/css")

    @app.get("/source/{doc_id:path}", response_class=HTMLResponse, tags=["documents"])
    def source(doc_id: str, span: str = "", build: str = "") -> HTMLResponse:
        """The source viewer: the text as it was indexed, scrolled to the cited span."""
        return _source(chatbot, doc_id, span, build)

    return mount_chat(app)


def _explain(_: Request, error: Exception) -> Response:
    return problem(error)


async def _close_unused(
    request: Request, serve: Callable[[Request], Awaitable[Response]]
) -> Response:
    path = request.scope["path"]
    if path.startswith(_GRADIO) and not path.startswith(_OPEN):
        return problem(HTTPException(404, "There is nothing here."))
    response = await serve(request)
    return await guarded(response) if path == "/" else response


def _source(chatbot: Chatbot, doc_id: str, span: str, build_name: str) -> HTMLResponse:
    build = chatbot.build_named(build_name)
    notes = []
    if build is None:
        build = chatbot.build
        notes.append(
            "The index that this citation came from is no longer kept, so the place is not "
            "marked. This is the text as it is indexed today."
        )
    document = build.document(doc_id)
    if document is None:
        message = f"There is no document “{doc_id}”. It may have been renamed or removed."
        page = message_page("Not in the index", message, _STYLE)
        return HTMLResponse(page, 404, HEADERS)
    place = None if notes else _cited(build, document, span)
    if span and place is None and not notes:
        notes.append("The cited place does not verify, so it is not marked.")
    state = build.file_state(build.catalog.file_of(doc_id))
    if state in _STATES:
        notes.append(_STATES[state])
    return HTMLResponse(source_page(document, place, notes, _STYLE), headers=HEADERS)


def _cited(build: Build, document: Document, span: str) -> Span | None:
    """The place that `START-END` names; None where it is none of this text.

    Nor is there one in a text that is no longer what was read.
    """
    offsets = _SPAN.fullmatch(span)
    if not offsets:
        return None
    place = Span(*map(int, offsets.groups()))
    words = place.of(document.text)
    inside = place.start < place.end <= len(document.text)
    return place if inside and build.holds(document.doc_id, place, words) else None

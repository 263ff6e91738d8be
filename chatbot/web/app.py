"""The application: API, source viewer and chat under one address."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from importlib.resources import files

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from chatbot.assistant import Chatbot
from chatbot.errors import ChatbotError, UsageError
from chatbot.types import Span
from chatbot.web.api import api_router, error_body
from chatbot.web.source import HEADERS, message_page, source_page

_STYLE = "/style/page.css"
# Routes of gradio that the chat does not use: they fetch addresses, serve files or take uploads.
_CLOSED = ("/gradio_api/file", "/gradio_api/proxy", "/gradio_api/upload", "/gradio_api/stream")
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
    app.add_exception_handler(ChatbotError, _explain)
    app.middleware("http")(_close_unused)

    @app.get(_STYLE, include_in_schema=False)
    def style() -> Response:
        text = files("chatbot.web").joinpath("assets", "page.css").read_text("utf-8")
        return Response(text, media_type="text/css")

    @app.get("/source/{doc_id:path}", response_class=HTMLResponse, tags=["documents"])
    def source(doc_id: str, span: str = "", build: str = "") -> HTMLResponse:
        """The source viewer: the text as it was indexed, scrolled to the cited span."""
        return _source(chatbot, doc_id, span, build)

    return mount_chat(app, chatbot)


def _explain(_: Request, error: Exception) -> Response:
    """An error that the caller can act on, as JSON."""
    return JSONResponse(error_body(error), 400 if isinstance(error, UsageError) else 503)


async def _close_unused(
    request: Request, serve: Callable[[Request], Awaitable[Response]]
) -> Response:
    if request.url.path.startswith(_CLOSED):
        return JSONResponse({"error": "NotFound", "message": "There is nothing here."}, 404)
    return await serve(request)


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
        page = message_page("Not in the index", f"There is no document “{doc_id}”.", _STYLE)
        return HTMLResponse(page, 404, HEADERS)
    place = None if notes else _parse_span(span, len(document.text))
    if span and place is None and not notes:
        notes.append("The cited place does not verify, so it is not marked.")
    state = build.file_state(build.catalog.file_of(doc_id))
    if state in _STATES:
        notes.append(_STATES[state])
    return HTMLResponse(source_page(document, place, notes, _STYLE), headers=HEADERS)


def _parse_span(span: str, length: int) -> Span | None:
    """A span from `START-END`, or None where it is none of this text."""
    start, _, end = span.partition("-")
    if not (start.isdecimal() and end.isdecimal()):
        return None
    found = Span(int(start), int(end))
    return found if found.start < found.end <= length else None

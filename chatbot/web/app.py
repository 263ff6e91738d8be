"""The application: API, chat, source viewer and overview pages under one address."""

from __future__ import annotations

from functools import partial
from importlib.resources import files
from typing import TYPE_CHECKING, Literal

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from chatbot.adding.desk import AddingDesk
from chatbot.assistant import Chatbot
from chatbot.errors import ChatbotError, IndexMissing, IndexUnusable
from chatbot.web.access.entrances import add_guard, add_login_routes
from chatbot.web.agents.http_transport import mcp_route
from chatbot.web.agents.mcp_server import mcp_server
from chatbot.web.agents.vector_store import vector_store_router
from chatbot.web.api import api_router
from chatbot.web.body_limit import BodyLimit
from chatbot.web.chat.page_routes import page_router
from chatbot.web.documents.adding_routes import adding_router
from chatbot.web.door.compression import Compression
from chatbot.web.door.cross_site import OwnSiteOnly
from chatbot.web.door.etags import ETags
from chatbot.web.door.hosts import Hosts
from chatbot.web.door.origins import name_in
from chatbot.web.door.request_log import log_answer
from chatbot.web.door.request_rate import RequestRate
from chatbot.web.door.responses import Responses
from chatbot.web.html.page_texts import readers_words
from chatbot.web.html.waiting import waiting_page
from chatbot.web.overview.overview_routes import count_questions, overview_router
from chatbot.web.problems import documented, problem, problems_as_json
from chatbot.web.readers_chatbot import views_of
from chatbot.web.source.drawing_queue import DrawingQueue
from chatbot.web.source.page_pictures import Drawer
from chatbot.web.source.viewer_routes import source_router
from chatbot.web.traces import Traces

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider


def create_app(chatbot: Chatbot, traces: TracerProvider | None = None) -> FastAPI:
    """The whole application over one chatbot. Importing Gradio takes seconds."""
    from chatbot.web.chat.gradio_page import mount_chat
    from chatbot.web.documents.add_page import mount_adding

    settings = chatbot.settings
    app = FastAPI(
        title="Chatbot",
        summary="Passages that answer questions about your documents, each with a citation.",
        docs_url=None,  # its page loads scripts from another host
        redoc_url=None,
        responses=documented(400, 401, 403, 405, 421, 422, 429, 500),
    )
    tally, metrics = count_questions(chatbot)
    chatbot.subscribe(partial(log_answer, with_question=settings.log_questions))
    app.state.tally, app.state.settings = tally, settings
    app.state.views = views = views_of(chatbot)
    app.state.desk = desk = AddingDesk(settings, lambda: chatbot.build)
    app.include_router(adding_router())
    app.include_router(overview_router(tally, metrics))
    app.include_router(api_router())
    app.include_router(page_router())
    add_login_routes(app, settings)
    app.include_router(vector_store_router())
    app.router.routes.append(mcp_route(mcp_server(views), settings))
    for kind in (ChatbotError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, _explain)
    # The last one added sees a request first. The handlers above see what the first one raises.
    app.add_middleware(
        BodyLimit,
        upload=round(settings.file_megabytes * 1e6),
        uploads=round(settings.added_megabytes * 1e6),
    )
    app.add_middleware(RequestRate, per_minute=settings.requests_per_minute)
    app.include_router(source_router(DrawingQueue(Drawer())))

    @app.get("/style/{name}.css", include_in_schema=False)
    def style(name: Literal["page", "overview", "source"]) -> Response:
        text = files("chatbot.web").joinpath("assets", f"{name}.css").read_text("utf-8")
        return Response(text, media_type="text/css")

    described = app.openapi
    app.openapi = lambda: problems_as_json(described())  # type: ignore[method-assign]
    mount_adding(app, desk, settings)
    mount_chat(app, views)
    # In front of every route.
    app.add_middleware(ETags)
    add_guard(app, settings)
    # What needs no person comes before it.
    app.add_middleware(Compression)
    app.add_middleware(OwnSiteOnly, public_url=settings.public_url)
    names = (settings.host, *settings.hosts, *name_in(settings.public_url))
    app.add_middleware(Hosts, names=names)
    if traces:
        app.add_middleware(Traces, provider=traces)
    app.add_middleware(Responses)
    return app


def _explain(request: Request, error: Exception) -> Response:
    unusable = isinstance(error, IndexMissing | IndexUnusable)
    if unusable and "text/html" in request.headers.get("accept", ""):
        return waiting_page(request.app.state.settings, error, readers_words(request))
    return problem(error, request.scope)

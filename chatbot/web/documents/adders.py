"""Who may add documents: curators, or without a login everyone on this machine."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Annotated, Final

from fastapi import Depends, Request
from starlette.datastructures import Headers
from starlette.requests import Request as AnyRequest
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from chatbot.access import Role, person_of
from chatbot.adding.added_documents import Viewer
from chatbot.adding.desk import AddingDesk
from chatbot.adding.shelf import OFF
from chatbot.errors import ChatbotError
from chatbot.settings import Settings
from chatbot.web.html.page_texts import readers_words
from chatbot.web.html.templates import page
from chatbot.web.problems import Refusal, in_words, problem

_UPLOAD: Final = "/upload"


def may_add(scope: Scope, settings: Settings) -> bool:
    """Whether the person behind a request may add documents."""
    if not settings.adding or not person_of(scope).role.includes(Role.CURATOR):
        return False
    return settings.access != "none" or _is_local(scope)


def _is_local(scope: Scope) -> bool:
    """Whether a request comes from this machine, and no proxy passed it on."""
    if "x-forwarded-for" in Headers(scope=scope):
        return False
    try:
        peer = ip_address(scope["client"][0])
    except (KeyError, TypeError, ValueError):
        return False
    return (getattr(peer, "ipv4_mapped", None) or peer).is_loopback


def refusal(settings: Settings) -> Refusal:
    """The refusal for everyone else."""
    if not settings.adding:
        return Refusal(403, code="adding_off", message=OFF)
    if settings.access == "none":
        message = (
            "This server has no login, so documents can be added only on its own machine. "
            "Ask the administrator."
        )
        return Refusal(403, code="adding_local", message=message)
    message = "Only curators may add documents. Ask the administrator for that role."
    return Refusal(403, "not_allowed", message)


def viewer_of(scope: Scope) -> Viewer:
    """The person behind a request as a viewer of added documents. Raises Refusal."""
    app = scope["app"]
    if not may_add(scope, app.state.settings):
        raise refusal(app.state.settings)
    person = person_of(scope)
    try:
        build = app.state.views(scope).build
    except ChatbotError:
        build = None  # until the first build
    return Viewer(person.name, build, everything=person.groups is None)


def desk_of(request: Request) -> AddingDesk:
    """The desk of the application."""
    desk: AddingDesk = request.app.state.desk
    return desk


def adder(request: Request) -> Viewer:
    """The person behind a request, who may add documents. Raises Refusal."""
    return viewer_of(request.scope)


Desk = Annotated[AddingDesk, Depends(desk_of)]
Adder = Annotated[Viewer, Depends(adder)]


class AddersOnly:
    """Stands in front of the page for adding: others are refused, with the reason."""

    def __init__(self, app: ASGIApp, desk: AddingDesk, settings: Settings) -> None:
        self._app = app
        self._desk = desk
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or refuse it."""
        if scope["type"] == "http" and (failure := self._failure(scope)):
            words = readers_words(AnyRequest(scope))
            response: Response = problem(failure, scope)
            if scope["path"].endswith(_UPLOAD):
                # Gradio shows the text as it is, and plain text would become JSON.
                sentence = in_words(failure, words, response.status_code)
                response = HTMLResponse(sentence, response.status_code)
            elif "text/html" in Headers(scope=scope).get("accept", ""):
                sentence = in_words(failure, words, response.status_code)
                status = response.status_code
                response = page("documents/refused.html", words, status=status, message=sentence)
            await response(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _failure(self, scope: Scope) -> Exception | None:
        if not may_add(scope, self._settings):
            return refusal(self._settings)
        try:
            self._desk.check_open()
            if scope["path"].endswith(_UPLOAD):
                size = Headers(scope=scope).get("content-length", "")
                if not size.isdecimal():
                    message = "The upload has no Content-Length. Send this header."
                    return Refusal(411, "not_understood", message)
                self._desk.shelf.check_disk(int(size))
        except ChatbotError as failure:
            return failure
        return None

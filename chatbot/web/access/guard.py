"""The guard: it identifies the person behind every request, and refuses strangers.

It runs before all routes, including Gradio's, so a new route is closed unless it is named here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from chatbot.access import Person, Role
from chatbot.access.person import SCOPE_KEY
from chatbot.errors import StorageError
from chatbot.settings import Settings
from chatbot.web.documents.adders import may_add
from chatbot.web.door.cross_site import IS_OWN_SITE, READING
from chatbot.web.html.page_reader import READER, Reader
from chatbot.web.html.page_texts import readers_words
from chatbot.web.html.templates import page
from chatbot.web.problems import problem

# Whoever is asking, given the scope of a request; None for a stranger.
Identify = Callable[[Scope], Person | None]

LOGIN: Final = "/login"
LOGOUT: Final = "/logout"
# Open without a login: the login itself with its styles, and what a monitor asks.
_OPEN: Final = frozenset(
    {LOGIN, "/login/oidc", "/login/oidc/callback", LOGOUT, "/healthz"}
    | {"/style/page.css", "/style/overview.css"}
)
# Routes that need more than a reader.
_CURATORS: Final = frozenset({"/coverage", "/api/v1/coverage", "/metrics"})


class Guard:
    """Puts the person behind each request into its scope, or refuses the request."""

    def __init__(self, app: ASGIApp, identify: Identify, login: str, settings: Settings) -> None:
        """A guard before `app`; `login` is where a browser logs in, or empty."""
        self._app = app
        self._settings = settings
        self._identify = identify
        self._login = login

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or answer 401 or 403, or send a browser to the login."""
        scope.pop(SCOPE_KEY, None)
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
        elif (refusal := self._refusal(scope)) is None:
            await self._app(scope, receive, send)
        else:
            await refusal(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        """The response that refuses a request; None for one that may pass.

        The scope of a request that may pass then has its person.
        """
        if scope["path"] in _OPEN:
            return None
        try:
            person = self._identify(scope)
        except StorageError as failure:
            return problem(failure, scope)
        if person is None:
            return self._to_login(scope)
        # A route also matches its path with a line feed at the end.
        if scope["path"].rstrip("/\n") in _CURATORS and not person.role.includes(Role.CURATOR):
            return _not_allowed(scope)
        scope[SCOPE_KEY] = person
        account = person.name if self._login and not person.is_program else ""
        adds = may_add(scope, self._settings)
        READER.set(Reader(person.role.includes(Role.CURATOR), adds, account))
        return None

    def _to_login(self, scope: Scope) -> Response:
        if self._login and _is_page(scope):
            query = scope["query_string"].decode("latin-1")
            address = quote(scope["path"]) + (f"?{query}" if query else "")
            return RedirectResponse(f"{self._login}?next={quote(address, safe='')}", 303)
        return unauthorized(scope)


def unauthorized(scope: Scope) -> Response:
    """The response to a request without a valid session or token."""
    failure = HTTPException(
        401,
        "You aren't logged in, or your login has expired. "
        "Log in at /login, or send a valid token: Authorization: Bearer TOKEN.",
    )
    response = problem(failure, scope)
    response.headers["WWW-Authenticate"] = "Bearer"
    return response


def is_own_page(scope: Scope) -> bool:
    """Whether a browser says that a write comes from a page of this server.

    Programs send neither header, but they don't have a browser's session either.
    """
    return scope.get(IS_OWN_SITE) is True


def is_write(scope: Scope) -> bool:
    """Whether a request may change something."""
    return scope["method"] not in READING


def _not_allowed(scope: Scope) -> Response:
    if _is_page(scope):
        words = readers_words(Request(scope))
        message = words("problem_not_allowed")
        return page("access/message.html", words, status=403, message=message, again=False)
    message = "Only curators may do this. Ask the administrator for that role."
    return problem(HTTPException(403, message), scope)


def _is_page(scope: Scope) -> bool:
    """Whether a browser opens this address as a page."""
    headers = Headers(scope=scope)
    return (
        not is_write(scope)
        and not scope["path"].startswith(("/api/", "/gradio_api/"))
        and "text/html" in headers.get("accept", "")
        and headers.get("sec-fetch-mode", "navigate") == "navigate"
    )

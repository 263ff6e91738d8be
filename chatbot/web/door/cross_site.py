"""Requests that another site makes in a reader's browser.

Browsers say in Sec-Fetch-Site and Origin who asks. Programs send neither. A request with a token
comes from a program: a page can't add one without permission (CORS), and this server gives none.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from chatbot.web.door.origins import origin_of
from chatbot.web.problems import Refusal, problem

# In a scope: whether a browser says that this server's own page asks; None if it says nothing.
IS_OWN_SITE: Final = "chatbot.is_own_site"
# Methods that change nothing.
READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN: Final = frozenset({"same-origin", "none"})  # none: typed into the address bar


class OwnSiteOnly:
    """Refuses writes from other sites, and reads that aren't a link that somebody followed.

    `public_url` is the server's own address too, for a proxy that passes on another Host.
    """

    def __init__(self, app: ASGIApp, public_url: str = "") -> None:
        self._app = app
        self._public = origin_of(public_url)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or answer 403."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        scope[IS_OWN_SITE] = is_own = self._is_own_site(headers)
        if _is_foreign(scope["method"], headers, is_own=is_own):
            refusal = Refusal(
                403,
                "other_site",
                "Another site's page made this request. Use this server's own page, or a program.",
            )
            await problem(refusal, scope)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _is_own_site(self, headers: Headers) -> bool | None:
        if site := headers.get("sec-fetch-site"):
            return site in _OWN
        # Browsers that don't send Sec-Fetch-Site send Origin with every write.
        origin = headers.get("origin")
        if origin is None:
            return None
        if self._public and origin_of(origin) == self._public:
            return True
        host = _host_of(origin)
        return bool(host) and host == headers.get("host", "").lower()


def _is_foreign(method: str, headers: Headers, *, is_own: bool | None) -> bool:
    if headers.get("authorization", "").lower().startswith("bearer "):
        return False
    if method in READING and not headers.get("sec-fetch-site"):
        return False
    # A picture, a script or a frame in another site's page; a link opens a document instead.
    return is_own is False and not (method in READING and _is_link(headers))


def _is_link(headers: Headers) -> bool:
    navigates = headers.get("sec-fetch-mode", "").lower() == "navigate"
    return navigates and headers.get("sec-fetch-dest", "").lower() in {"document", ""}


def _host_of(origin: str) -> str:
    """Host and port of an origin; empty for `null` and for what isn't one."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""

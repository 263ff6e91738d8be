"""Compressed responses, except where their size could tell a secret (BREACH).

Somebody who watches an encrypted connection sees how long each response is. If a page of another
site makes the reader's browser send chosen words, and a response has these words and a secret,
then a shorter response means that the words occur in the secret. So a response to a request that
another page may have caused isn't compressed, and neither are the pages for logging in.
"""

from __future__ import annotations

from typing import Final

from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from chatbot.web.door.cross_site import IS_OWN_SITE

# Logging in; files that are compressed already, or of which a client may ask for a range.
_PLAIN: Final = ("/login", "/logout", "/account", "/original/", "/picture/")
_FEWEST: Final = 1_000
# Most of the gain for a third of the time.
_LEVEL: Final = 5


class Compression:
    """Compresses responses with gzip, in threads of their own if they are large."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._compressed = GZipMiddleware(app, _FEWEST, _LEVEL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http" or _is_safe(scope):
            await self._compressed(scope, receive, send)
            return
        # Gradio compresses, too, if it's asked to.
        headers = [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]
        await self._app({**scope, "headers": headers}, receive, send)


def _is_safe(scope: Scope) -> bool:
    """Whether this server's own page asks, or a program: no cookie makes it somebody's browser."""
    headers = Headers(scope=scope)
    if scope["path"].startswith(_PLAIN) or "range" in headers:
        return False
    is_own = scope.get(IS_OWN_SITE)
    return is_own is True or (is_own is None and "cookie" not in headers)

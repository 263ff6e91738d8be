"""ETags: a response that the client still has isn't sent again (RFC 9110, section 13.1.2).

The route runs before the comparison, with the rights of the person, so knowing a tag gives no
access. Routes with expensive work compare their own tag first, with `is_current`.
"""

from __future__ import annotations

import hashlib
from typing import Any, Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# What changes with a build only, or with the file behind it. Their bodies are hashed.
_HASHED: Final = ("/api/v1/documents", "/source/")
_OK: Final = 200
# A browser may keep it for its reader, and asks each time whether it is still current.
KEPT: Final = {"Cache-Control": "private, no-cache", "Vary": "Cookie, Authorization"}

NOT_MODIFIED: Final[dict[int | str, dict[str, Any]]] = {
    304: {"description": "Nothing has changed since the version in If-None-Match."}
}


class ETags:
    """Adds a tag to documents, and answers 304 to a client that has the tagged response."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] == "http" and scope["method"] == "GET":
            hashed = scope["path"].startswith(_HASHED)
            send = _Tagged(Headers(scope=scope), send, hashed=hashed)
        await self._app(scope, receive, send)


def is_current(headers: Headers, tag: str) -> bool:
    """Whether a client has the response with this tag."""
    known = [
        name.strip().removeprefix("W/") for name in headers.get("if-none-match", "").split(",")
    ]
    return tag.removeprefix("W/") in known or known == ["*"]


class _Tagged:
    """The response to one request; one that is hashed is held until it's complete."""

    def __init__(self, request: Headers, send: Send, *, hashed: bool) -> None:
        self._request = request
        self._send = send
        self._hashed = hashed
        self._start: Message = {}
        self._body = bytearray()
        self._is_over = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            self._hashed = self._hashed and message["status"] == _OK
            if not self._hashed:
                await self._begin(MutableHeaders(raw=list(message["headers"])))
        elif self._is_over or message["type"] != "http.response.body" or not self._hashed:
            if not self._is_over:
                await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._finish()

    async def _finish(self) -> None:
        headers = MutableHeaders(raw=list(self._start["headers"]))
        # Weak, because the same response may be sent compressed.
        digest = hashlib.sha256(self._body, usedforsecurity=False).hexdigest()
        headers["ETag"] = f'W/"{digest[:32]}"'
        for name, value in KEPT.items():
            headers.setdefault(name, value)
        await self._begin(headers)
        if not self._is_over:
            await self._send({"type": "http.response.body", "body": bytes(self._body)})

    async def _begin(self, headers: MutableHeaders) -> None:
        tag, status = headers.get("etag"), self._start["status"]
        if tag and status == _OK and is_current(self._request, tag):
            for name in ("content-length", "content-type"):
                del headers[name]
            status, self._is_over = 304, True
        await self._send({**self._start, "status": status, "headers": headers.raw})
        if self._is_over:
            await self._send({"type": "http.response.body", "body": b""})

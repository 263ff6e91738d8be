"""The open routes of Gradio, by their exact names. All others are 404.

Gradio can also fetch addresses, serve files, take uploads, show its configuration and log people
in. The page needs none of that.
"""

from __future__ import annotations

from typing import Final

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chatbot.web.policy import headers_for
from chatbot.web.problems import problem

# The page loads these files.
_FILES: Final = {"/", "/theme.css", "/static/js/iframeResizer.contentWindow.min.js"}
_FOLDER: Final = "/assets/"
# `gradio_client` lists the events, starts one, and reads its result.
_READ: Final = {"/gradio_api/info", "/gradio_api/queue/data"}
_JOIN: Final = "/gradio_api/queue/join"
_RUN: Final = "/gradio_api/run/"


class Gate:
    """Serves Gradio's open routes, and its page with a security policy."""

    def __init__(self, app: ASGIApp, events: frozenset[str]) -> None:
        """A gate before `app`, a Gradio application with these named events."""
        self._app = app
        self._posts = frozenset({_JOIN, *(_RUN + event for event in events)})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request to an open route; answer any other with 404."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] != "http" or not self._is_open(scope["method"], scope["path"]):
            await problem(HTTPException(404, "There is nothing here."), scope)(scope, receive, send)
        elif scope["path"] == "/":
            await self._app(scope, receive, _guarded(send))
        else:
            await self._app(scope, receive, send)

    def _is_open(self, method: str, path: str) -> bool:
        if method == "POST":
            return path in self._posts
        if method not in ("GET", "HEAD"):
            return False
        return path in _FILES | _READ or (path.startswith(_FOLDER) and ".." not in path)


def _guarded(send: Send) -> Send:
    """Hold the page until it is complete: its policy names its inline scripts."""
    start: Message = {}
    body = bytearray()

    async def hold(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        elif message["type"] != "http.response.body":
            await send(message)
        else:
            body.extend(message.get("body", b""))
            if not message.get("more_body", False):
                headers = [*start["headers"], *headers_for(body.decode())]
                await send({**start, "headers": headers})
                await send({**message, "body": bytes(body)})

    return hold

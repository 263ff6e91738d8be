"""Every response: an id for the log, safe headers, JSON for an error, no body for HEAD."""

from __future__ import annotations

import logging
import re
import time
import uuid
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chatbot.web.door.request_log import REQUEST, log_request
from chatbot.web.problems import problem

log = logging.getLogger(__name__)

REQUEST_ID: Final = "X-Request-ID"
# In a scope: the request's id.
REQUEST_ID_KEY: Final = "chatbot.request_id"
# A route that streams asks for this: the body of a HEAD request is thrown away.
IS_HEAD: Final = "chatbot.is_head"
_USABLE_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
# Files of the page: the same for everyone, so browsers may keep them.
_GRADIO: Final = ("/assets/", "/static/", "/theme.css")
_PAGE_FILES: Final = (*_GRADIO, *(f"/add{path}" for path in _GRADIO), "/page/", "/style/")
_ERROR: Final = 400


class Responses:
    """The outermost layer: every request gets a response in the server's own form."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request; a bug is logged with the request's id and answered with 500."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sent_id = Headers(scope=scope).get(REQUEST_ID, "")
        request_id = sent_id if _USABLE_ID.fullmatch(sent_id) else uuid.uuid4().hex
        response = _Response(scope, receive, send, request_id)
        # A copy, because the server that runs this application must still see that it was HEAD.
        is_head = scope["method"] == "HEAD"
        method = "GET" if is_head else scope["method"]
        inner = {**scope, IS_HEAD: is_head, REQUEST_ID_KEY: request_id, "method": method}
        began, named = time.perf_counter(), REQUEST.set(request_id)
        try:
            await self._app(inner, receive, response.send)
        except ClientDisconnect:
            return  # nobody is left to read a response
        except Exception as bug:
            log.exception("Request %s failed: %s %r", request_id, scope["method"], scope["path"])
            if response.started:
                raise  # the connection must break: what was sent isn't whole
            await problem(bug, scope)(scope, receive, response.send)
        finally:
            took = time.perf_counter() - began
            log_request(scope["method"], scope["path"], response.status, took)
            REQUEST.reset(named)


class _Response:
    """The response to one request, on its way out."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        self.started = False
        self.status: int | None = None
        self._scope, self._receive, self._send = scope, receive, send
        self._request_id = request_id
        self._replaced = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await self._begin(message)
        elif not self._replaced:
            await self._send(self._bare(message) if self._scope["method"] == "HEAD" else message)

    async def _begin(self, message: Message) -> None:
        headers = MutableHeaders(raw=list(message.get("headers", [])))
        kind = headers.get("content-type", "").partition(";")[0]
        if message["status"] >= _ERROR and kind == "text/plain":
            # The framework's own errors, such as a range that the file doesn't have.
            await self._replace(message["status"], headers)
            return
        # Gradio permits other sites to read its answers (CORS); this server doesn't.
        for name in [name for name in headers if name.startswith("access-control-")]:
            del headers[name]
        path: str = self._scope["path"]
        headers[REQUEST_ID] = self._request_id
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if path != "/" and not path.startswith(_PAGE_FILES):
            headers.setdefault("Cache-Control", "no-store")
        self.started, self.status = True, message["status"]
        await self._send({**message, "headers": headers.raw})

    async def _replace(self, status: int, headers: MutableHeaders) -> None:
        kept = {name: headers[name] for name in ("allow", "content-range") if name in headers}
        failure = HTTPException(status, _SENTENCES.get(status, _SENTENCES[_ERROR]), kept)
        await problem(failure, self._scope)(self._scope, self._receive, self.send)
        self._replaced = True

    @staticmethod
    def _bare(message: Message) -> Message:
        return {**message, "body": b""} if message["type"] == "http.response.body" else message


_SENTENCES: Final = {
    400: "The request is invalid. /openapi.json describes the requests.",
    416: "The file doesn't have this range. Request a range within its Content-Length.",
}

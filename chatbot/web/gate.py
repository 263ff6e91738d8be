"""The open routes of Gradio, by their exact names, and the answer for every other address.

Gradio can also fetch addresses, serve files, show its configuration and log people in. The pages
need none of that, and only one of them takes uploads.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from typing import Final
from urllib.parse import parse_qs

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chatbot.web.policy import headers_for
from chatbot.web.problems import Refusal, problem

# The page loads these files.
_FILES: Final = {"/", "/theme.css", "/static/js/iframeResizer.contentWindow.min.js"}
_FOLDER: Final = "/assets/"
# `gradio_client` lists the events, starts one, and reads its result.
_RESULTS: Final = "/gradio_api/queue/data"
_READ: Final = {"/gradio_api/info", _RESULTS}
_JOIN: Final = "/gradio_api/queue/join"
_RUN: Final = "/gradio_api/run/"
# Gradio believes these about its own address; the page's addresses have no host.
_BELIEVED: Final = {b"x-forwarded-host", b"x-gradio-server"}
_LONGEST_NAME: Final = 255
# A page that has lost the server asks for it until it's back, then loads itself again.
_IS_BACK: Final = "/gradio_api/app_id"
_UPLOAD: Final = {"/gradio_api/upload": "POST", "/gradio_api/upload_progress": "GET"}


class Gate:
    """Serves Gradio's open routes, and its page with a security policy.

    It stands behind all other `routes`, so it also answers for a method that they don't have.
    """

    def __init__(
        self,
        app: ASGIApp,
        events: Iterable[str],
        routes: Sequence[BaseRoute],
        *,
        root: str = "",
        takes_files: bool = False,
        sessions: Container[str] = (),
    ) -> None:
        """A gate before `app`, a Gradio application below `root` with these named events.

        A page that takes files may also have forms, and is not for programs. `sessions` are those
        of programs that have started an event.
        """
        self._app = app
        self._root = root
        self._takes_files = takes_files
        for_programs = set() if takes_files else {_JOIN}
        self._posts = {*for_programs, *(_RUN + event for event in events)}
        self._gets = _FILES | {_IS_BACK} if takes_files else _FILES | _READ
        self._routes = routes
        self._sessions = sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request to an open route; answer any other with 404 or 405."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] != "http" or scope["method"] not in self._methods(scope["path"]):
            await self._refuse(scope, receive, send)
        elif scope["path"] == _RESULTS and not self._has_session(scope):
            # Gradio would notice in the middle of the response, and break the connection.
            failure = HTTPException(404, "There is no such session. Start an event first.")
            await problem(failure, scope)(scope, receive, send)
        else:
            headers = [pair for pair in scope["headers"] if pair[0] not in _BELIEVED]
            is_page = scope["path"] == f"{self._root}/"
            answer = _guarded(send, forms=self._takes_files) if is_page else send
            await self._app({**scope, "headers": headers}, receive, answer)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        method, path = scope.get("method", ""), scope["path"]
        allowed = sorted(self._methods(path) | self._methods_of_routes(scope))
        response: Response
        if not allowed:
            message = f"There is no {method} {path:.200}. /openapi.json lists the routes."
            response = problem(HTTPException(404, message), scope)
        else:
            allow = ", ".join([*allowed, "OPTIONS", *(["HEAD"] if "GET" in allowed else [])])
            if method == "OPTIONS":
                # Without CORS headers, so no page of another site may send more than a form.
                response = Response(status_code=204, headers={"Allow": allow})
            else:
                message = f"{path:.200} doesn't support {method:.20}. Use {allow}."
                refusal = Refusal(405, "wrong_method", message, {"Allow": allow})
                response = problem(refusal, scope)
        await response(scope, receive, send)

    def _has_session(self, scope: Scope) -> bool:
        session = parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [""])[0]
        return session in self._sessions

    def _methods(self, path: str) -> set[str]:
        """The methods of Gradio's open routes with this path."""
        path = path.removeprefix(self._root)
        if self._takes_files and path in _UPLOAD:
            return {_UPLOAD[path]}
        if path in self._posts:
            return {"POST"}
        name = path.removeprefix(_FOLDER)
        is_file = name != path and ".." not in name and len(name) <= _LONGEST_NAME
        return {"GET"} if path in self._gets or is_file else set()

    def _methods_of_routes(self, scope: Scope) -> set[str]:
        return {
            method
            for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
            for route in self._routes
            if route.matches({**scope, "method": method, "root_path": ""})[0] is Match.FULL
        }


def _guarded(send: Send, *, forms: bool) -> Send:
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
                headers = [*start["headers"], *headers_for(body.decode(), forms=forms)]
                await send({**start, "headers": headers})
                await send({**message, "body": bytes(body)})

    return hold

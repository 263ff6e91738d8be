"""MCP over HTTP, at `/mcp` of the web application.

Each request gets one JSON response and leaves no state, so any server process can answer any
request. There are no streams: GET and DELETE are refused, as the protocol allows.
"""

from __future__ import annotations

from typing import Any, Final

from mcp.server import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from chatbot.settings import Settings
from chatbot.web.door.origins import origin_of
from chatbot.web.problems import problem

PATH: Final = "/mcp"
_METHODS: Final = ["GET", "POST", "DELETE"]


def mcp_route(server: Server[Any], settings: Settings) -> Route:
    """The route for the web application."""
    return Route(PATH, _Endpoint(server, settings), methods=_METHODS, include_in_schema=False)


class _Endpoint:
    def __init__(self, server: Server[Any], settings: Settings) -> None:
        self._server = server
        self._public = origin_of(settings.public_url)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        refusal = self._refusal(request)
        if refusal:
            response = problem(refusal, scope)
            response.headers.update(refusal.headers or {})
            await response(scope, receive, send)
            return
        # Read here, because an error raised inside the SDK's task group would lose its status.
        body = await request.body()
        unread: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def replayed() -> Message:
            return unread.pop() if unread else await receive()

        # A manager that keeps no sessions can be made for each request.
        manager = StreamableHTTPSessionManager(self._server, json_response=True, stateless=True)
        async with manager.run():
            await manager.handle_request(scope, replayed, send)

    def _refusal(self, request: Request) -> HTTPException | None:
        origin = request.headers.get("origin")
        if origin is not None and not self._is_own(origin, request):
            return HTTPException(
                403,
                f"Pages from {origin:.200} may not use this server. Use a program, or set "
                "public_url to the address that people use to reach the server.",
            )
        if request.method != "POST":
            return HTTPException(
                405, f"{PATH} has no sessions or streams. Send a POST request.", {"Allow": "POST"}
            )
        if not request.headers.get("content-type", "").lower().startswith("application/json"):
            return HTTPException(400)
        return None

    def _is_own(self, origin: str, request: Request) -> bool:
        host = origin_of(f"{request.url.scheme}://{request.headers.get('host', '')}")
        return origin_of(origin) in {host, self._public} - {""}

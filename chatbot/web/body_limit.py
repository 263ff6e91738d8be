"""A limit on the size of request bodies, checked before and while a body is read."""

from __future__ import annotations

from typing import Final

from fastapi import HTTPException  # Starlette's own is taken for invalid JSON
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chatbot.web.problems import problem

# Bytes by path. A question has some kilobytes; the page exports whole conversations.
ADDED: Final = "/api/v1/documents/added/"
UPLOADS: Final = "/add/gradio_api/upload"
LIMITS: Final = {
    **dict.fromkeys(("/api/", "/mcp", "/v1/"), 1_000_000),
    **dict.fromkeys(("/login", "/account"), 20_000),
    "/": 2_000_000,
}


class BodyLimit:
    """Refuses larger bodies, by their declared length or by the bytes that arrive.

    Nothing beyond the limit is held in memory.
    """

    def __init__(self, app: ASGIApp, *, upload: int, uploads: int) -> None:
        """`upload` bytes are for one added document, and `uploads` for those of one request."""
        self._app = app
        self._limits = {ADDED: upload, UPLOADS: uploads, **LIMITS}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or answer 413."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = next(size for path, size in self._limits.items() if scope["path"].startswith(path))
        declared = dict(scope["headers"]).get(b"content-length", b"")
        if declared.isdigit() and int(declared[:20]) > limit:
            await problem(_too_large(limit), scope)(scope, receive, send)
            return
        received = 0

        async def limited() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise _too_large(limit)
            return message

        await self._app(scope, limited, send)


def _too_large(limit: int) -> HTTPException:
    size = f"{limit // 1_000_000} MB" if limit >= 1_000_000 else f"{limit // 1_000} kB"
    return HTTPException(413, f"The request is larger than {size}. Send less at once.")

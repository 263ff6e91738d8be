"""A limit on the size of request bodies, checked before and while a body is read."""

from __future__ import annotations

from typing import Final

from fastapi import HTTPException  # Starlette's own is taken for invalid JSON
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chatbot.web.problems import problem

# Bytes by path. A question has some kilobytes; the page may export a long conversation.
LIMITS: Final = {"/api/": 1_000_000, "/": 16_000_000}


class BodyLimit:
    """Refuses larger bodies, by their declared length or by the bytes that arrive.

    Nothing beyond the limit is held in memory.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or answer 413."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = next(size for path, size in LIMITS.items() if scope["path"].startswith(path))
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
    return HTTPException(
        413, f"The request has more than {limit // 1_000_000} MB. Send less at once."
    )

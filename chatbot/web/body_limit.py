"""How large a request may be: known before it is read, and held while it comes in."""

from __future__ import annotations

from typing import Final

from fastapi import HTTPException  # Starlette's own would be taken for a body that is no JSON
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chatbot.web.problems import problem

# A question with its conversation is some kilobytes; the page may send a long conversation.
LIMITS: Final = {"/api/": 1_000_000, "/": 16_000_000}


class BodyLimit:
    """Refuses a larger body, by what the request says of it or by what really comes.

    Nothing beyond the limit is ever held in memory.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, if it is none too large."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = next(most for path, most in LIMITS.items() if scope["path"].startswith(path))
        said = dict(scope["headers"]).get(b"content-length", b"")
        if said.isdigit() and int(said[:20]) > limit:
            await problem(_too_large(limit), scope)(scope, receive, send)
            return
        came = 0

        async def limited() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            if came > limit:
                raise _too_large(limit)
            return message

        await self._app(scope, limited, send)


def _too_large(limit: int) -> HTTPException:
    return HTTPException(
        413, f"The request has more than {limit // 1_000_000} MB. Send less at once."
    )

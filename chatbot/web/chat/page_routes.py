"""The styles and scripts of the page."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from fastapi import APIRouter
from fastapi.responses import Response
from starlette.exceptions import HTTPException

_MEDIA_TYPES: Final = {"css": "text/css", "js": "text/javascript"}


def page_router() -> APIRouter:
    """The route of the page's own files."""
    router = APIRouter(prefix="/page", include_in_schema=False)

    @router.get("/assets/{name}")
    def asset(name: str) -> Response:
        ending = name.rpartition(".")[2]
        file = files("chatbot.web").joinpath("assets", name)
        if ending not in _MEDIA_TYPES or not file.is_file():
            raise HTTPException(404, "There is nothing here.")
        return Response(
            file.read_text("utf-8"),
            media_type=_MEDIA_TYPES[ending],
            headers={"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"},
        )

    return router

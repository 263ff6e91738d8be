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
        # By the names that exist: a name from an address is never opened.
        assets = {file.name: file for file in files("chatbot.web").joinpath("assets").iterdir()}
        if ending not in _MEDIA_TYPES or name not in assets:
            raise HTTPException(404, f"There is no file {name:.100}. Reload the page.")
        return Response(
            assets[name].read_text("utf-8"),
            media_type=_MEDIA_TYPES[ending],
            headers={"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"},
        )

    return router

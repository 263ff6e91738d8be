"""The address that links begin with. Hosts drop citations without links."""

from __future__ import annotations

from starlette.requests import Request

from chatbot.settings import Settings


def base_of(settings: Settings, request: Request | None) -> str:
    """The setting `public_url`, or else the address of the request, or of `chatbot serve`."""
    if settings.public_url:
        return settings.public_url.rstrip("/")
    if request:
        return str(request.base_url).rstrip("/")
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{settings.port}"

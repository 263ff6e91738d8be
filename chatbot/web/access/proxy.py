"""Requests that a trusted proxy forwards.

Anyone can send a proxy's headers, so they are used only if the connection itself comes from an
address in the setting `trusted_proxies`.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address, ip_network
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from chatbot.access import Person
from chatbot.access.vouched import vouched_person
from chatbot.errors import UsageError
from chatbot.settings import Settings

_FROM_PROXY: Final = "chatbot.from_proxy"


class Proxies:
    """Marks requests of trusted proxies, and takes the client's address and scheme from them."""

    def __init__(self, app: ASGIApp, trusted: Sequence[str]) -> None:
        self._networks = [ip_network(name) for name in trusted]
        self._app = app
        self._behind_proxy = ProxyHeadersMiddleware(app, list(trusted))  # type: ignore[arg-type]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        scope[_FROM_PROXY] = is_trusted = self._is_trusted(scope)
        app = self._behind_proxy if is_trusted else self._app
        await app(scope, receive, send)  # type: ignore[arg-type]

    def _is_trusted(self, scope: Scope) -> bool:
        try:
            peer = ip_address(scope["client"][0])
        except (KeyError, TypeError, ValueError):
            return False  # a local socket has no address
        mapped = getattr(peer, "ipv4_mapped", None) or peer
        return any(mapped in network for network in self._networks)


def proxied_person(scope: Scope, settings: Settings) -> Person | None:
    """The person whom the proxy names; None for other requests and for unclear names."""
    if not scope.get(_FROM_PROXY):
        return None
    headers = Headers(scope=scope)
    names = headers.getlist(settings.proxy_user_header)
    groups = headers.getlist(settings.proxy_groups_header)
    # If there are two, one may come from the client; the proxy should have removed it.
    if len(names) != 1 or len(groups) > 1:
        return None
    try:
        return vouched_person(_text(names[0]), _text("".join(groups)).split(","), settings)
    except UsageError:
        return None


def _text(value: str) -> str:
    """A header's value as UTF-8, or else as Latin-1."""
    try:
        return value.encode("latin-1").decode()
    except UnicodeDecodeError:
        return value

"""The host names that this server accepts.

A web page can point its own host name at 127.0.0.1 and then read this server as its own (DNS
rebinding). Its requests carry that name, so unknown names are refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address
from typing import Final
from urllib.parse import unquote, urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from chatbot.web.problems import Refusal, problem

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_MISDIRECTED: Final = 421


class Hosts:
    """Serves requests to the loopback names, the address that was connected to, and `names`."""

    def __init__(self, app: ASGIApp, names: Iterable[str]) -> None:
        self._app = app
        self._names = _LOOPBACK | {_plain(name) for name in names}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or answer 421; 400 for a target that isn't a path."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        authority = Headers(scope=scope).get("host", "")
        refusal = None
        if not scope["path"].startswith("/"):
            # A proxy's form of a request, which servers must understand too (RFC 9112, 3.2.2).
            target = scope.get("raw_path", b"").decode("latin-1")
            absolute = _split(target)
            if absolute is None:
                message = "The target of the request isn't a path. Start it with a slash."
                refusal = Refusal(400, "not_understood", message)
            else:
                authority, path = absolute
                scope = {
                    **scope,
                    "path": unquote(path),
                    "raw_path": path.encode("latin-1"),
                    "headers": [
                        *(pair for pair in scope["headers"] if pair[0] != b"host"),
                        (b"host", authority.encode("latin-1")),
                    ],
                }
        if refusal is None and not self._answers_to(authority, scope):
            refusal = Refusal(
                _MISDIRECTED,
                "wrong_host",
                f"This server doesn't accept the name {_host_of(authority) or authority!r:.100}. "
                f"If it should, add the name to the setting hosts.",
            )
        if refusal:
            await problem(refusal, {**scope, "path": "/"})(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _answers_to(self, authority: str, scope: Scope) -> bool:
        host = _host_of(authority)
        connected_to = scope["server"][0] if scope.get("server") else ""
        return host is not None and (host in self._names or host == _plain(connected_to))


def _host_of(authority: str) -> str | None:
    """The host of `host:port`, in plain form; None if it is malformed."""
    if not authority or set(authority) & set("/?#@\\ \t,"):
        return None
    try:
        parts = urlsplit(f"//{authority}")
        _ = parts.port  # raises ValueError for an invalid port
    except ValueError:
        return None
    return _plain(parts.hostname) if parts.hostname else None


def _plain(name: str) -> str:
    """A name in lower case without the final dot, or an address in its shortest form."""
    name = name.strip().lower().removesuffix(".").strip("[]")
    try:
        return str(ip_address(name))
    except ValueError:
        return name


def _split(target: str) -> tuple[str, str] | None:
    """Host and path of a target such as `http://host/path`."""
    scheme, separator, rest = target.partition("://")
    if not separator or scheme.lower() not in {"http", "https"}:
        return None
    authority, _, path = rest.partition("/")
    return (authority, f"/{path}") if authority else None

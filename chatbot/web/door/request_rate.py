"""How many requests a client may make in a minute.

Each client has a bucket that holds a minute's requests and fills evenly (a token bucket). The
loopback isn't limited: scripts and evaluations run there, and whoever can reach it can also
stop the process.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from ipaddress import IPv6Address, ip_address
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from chatbot.web.problems import Refusal, problem

_CLIENTS: Final = 10_000
_MINUTE: Final = 60.0
# Opening the page loads many files at once; they cost nothing. Monitors ask often.
_FREE: Final = ("/assets/", "/static/", "/page/", "/style/", "/theme.css", "/healthz", "/readyz")


class RequestRate:
    """Refuses requests beyond `per_minute` of a client; 0 means no limit."""

    def __init__(self, app: ASGIApp, per_minute: int) -> None:
        self._app = app
        self._per_minute = per_minute
        # Each client's remaining requests and the time of the count, least recently seen first.
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or answer 429 with the seconds to wait."""
        wait = self._wait(scope) if scope["type"] == "http" else 0.0
        if wait <= 0:
            await self._app(scope, receive, send)
            return
        refusal = Refusal(
            429,
            "too_many",
            f"This address has sent more than {self._per_minute:,} requests in a minute. "
            f"Wait for the number of seconds in Retry-After.",
            {"Retry-After": str(math.ceil(wait))},
        )
        await problem(refusal, scope)(scope, receive, send)

    def _wait(self, scope: Scope) -> float:
        """The seconds until the client may ask; takes one request from its bucket if it's 0."""
        client = _client_of(scope)
        if not self._per_minute or not client or scope["path"].startswith(_FREE):
            return 0.0
        now, rate = time.monotonic(), self._per_minute / _MINUTE
        left, counted = self._buckets.pop(client, (float(self._per_minute), now))
        left = min(self._per_minute, left + (now - counted) * rate)
        wait = 0.0 if left >= 1 else (1 - left) / rate
        self._buckets[client] = (left if wait else left - 1, now)
        if len(self._buckets) > _CLIENTS:
            self._buckets.popitem(last=False)
        return wait


def _client_of(scope: Scope) -> str:
    """The client's address, or its network: one machine may use a whole /64. Empty if local."""
    host = scope["client"][0] if scope.get("client") else ""
    try:
        address = ip_address(host)
    except ValueError:
        return ""  # a local socket, or a test
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or address
    if address.is_loopback:
        return ""
    if isinstance(address, IPv6Address):
        return str(IPv6Address(int(address) >> 64 << 64))
    return str(address)

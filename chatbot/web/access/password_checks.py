"""Checks passwords: only a few at a time, to limit memory, and with delays after failures."""

from __future__ import annotations

import math
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from anyio import CapacityLimiter, to_thread
from fastapi import Request

from chatbot.access.access_file import AccessFile
from chatbot.access.attempts import Attempts
from chatbot.access.users import Login, Users

# Each check takes 64 MB for some hundredths of a second.
_AT_ONCE: Final = 2
_MOST_WAITING: Final = 20
_BUSY_SECONDS: Final = 5


class Refused(Exception):
    """A form that isn't accepted; `text` names the text of the page that says why."""

    def __init__(self, text: str, status: int, wait: float = 0.0) -> None:
        super().__init__(text)
        self.text = text
        self.status = status
        self.headers = {"Retry-After": str(math.ceil(wait))} if wait else {}


class PasswordChecks:
    """Checks the passwords of one access file. Every method may raise StorageError."""

    def __init__(self, file: AccessFile) -> None:
        self._users, self._attempts = Users(file), Attempts(file)
        self._limiter = CapacityLimiter(_AT_ONCE)

    async def verified(self, request: Request, name: str, password: str) -> Login:
        """The user with this name and password. Raises Refused."""
        if self._limiter.statistics().tasks_waiting >= _MOST_WAITING:
            raise Refused("login_busy", 503, _BUSY_SECONDS)
        address = _network_of(request)
        return await to_thread.run_sync(self._check, name, password, address, limiter=self._limiter)

    def _check(self, name: str, password: str, address: str) -> Login:
        if wait := self._attempts.begin(name, address):
            raise Refused("login_wait", 429, wait)
        login = self._users.with_password(name, password)
        if login is None:
            raise Refused("login_wrong", 403)
        self._attempts.succeed(name, address)
        return login


def _network_of(request: Request) -> str:
    """The client's address, or its network: one machine may use a whole /64."""
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return host
    return str(address.ipv4_mapped or ip_network((int(address), 64), strict=False))

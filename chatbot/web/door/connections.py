"""Connections with deadlines, and a limit on their number.

uvicorn waits for ever for a client that sends its request, or reads its response, a byte at a
time. Here each stage has a deadline. When all connections are taken, the one that has waited
longest for a request is closed, so a client that asks at once is always served.
"""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import suppress
from enum import Enum, auto
from typing import Any, Final

from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

_SECONDS_TO_READ: Final = 20.0
_FEWEST_READ: Final = 10_000


class _Stage(Enum):
    """What a connection is doing."""

    IDLE = auto()
    HEADERS = auto()
    BODY = auto()
    ANSWERING = auto()


# uvicorn itself closes an idle connection after five seconds.
# Uploads may take as long as they arrive at a pace.
_LONG_BODIES: Final = ("/add/gradio_api/upload", "/api/v1/documents/added/")
_SECONDS: Final = {_Stage.HEADERS: 10.0, _Stage.BODY: 30.0}
# Files, pipes and libraries of the server itself, and connections accepted in one go.
_OTHER_FILES: Final = 120
ACCEPTED_AT_ONCE: Final = 32
_FEWEST: Final = 16


def connections_up_to(most: int) -> type[Connection]:
    """The class for uvicorn's setting `http`.

    It allows `most` connections, or fewer if the system lets this process open fewer files.
    """

    class Limited(Connection):
        """A connection among at most this many."""

    Limited.most = max(_FEWEST, min(most, _open_files() - _OTHER_FILES - ACCEPTED_AT_ONCE))
    return Limited


def _open_files() -> int:
    """The most files that this process may open, once the limit is as high as the system allows."""
    if sys.platform == "win32":
        return sys.maxsize
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        soft = hard
    return sys.maxsize if soft == resource.RLIM_INFINITY else soft


class Connection(H11Protocol):
    """A connection of uvicorn with a deadline for each stage."""

    most = 500

    stage = _Stage.IDLE
    since = 0.0
    _arrived = 0  # bytes, since the last look at the clock
    _deadline: asyncio.TimerHandle | None = None
    _reading: asyncio.TimerHandle | None = None

    # -- the request -------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock, and make room if all connections are taken."""
        super().connection_made(transport)
        self._enter(_Stage.HEADERS)
        if len(self.connections) > self.most:
            self._make_room()

    def data_received(self, data: bytes) -> None:
        """Take a part of a request; more of the same part doesn't extend its time."""
        super().data_received(data)
        self._arrived += len(data)
        self._enter(self._stage_of_request() or _Stage.HEADERS)

    def on_response_complete(self) -> None:
        """Wait for the next request, or for the client to read the last bytes."""
        self._enter(_Stage.IDLE)
        super().on_response_complete()
        if self.transport.is_closing():
            self._flush()
        else:  # the next request may have been sent ahead
            self._enter(self._stage_of_request() or _Stage.IDLE)

    def send_400_response(self, msg: str) -> None:
        """Answer what isn't HTTP with an error in the server's usual form."""
        self.transport.write(_refusal("400 Bad Request", "not_understood", msg, "Send HTTP/1.1."))
        self.transport.close()
        self._flush()

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection that was kept open for another request."""
        super().timeout_keep_alive_handler()
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clocks."""
        for clock in (self._deadline, self._reading):
            if clock:
                clock.cancel()
        super().connection_lost(exc)

    def _stage_of_request(self) -> _Stage | None:
        """The stage of the request whose headers have arrived, if it isn't answered yet."""
        cycle: RequestResponseCycle | None = self.cycle  # None before the first request
        if cycle is None or cycle.response_complete:
            return None
        return _Stage.BODY if cycle.more_body else _Stage.ANSWERING

    def _enter(self, stage: _Stage) -> None:
        if stage is self.stage:
            return
        self.stage, self.since, self._arrived = stage, self.loop.time(), 0
        if self._deadline:
            self._deadline.cancel()
        self._deadline = None
        if seconds := _SECONDS.get(stage):
            self._deadline = self.loop.call_later(seconds, self._give_up)

    def _give_up(self) -> None:
        is_long = self.stage is _Stage.BODY and self.scope["path"].startswith(_LONG_BODIES)
        if is_long and self._arrived >= _FEWEST_READ:
            self._arrived = 0
            self._deadline = self.loop.call_later(_SECONDS[_Stage.BODY], self._give_up)
            return
        if self.stage is _Stage.HEADERS or not self.cycle.response_started:
            self.transport.write(_TOO_SLOW)
        self.transport.close()
        self._flush()

    def _make_room(self) -> None:
        """Close the connection that has waited longest, unless others are closing already."""
        open_ones = [
            connection
            for connection in self.connections
            if isinstance(connection, Connection) and not connection.transport.is_closing()
        ]
        if len(open_ones) <= self.most:
            return
        waiting = [
            connection for connection in open_ones if connection.stage is not _Stage.ANSWERING
        ]
        longest = min(waiting, key=lambda connection: connection.since)
        if longest is self:
            self.transport.write(_FULL)
            self.transport.close()
            self._flush()
        else:
            longest.transport.abort()

    # -- the response ------------------------------------------------------------------------

    def pause_writing(self) -> None:
        """Watch a client that reads more slowly than the server sends."""
        super().pause_writing()
        self._watch_reading()

    def resume_writing(self) -> None:
        """Stop watching a client that has read most of what was waiting."""
        super().resume_writing()
        if self._reading and not self.transport.is_closing():
            self._reading.cancel()

    def _flush(self) -> None:
        """Watch the client read the rest, because a closing connection would wait for ever."""
        if self.transport.get_write_buffer_size():
            self._watch_reading()

    def _watch_reading(self, unread: int | None = None) -> None:
        """Cut the client off unless it reads some of the bytes that wait for it."""
        waiting = self.transport.get_write_buffer_size()
        if self._reading:
            self._reading.cancel()
        if unread is not None and waiting > unread - _FEWEST_READ:
            self.transport.abort()
        else:
            self._reading = self.loop.call_later(_SECONDS_TO_READ, self._watch_reading, waiting)


def _refusal(status: str, code: str, message: str, next_step: str) -> bytes:
    error: dict[str, Any] = {"code": code, "message": message, "next_step": next_step}
    body = json.dumps({"error": error})
    return (
        f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        f"Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
        f"Connection: close\r\n\r\n{body}"
    ).encode("latin-1")


_FULL: Final = _refusal(
    "503 Service Unavailable", "busy", "All connections are in use.", "Try again in a moment."
)
_TOO_SLOW: Final = _refusal(
    "408 Request Timeout", "too_slow", "The request took too long to arrive.", "Send it again."
)

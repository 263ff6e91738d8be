"""The process that serves the application."""

from __future__ import annotations

import errno
import logging
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial

import uvicorn
from anyio import to_thread
from uvicorn.config import LOGGING_CONFIG

from chatbot.access.access_file import AccessFile
from chatbot.access.conditions import check_access
from chatbot.access.users import Users
from chatbot.assistant import Chatbot
from chatbot.errors import IndexMissing, PortInUse, UsageError
from chatbot.index_address import index_name
from chatbot.settings import Settings
from chatbot.web.door.connections import ACCEPTED_AT_ONCE, connections_up_to
from chatbot.web.traces import traces_to

log = logging.getLogger(__name__)

_BACKLOG = 1_024
# Requests that are being answered have this long to finish; a second Ctrl-C doesn't wait.
_SHUTDOWN_SECONDS = 30
# Threads compete with the event loop for the interpreter: with 40, as by default, and 5 ms for
# each, a burst of requests kept `/healthz` waiting for a second.
_THREADS = 8
_SWITCH_SECONDS = 0.001


class _Server(uvicorn.Server):
    """Announces its address, and stops quietly once the last request is answered."""

    def __init__(self, config: uvicorn.Config, say: Callable[[str], None]) -> None:
        super().__init__(config)
        self._say = say

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        to_thread.current_default_thread_limiter().total_tokens = _THREADS
        await super().startup(sockets)
        # Only now, because from here on an interrupt stops the server cleanly.
        if self.started and sockets:
            # asyncio accepts a few connections at a time; the others wait here.
            sockets[0].listen(_BACKLOG)
            self._say(f"Serving on {address_of(sockets[0])} (Ctrl-C stops it).")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # A connection that outlasts the time isn't worth a traceback.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        await super().shutdown(sockets)


def run_server(settings: Settings) -> None:
    """Serve until interrupted. Raises PortInUse, IndexDamaged, IndexMismatch, UsageError.

    Without an index it serves too: the page says how to build one.
    """
    check_access(settings)
    # Or else the signal of a service manager ends the process before its counts are written.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    as_json = settings.log_format == "json"
    say = log.info if as_json else partial(print, file=sys.stderr)
    with (
        listening_socket(settings.host, settings.port) as listener,
        Chatbot.open(settings=settings, waiting=True) as chatbot,
    ):
        if settings.access == "users":
            _say_if_nobody_can_log_in(settings, say)
        try:
            _ = chatbot.build
        except IndexMissing as missing:
            say(str(missing))
        # Gradio takes seconds to load, so every check comes first.
        from chatbot.web.app import create_app
        from chatbot.web.chat.example_questions import finding_examples

        traces = traces_to(settings.traces) if settings.traces else None
        app = create_app(chatbot, traces)
        config = uvicorn.Config(
            app,
            http=connections_up_to(settings.connections),
            ws="none",
            backlog=ACCEPTED_AT_ONCE,
            server_header=False,
            log_level="warning",
            log_config=None if as_json else LOGGING_CONFIG,
            # The application itself does, for the proxies in its settings.
            proxy_headers=False,
            timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
        )
        sys.setswitchinterval(_SWITCH_SECONDS)
        app.state.desk.begin()
        with (
            finding_examples(chatbot),
            closing(app.state.desk),
            suppress(KeyboardInterrupt),  # Ctrl-C is the normal end
        ):
            _Server(config, say).run(sockets=[listener])
        app.state.tally.write()
        if traces:
            traces.shutdown()
    say("Stopped." if as_json else "\nStopped.")


def _say_if_nobody_can_log_in(settings: Settings, say: Callable[[str], None]) -> None:
    if not Users(AccessFile(settings.users_file)).all():
        index = index_name(settings.index)
        say(
            f"Nobody can log in yet: {settings.users_file} has no users. "
            f"Add one with: chatbot users add NAME --role admin --index {index}"
        )


def address_of(listener: socket.socket) -> str:
    """The web address of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def listening_socket(host: str, port: int) -> socket.socket:
    """A bound socket, opened before anything slow is loaded. Raises PortInUse, UsageError."""
    try:
        choices = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        family, kind, protocol, _, address = choices[0]
    except socket.gaierror:
        raise UsageError(
            f"{host!r} isn't an address of this machine. Try --host 127.0.0.1."
        ) from None
    # Without the protocol asyncio leaves Nagle's algorithm on, and each response on a kept
    # connection waits 40 ms for an acknowledgement.
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        # From here on requests wait for the application instead of being refused.
        listener.listen(_BACKLOG)
    except OSError as failure:
        listener.close()
        if failure.errno == errno.EADDRINUSE:
            raise PortInUse(host, port) from None
        raise UsageError(
            f"Can't serve on {host}:{port} ({failure.strerror}). Choose another --host or --port."
        ) from failure
    return listener

"""The process that serves the application."""

from __future__ import annotations

import errno
import logging
import socket
import sys
from contextlib import suppress

import uvicorn

from chatbot.assistant import Chatbot
from chatbot.errors import IndexMissing, PortInUse, UsageError
from chatbot.index.manifest import check_contents
from chatbot.settings import Settings

_BACKLOG = 128
_SHUTDOWN_SECONDS = 1


class _Server(uvicorn.Server):
    """Announces its address, and stops quietly while pages are open."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        # Only now, because from here on an interrupt stops the server cleanly.
        if self.started and sockets:
            print(f"Serving on {address_of(sockets[0])} (Ctrl-C stops it).", file=sys.stderr)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Open pages hold their connections; closing them isn't worth a traceback.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        await super().shutdown(sockets)


def run_server(settings: Settings) -> None:
    """Serve until interrupted. Raises PortInUse, IndexDamaged, IndexMismatch, UsageError.

    Without an index it serves too: the page says how to build one.
    """
    with (
        listening_socket(settings.host, settings.port) as listener,
        Chatbot.open(settings=settings, waiting=True) as chatbot,
    ):
        try:
            check_contents(chatbot.build.folder, chatbot.build.manifest)
        except IndexMissing as missing:
            print(missing, file=sys.stderr)
        # Gradio takes seconds to load, so every check comes first.
        from chatbot.web.app import create_app

        app = create_app(chatbot)
        config = uvicorn.Config(
            app, log_level="warning", timeout_graceful_shutdown=_SHUTDOWN_SECONDS
        )
        with suppress(KeyboardInterrupt):  # Ctrl-C is the normal end
            _Server(config).run(sockets=[listener])
        app.state.tally.write()
    print("\nStopped.", file=sys.stderr)


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

"""The process that serves the application."""

from __future__ import annotations

import errno
import socket
import sys
from contextlib import suppress

import uvicorn

from chatbot.assistant import Chatbot
from chatbot.errors import PortInUse, UsageError
from chatbot.index.manifest import check_contents
from chatbot.settings import Settings

_BACKLOG = 128
_LAST_WORDS_SECONDS = 2


def run_server(settings: Settings) -> None:
    """Serve until interrupted. Raises PortInUse, IndexMissing, IndexDamaged, UsageError."""
    with (
        listening_socket(settings.host, settings.port) as listener,
        Chatbot.open(settings=settings) as chatbot,
    ):
        check_contents(chatbot.build.folder, chatbot.build.manifest)
        # Gradio takes seconds to load; what can be refused is refused before.
        from chatbot.web.app import create_app

        # Open pages hold a connection for ever; stopping must not wait for them.
        config = uvicorn.Config(
            create_app(chatbot), log_level="warning", timeout_graceful_shutdown=_LAST_WORDS_SECONDS
        )
        host, port = listener.getsockname()[:2]
        print(f"Serving on http://{host}:{port} (Ctrl-C stops it).", file=sys.stderr)
        with suppress(KeyboardInterrupt):  # the ordinary way to stop a server
            uvicorn.Server(config).run(sockets=[listener])


def listening_socket(host: str, port: int) -> socket.socket:
    """A socket bound before anything slow is loaded, so that a taken port is known at once."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        # From here on questions wait for the application instead of being refused.
        listener.listen(_BACKLOG)
    except socket.gaierror:
        raise UsageError(f"{host!r} is no address of this machine. Try --host 127.0.0.1.") from None
    except OSError as failure:
        if failure.errno == errno.EADDRINUSE:
            raise PortInUse(host, port) from None
        raise UsageError(
            f"Can't serve on {host}:{port} ({failure.strerror}). Choose another --host or --port."
        ) from failure
    return listener

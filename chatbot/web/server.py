"""The process that serves the application."""

from __future__ import annotations

import errno
import socket
import sys

import uvicorn

from chatbot.assistant import Chatbot
from chatbot.errors import PortInUse, UsageError
from chatbot.index.manifest import check_contents
from chatbot.settings import Settings


def run_server(settings: Settings) -> None:
    """Serve until interrupted. Raises PortInUse, IndexMissing, IndexDamaged, UsageError."""
    with (
        listening_socket(settings.host, settings.port) as listener,
        Chatbot.open(settings=settings) as chatbot,
    ):
        check_contents(chatbot.build.folder, chatbot.build.manifest)
        # Gradio takes seconds to load; what can be refused is refused before.
        from chatbot.web.app import create_app

        server = uvicorn.Server(uvicorn.Config(create_app(chatbot), log_level="warning"))
        host, port = listener.getsockname()[:2]
        print(f"Serving on http://{host}:{port} (Ctrl-C stops it).", file=sys.stderr)
        server.run(sockets=[listener])


def listening_socket(host: str, port: int) -> socket.socket:
    """A socket bound before anything slow is loaded, so that a taken port is known at once."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except socket.gaierror:
        raise UsageError(f"{host!r} is no address of this machine. Try --host 127.0.0.1.") from None
    except OSError as failure:
        if failure.errno == errno.EADDRINUSE:
            raise PortInUse(host, port) from None
        raise UsageError(
            f"Can't serve on {host}:{port} ({failure.strerror}). Choose another --host or --port."
        ) from failure
    return listener

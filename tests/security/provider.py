"""A real OIDC provider in a process of its own, and one in the middle that forges its tokens."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

import httpx2

Forge = Callable[[str], str]
_PATIENCE_SECONDS: Final = 60


@contextmanager
def provider() -> Iterator[str]:
    """Run the package oidc-provider-mock and yield its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://localhost:{port}"
    try:
        for _ in range(_PATIENCE_SECONDS * 10):
            try:
                httpx2.get(address)
                break
            except httpx2.TransportError:
                time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(20)


def log_in_at(authorization: str, subject: str) -> str:
    """Log a subject in on the provider's page; the address that it sends the browser to."""
    reply = httpx2.post(authorization, data={"sub": subject})
    return str(reply.headers["location"])


def describe(address: str, subject: str, **claims: Any) -> None:
    """Tell the provider what to say of a subject."""
    httpx2.put(f"{address}/users/{subject}", json=claims).raise_for_status()


@contextmanager
def man_in_the_middle(real: str, forge: Forge) -> Iterator[str]:
    """Pass requests on to a provider, with its ID tokens replaced."""

    class Handler(BaseHTTPRequestHandler):
        def _pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {**self.headers, "accept-encoding": "identity"}
            reply = httpx2.request(self.command, real + self.path, content=body, headers=headers)
            content = reply.content
            if self.path == "/oauth2/token" and reply.is_success:
                tokens = reply.json()
                tokens["id_token"] = forge(tokens["id_token"])
                content = json.dumps(tokens).encode()
            self.send_response(reply.status_code)
            for name in ("content-type", "location"):
                if name in reply.headers:
                    self.send_header(name, reply.headers[name])
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _pass_on  # noqa: N815 - names of the base class

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("localhost", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

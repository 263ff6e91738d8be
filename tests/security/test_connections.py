"""Clients that send or read a byte at a time, and more clients than the server has room for."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Final

import pytest
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import Response

from chatbot.web.door import connections
from chatbot.web.door.connections import connections_up_to

MOST: Final = 20
# The deadlines of these tests, in seconds.
SHORT: Final = 0.6
LARGE: Final = 20_000_000
HEALTH: Final = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


def small_app() -> FastAPI:
    app = FastAPI()

    @app.get("/healthz")
    async def healthz() -> str:
        return "ok"

    @app.post("/echo")
    async def echo(request: Request) -> int:
        return len(await request.body())

    @app.get("/large")
    async def large() -> Response:
        return Response(b"x" * LARGE)

    return app


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A server with room for few connections and little patience."""
    with pytest.MonkeyPatch.context() as patch:
        stages = dict.fromkeys(connections._SECONDS, SHORT)
        patch.setattr(connections, "_SECONDS", stages)
        patch.setattr(connections, "_SECONDS_TO_READ", SHORT)
        config = uvicorn.Config(
            small_app(), port=0, log_level="critical", http=connections_up_to(MOST), ws="none"
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield server.servers[0].sockets[0].getsockname()[1]
        server.should_exit = True
        thread.join()


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=20)


def rest_of(client: socket.socket) -> bytes:
    """All that comes until the server closes the connection."""
    received = b""
    with contextlib.suppress(ConnectionResetError):
        while part := client.recv(65_536):
            received += part
    return received


def assert_healthy(port: int) -> None:
    """A new client is served at once."""
    began = time.monotonic()
    with connected(port) as client:
        client.sendall(HEALTH)
        assert client.recv(65_536).startswith(b"HTTP/1.1 200")
    assert time.monotonic() - began < 0.5


@pytest.mark.parametrize(
    "sent",
    [b"", b"GET /healthz HTTP/1.1\r\nHost: local"],
    ids=["nothing", "half the headers"],
)
def test_a_client_that_sends_no_request_is_cut_off(port: int, sent: bytes) -> None:
    """It gets an error in the server's usual form."""
    with connected(port) as client:
        client.sendall(sent)
        began = time.monotonic()
        received = rest_of(client)
        assert time.monotonic() - began < 3 * SHORT
    assert b"HTTP/1.1 408 Request Timeout" in received
    error = json.loads(received.rpartition(b"\r\n\r\n")[2])["error"]
    assert error.keys() == {"code", "message", "next_step"}


@pytest.mark.parametrize(
    "start",
    [
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ",
        b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n",
        b"POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n",
    ],
    ids=["headers", "body", "body after a refusal"],
)
def test_a_byte_at_a_time_buys_no_time(port: int, start: bytes) -> None:
    """A request has one deadline, not one for each byte."""
    with connected(port) as client:
        began = time.monotonic()
        client.sendall(start)
        client.settimeout(0.05)
        received, closed = b"", False
        while not closed and time.monotonic() - began < 10 * SHORT:
            try:
                client.send(b"a")
                part = client.recv(65_536)
                received, closed = received + part, not part
            except TimeoutError:
                continue
            except OSError:
                closed = True
        assert closed
        assert time.monotonic() - began < 5 * SHORT


def test_a_client_that_reads_nothing_is_cut_off(port: int) -> None:
    """The response waits for it only as long as the deadline."""
    with connected(port) as client:
        client.sendall(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n")
        time.sleep(3 * SHORT)
        assert len(rest_of(client)) < LARGE


def test_a_steady_reader_gets_everything(port: int) -> None:
    """It may take any time if it reads some kilobytes within each deadline."""
    with connected(port) as client:
        client.sendall(b"GET /large HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        received = 0
        for _ in range(20):
            time.sleep(SHORT / 10)
            received += len(client.recv(400_000))
        assert received + len(rest_of(client)) > LARGE


def test_requests_one_after_another_keep_their_connection(port: int) -> None:
    """Each request has its own deadline, and idle time between two doesn't count."""
    with connected(port) as client:
        for _ in range(3):
            client.sendall(HEALTH)
            received = b""
            while not received.endswith(b'"ok"'):
                part = client.recv(65_536)
                assert part
                received += part
            time.sleep(SHORT / 2)


def test_idle_clients_give_way_to_one_that_asks(port: int) -> None:
    """There are many more idle clients than connections, and one that asks is served at once."""
    with contextlib.ExitStack() as stack:
        for _ in range(5 * MOST):
            client = stack.enter_context(connected(port))
            client.sendall(b"GET /healthz HTTP/1.1\r\n")
            if _ % MOST == 0:
                assert_healthy(port)
        assert_healthy(port)


@pytest.mark.parametrize("sent", [b"\x16\x03\x01\x02\x00", b"GET\r\n\r\n", b"GET / HTTP/9\r\n\r\n"])
def test_what_is_no_http_gets_an_error_in_the_one_form(port: int, sent: bytes) -> None:
    """One example is TLS on the plain port."""
    with connected(port) as client:
        client.sendall(sent + b"\r\n\r\n")
        received = rest_of(client)
    assert received.startswith(b"HTTP/1.1 400 ")
    assert json.loads(received.rpartition(b"\r\n\r\n")[2])["error"]["code"] == "not_understood"

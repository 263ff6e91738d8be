"""The socket of the server."""

from __future__ import annotations

import socket

import pytest

from chatbot.web.server import listening_socket


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_connections_name_their_protocol(host: str) -> None:
    """Or else asyncio leaves Nagle's algorithm on, which costs 40 ms a response."""
    with listening_socket(host, 0) as listener:
        address = listener.getsockname()
        with socket.create_connection(address[:2]), listener.accept()[0] as connection:
            assert connection.proto == socket.IPPROTO_TCP

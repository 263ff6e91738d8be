"""Messages between this process and a confined one: a length, then a typed record as MessagePack.

A receiver decodes only into the types that it expects, and runs nothing from a message.
"""

from __future__ import annotations

import os
import socket
import struct
import sys
from typing import IO, Any, Final, Protocol, TypeVar

import msgspec

# Whether the system can send an open file with a message. If not, the other process opens the path.
PASSES_FILES: Final = hasattr(socket, "send_fds")

Decoded = TypeVar("Decoded")
AboutFile = TypeVar("AboutFile", bound="_AboutFile")


class _AboutFile(Protocol):
    @property
    def path(self) -> str:
        """The path of the file, where the system can't send it open."""


_LENGTH: Final = struct.Struct(">Q")
_REQUEST: Final = 1_000_000
_encode: Final = msgspec.msgpack.Encoder().encode


class MalformedMessage(Exception):
    """A message isn't what its receiver expects."""


def write_message(stream: IO[bytes], message: Any) -> None:
    """Write a message. Raises OSError if the other process is gone."""
    content = _encode(message)
    stream.write(_LENGTH.pack(len(content)))
    stream.write(content)
    stream.flush()


def read_message(stream: IO[bytes], *, largest: int) -> bytes:
    """The next message, still encoded. Raises EOFError, MalformedMessage."""
    (length,) = _LENGTH.unpack(_exactly(stream, _LENGTH.size))
    if length > largest:
        raise MalformedMessage(f"a message of {length:,} bytes")
    return _exactly(stream, length)


def _exactly(stream: IO[bytes], length: int) -> bytes:
    content = stream.read(length)
    if len(content) < length:
        raise EOFError
    return content


def decode(content: bytes, decoder: msgspec.msgpack.Decoder[Decoded]) -> Decoded:
    """The message in its only acceptable type. Raises MalformedMessage."""
    try:
        return decoder.decode(content)
    # Python's recursion limit bounds the depth of a message.
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as failure:
        raise MalformedMessage(str(failure)) from failure


class Requests:
    """The requests that a confined process receives on its standard input, with open files."""

    def __init__(self) -> None:
        # Made before the process is confined: Python asks the system about the socket.
        self._socket = socket.socket(fileno=0) if PASSES_FILES else None

    def next_message(self, kind: type[Decoded]) -> Decoded:
        """The next message, which has no file. Raises EOFError when the other process has ended."""
        message, _ = self._next(kind)
        return message

    def next(self, kind: type[AboutFile]) -> tuple[AboutFile, int]:
        """The next request and the descriptor of its open file. Raises EOFError, OSError."""
        request, descriptor = self._next(kind)
        if descriptor is None:
            descriptor = os.open(request.path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        return request, descriptor

    def _next(self, kind: type[Decoded]) -> tuple[Decoded, int | None]:
        descriptors: list[int] = []
        if self._socket is None:
            content = read_message(sys.stdin.buffer, largest=_REQUEST)
        else:
            header, descriptors, *_ = socket.recv_fds(self._socket, _LENGTH.size, 1)
            header += self._receive(_LENGTH.size - len(header)) if header else b""
            content = self._receive(*_LENGTH.unpack(header)) if header else b""
        if not content:
            raise EOFError
        return msgspec.msgpack.decode(content, type=kind), next(iter(descriptors), None)

    def _receive(self, length: int) -> bytes:
        assert self._socket
        parts = []
        while length:
            part, *_ = self._socket.recvmsg(length)
            if not part:
                raise EOFError
            parts.append(part)
            length -= len(part)
        return b"".join(parts)


def send_request(stdin: socket.socket | IO[bytes], request: Any, descriptor: int | None) -> None:
    """Send a request, and an open file with it. Raises OSError if the other process is gone."""
    if not isinstance(stdin, socket.socket):
        write_message(stdin, request)
        return
    content = _encode(request)
    header = _LENGTH.pack(len(content))
    if descriptor is None:
        stdin.sendall(header + content)
    else:
        sent = socket.send_fds(stdin, [header], [descriptor])
        stdin.sendall(header[sent:] + content)

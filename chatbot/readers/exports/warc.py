"""WARC (ISO 28500): the pages and documents that a crawler saved, each under its address.

Each record has a head, and a response with its HTTP head. What belongs to the looks of a page is
left out, and so are records of requests, of repeated visits and of errors.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from email.message import Message
from email.parser import BytesParser
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from io import BytesIO
from typing import TYPE_CHECKING, Final, cast

from chatbot.errors import SkipKind, SkipReason, UnreadableFile
from chatbot.readers.containers.limits import check_unpacked, largest_unpacked, member_path
from chatbot.readers.media_types import HTML
from chatbot.readers.raw_file import RawFile, Skipped

if TYPE_CHECKING:
    from socket import socket

_HEAD: Final = re.compile(rb"\s*WARC/1\.\d\r?\n(.*?)\r?\n\r?\n", re.DOTALL)
_PAGES: Final = ("text/html", "application/xhtml+xml")
_DOCUMENTS: Final = (*_PAGES, "text/plain", "application/pdf", "application/msword")
_OFFICE: Final = "application/vnd."
_ZLIB_OR_GZIP: Final = 32 + zlib.MAX_WBITS
_DAMAGE: Final = (HTTPException, OSError, ValueError, zlib.error)


def read_warc(file: RawFile) -> Iterator[RawFile | Skipped]:
    """Yield the documents; a response that can't be unpacked is yielded as `Skipped`."""
    for count, (head, block) in enumerate(_records(file.data), start=1):
        check_unpacked(0, packed=len(file.data), members=count)
        address = (head["WARC-Target-URI"] or "").strip("<>")
        name = member_path(re.sub(r"^https?://|#.*", "", address))
        if not name or head["WARC-Type"] not in ("response", "resource"):
            continue
        try:
            kind, data = _response(block) if head["WARC-Type"] == "response" else (head, block)
        except _DAMAGE as failure:
            detail = f"its response can't be unpacked ({failure})"
            yield Skipped(f"{file.name}/{name}", SkipReason(SkipKind.DAMAGED, detail))
            continue
        media_type = kind.get_content_type()
        if data and (media_type in _DOCUMENTS or media_type.startswith(_OFFICE)):
            yield file.inside(name, data, media_type=HTML if media_type in _PAGES else None)


def _records(data: bytes) -> Iterator[tuple[Message, bytes]]:
    """The head and the block of each record. Raises UnreadableFile if a length is missing."""
    at = 0
    while match := _HEAD.match(data, at):
        head = BytesParser().parsebytes(match[1], headersonly=True)
        length = head["Content-Length"] or ""
        if not length.strip().isdigit():
            raise UnreadableFile(SkipKind.DAMAGED, "a record states no length")
        at = match.end() + int(length)
        yield head, data[match.end() : at]


class _Connection:
    """Stands for the connection from which `HTTPResponse` reads."""

    def __init__(self, block: bytes) -> None:
        self._block = block

    def makefile(self, _mode: str) -> BytesIO:
        return BytesIO(self._block)


def _response(block: bytes) -> tuple[Message, bytes]:
    """The head and the unpacked body of a response; an error has no body."""
    response = HTTPResponse(cast("socket", _Connection(block)))
    response.begin()
    if response.status != HTTPStatus.OK:
        return Message(), b""
    data = response.read()
    packing = response.headers.get("Content-Encoding", "identity").lower()
    if packing in ("gzip", "x-gzip", "deflate"):
        unpacker = zlib.decompressobj(_ZLIB_OR_GZIP)
        limit = largest_unpacked(len(data))
        data = unpacker.decompress(data, limit)
        if unpacker.unconsumed_tail:
            raise ValueError(f"more than {limit / 1e6:,.0f} MB")
    elif packing not in ("", "identity"):
        raise ValueError(f"packed as {packing}")
    return response.headers, data

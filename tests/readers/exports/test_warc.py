"""What a crawler saved: each page under its address, without what belongs to its looks."""

from __future__ import annotations

import gzip
from pathlib import Path

from chatbot.readers.raw_file import Skipped
from chatbot.types import Document
from tests.readers.reading import everything, reason

PROSE = "The radar cost nine roubles, and it went to Omsk by rail in the spring."
PAGE = f"<html><head><title>Radar</title></head><body><p>{PROSE}</p></body></html>".encode()


def record(address: str, block: bytes, *, kind: str = "response", more: str = "") -> bytes:
    head = f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {address}\r\n{more}"
    return f"{head}Content-Length: {len(block)}\r\n\r\n".encode() + block + b"\r\n\r\n"


def response(body: bytes, *heads: str, status: str = "200 OK") -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *heads, "", ""]).encode() + body


def html(body: bytes, *heads: str, status: str = "200 OK") -> bytes:
    return response(body, "Content-Type: text/html; charset=utf-8", *heads, status=status)


def chunked(body: bytes) -> bytes:
    return b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)


WARC = b"".join(
    (
        record("", b"software: crawler\r\n", kind="warcinfo"),
        record("https://example.org/radar#top", html(PAGE)),
        record("http://example.org/radar", b"GET /radar HTTP/1.1\r\n\r\n", kind="request"),
        record(
            "http://example.org/packed?id=3",
            html(
                chunked(gzip.compress(PAGE)),
                "Content-Encoding: gzip",
                "Transfer-Encoding: chunked",
            ),
        ),
        record("http://example.org/gone", html(PAGE, status="404 Not Found")),
        record("http://example.org/look.css", response(b"p {}", "Content-Type: text/css")),
        record(
            "http://example.org/note",
            PROSE.encode(),
            kind="resource",
            more="Content-Type: text/plain\r\n",
        ),
        record("http://example.org/other", html(b"\x8b\x01", "Content-Encoding: br")),
        record("http://example.org/broken", html(b"\x8b\x01", "Content-Encoding: gzip")),
    )
)


def test_pages_and_documents_are_read_under_their_address() -> None:
    """They may be packed and sent in pieces; errors, requests and styles are left out."""
    items = everything("a.warc.gz", gzip.compress(WARC))
    docs = {item.doc_id: item for item in items if isinstance(item, Document)}
    start = "a.warc.gz/a.warc/example.org"
    assert [*docs] == [f"{start}/radar", f"{start}/packed?id=3", f"{start}/note"]
    assert {doc.text.strip() for doc in docs.values()} == {PROSE}
    assert docs[f"{start}/radar"].title == "Radar"


def test_a_response_that_cannot_be_unpacked_is_named() -> None:
    """The others are read."""
    items = everything("a.warc", WARC)
    skipped = {item.name: str(item.reason) for item in items if isinstance(item, Skipped)}
    why = "damaged: its response can't be unpacked"
    assert [*skipped] == ["a.warc/example.org/other", "a.warc/example.org/broken"]
    assert skipped["a.warc/example.org/other"] == f"{why} (packed as br)"
    assert skipped["a.warc/example.org/broken"].startswith(why)


def test_a_bomb_and_a_damaged_file_give_a_reason() -> None:
    """A response may unpack to 20 MB, or to 250 times its size."""
    bomb = html(gzip.compress(b"a" * 30_000_000), "Content-Encoding: gzip")
    (item,) = everything("a.warc", record("http://example.org/bomb", bomb))
    assert isinstance(item, Skipped)
    assert "more than 20 MB" in str(item.reason)
    damaged = WARC.replace(b"Content-Length: ", b"Content-Size: ")
    assert reason("a.warc", damaged) == "damaged: a record states no length"
    assert reason("a.warc", WARC[:60]).startswith("no text")


def test_a_page_of_a_real_archive_is_read(data: Path) -> None:
    """Of Common Crawl."""
    file = next((data / "torture").rglob("cc.warc.gz"))
    (doc,) = everything("cc.warc.gz", file.read_bytes())
    assert isinstance(doc, Document)
    assert (doc.doc_id, doc.title) == ("cc.warc.gz/cc.warc/commoncrawl.org", "Common Crawl")

"""Small requests that cost much: large files, long exports, endless filters, many requests."""

from __future__ import annotations

import hashlib
import json
import os
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.types import Message, Scope

from chatbot.assistant import Chatbot
from chatbot.index.file_hashes import sha256_of
from chatbot.ingestion.build_index import build_index
from chatbot.settings import load_settings
from chatbot.web.chat import conversations
from chatbot.web.door.request_rate import RequestRate
from tests.doors import QUESTION, application
from tests.security.files import large_pdf
from tests.web.events import post, refusal, run
from tests.web.refusals import code_of

LARGE: Final = len(large_pdf(40_000_000))
OPEN: Final = True  # the panel of filters


# -- large files -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def downloads(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """An application with a large file and little text."""
    home = tmp_path_factory.mktemp("large")
    (home / "corpus").mkdir()
    file = home / "corpus" / "large.pdf"
    file.write_bytes(large_pdf(40_000_000))
    os.utime(file, (1e9, 1e9))
    settings = load_settings(corpus=home / "corpus", index=home / "index", downloads=True)
    build_index(settings)
    with Chatbot.open(settings=settings) as chatbot:
        yield TestClient(application(chatbot))


def test_a_file_is_sent_piece_by_piece(downloads: TestClient) -> None:
    """Memory doesn't grow with the file: the client below keeps nothing of it."""
    scope: Scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/original/large.pdf",
        "raw_path": b"/original/large.pdf",
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"localhost")],
        "server": ("127.0.0.1", 7860),
        "client": ("127.0.0.1", 1),
        "asgi": {"spec_version": "2.4"},
    }
    sizes: list[int] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sizes.append(len(message.get("body", b"")))

    with downloads:
        assert downloads.portal
        tracemalloc.start()
        downloads.portal.call(downloads.app, scope, receive, send)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert sum(sizes) == LARGE
    assert max(sizes) <= 65_536
    assert peak < 5_000_000


def test_a_range_is_sent_alone(downloads: TestClient) -> None:
    """A download resumes where it stopped, but only if the file is still the same."""
    path = "/original/large.pdf"
    response = downloads.get(path, headers={"range": "bytes=1-3"})
    assert (response.status_code, response.content) == (206, b"PDF")
    assert response.headers["content-range"] == f"bytes 1-3/{LARGE}"
    tail = downloads.get(path, headers={"range": "bytes=-4"})
    assert (tail.status_code, tail.content) == (206, b"EOF\n")
    etag = {"if-range": '"another"'}
    assert len(downloads.get(path, headers={"range": "bytes=1-3", **etag}).content) == LARGE
    for bad, status in ((f"bytes={LARGE}-", 416), ("bytes=x", 400), ("lines=1-2", 400)):
        refused = downloads.get(path, headers={"range": bad})
        assert refused.status_code == status
        assert code_of(refused.json())
    head = downloads.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(LARGE)
    assert head.headers["accept-ranges"] == "bytes"


def test_a_file_is_hashed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every question in it would be answered again; the file says how many are left out."""
    file, hashed = tmp_path / "file", []
    real = hashlib.file_digest

    def counting(stream: Any, kind: str) -> Any:
        hashed.append(stream.name)
        return real(stream, kind)

    monkeypatch.setattr(hashlib, "file_digest", counting)
    file.write_bytes(b"radar")
    os.utime(file, (1e9, 1e9))
    first = {sha256_of(file)[0] for _ in range(9)}
    assert (len(first), len(hashed)) == (1, 1)
    file.write_bytes(b"sonar")  # the same size
    assert sha256_of(file)[0] not in first
    file.write_bytes(b"lidar")
    assert len({*first, sha256_of(file)[0]}) == 2
    assert len(hashed) == 3


def test_a_link_or_a_pipe_in_place_of_a_file_is_not_read(tmp_path: Path) -> None:
    """A link may lead out of the corpus; a pipe would wait for ever."""
    (tmp_path / "secret").write_text("swordfish")
    (tmp_path / "link").symlink_to(tmp_path / "secret")
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "pipe", "nothing"):
        with pytest.raises(OSError, match=name):
            sha256_of(tmp_path / name)


# -- long work -------------------------------------------------------------------------------


def test_a_long_conversation_is_exported_in_part(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every question in it would be answered again, so the file says how many are left out."""
    assert conversations._MOST_ANSWERED <= 100
    monkeypatch.setattr(conversations, "_MOST_ANSWERED", 3)
    turns = [{"question": f"{QUESTION} {number}"} for number in range(500)]
    data = json.loads(run(client, "page_export", {"turns": turns}, "json"))
    assert (len(data["turns"]), data["left_out"]) == (3, 497)
    assert data["turns"][-1]["question"].endswith(" 499")
    text = run(client, "page_export", {"turns": turns[:4]}, "md", language="de")
    assert "1 frühere Frage ist nicht enthalten." in text


@pytest.mark.parametrize("values", [["x"] * 1_001, ["x" * 40_001]], ids=["many", "long"])
def test_filters_have_an_end(client: TestClient, values: list[str]) -> None:
    """The limit holds on every route that takes filters."""
    body = {"question": QUESTION, "filters": {"tag": values}}
    for path in ("/api/v1/ask", "/api/v1/retrieve"):
        response = client.post(path, json=body)
        assert (response.status_code, code_of(response.json())) == (400, "not_understood")
    assert "couldn't read" in refusal(client, "page_filters", {"tag": values}, [], OPEN)


def test_endless_filters_are_refused_unread(client: TestClient) -> None:
    """Without the limit, fourteen megabytes took twelve seconds."""
    began = time.monotonic()
    response = post(client, "page_filters", {"tag": ["x" * 10] * 1_000_000}, [], OPEN)
    assert (response.status_code, code_of(response.json())) == (413, "too_large")
    assert time.monotonic() - began < 5


def test_the_largest_body_of_filters_is_quick(client: TestClient) -> None:
    """It has as many values as fit into what the page may send."""
    began = time.process_time()
    refusal(client, "page_filters", {"tag": ["x"] * 300_000}, [], OPEN)
    refusal(client, "page_filters", {f"{number}": "x" for number in range(100_000)}, [], OPEN)
    refusal(client, "page_begin", "?" + "tag=x&" * 200_000)
    assert time.process_time() - began < 5


def test_as_many_filters_as_a_person_chooses_make_a_small_page(client: TestClient) -> None:
    """Each chip has the address without its filter, so the page grows with their number squared."""
    panel = run(client, "page_filters", {"tag": [f"tag {n:03}" for n in range(100)]}, [], OPEN)
    assert panel["chips"].count("<button") == 100
    assert len(panel["chips"]) < 1_000_000
    many = {"tag": [f"tag {n:03}" for n in range(101)]}
    assert "couldn't read" in refusal(client, "page_filters", many, [], OPEN)


# -- many requests ---------------------------------------------------------------------------


def limited(per_minute: int, address: str) -> TestClient:
    app = FastAPI()
    for path in ("/api/v1/ask", "/healthz", "/assets/x.js"):
        app.get(path)(lambda: "ok")
    return TestClient(RequestRate(app, per_minute), client=(address, 1))


def test_a_client_may_ask_as_often_as_the_setting_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then it is told how long to wait, and after that time it is served."""
    now = time.monotonic()
    monkeypatch.setattr("chatbot.web.door.request_rate.time.monotonic", lambda: now)
    client = limited(60, "10.0.0.9")
    assert {client.get("/api/v1/ask").status_code for _ in range(60)} == {200}
    refused = client.get("/api/v1/ask")
    assert (refused.status_code, code_of(refused.json())) == (429, "too_many")
    assert refused.headers["retry-after"] == "1"
    assert client.get("/healthz").status_code == client.get("/assets/x.js").status_code == 200
    now += 1
    assert [client.get("/api/v1/ask").status_code for _ in range(2)] == [200, 429]


def test_one_client_leaves_the_others_alone() -> None:
    """A network of IPv6 counts as one client: one machine may have all of it."""
    app = RequestRate(FastAPI(), 2)
    for address, statuses in {
        "10.0.0.1": [404, 404, 429],
        "10.0.0.2": [404, 404, 429],
        "2001:db8::1": [404, 404, 429],
        "2001:db8::ffff": [429, 429, 429],
        "2001:db8:0:1::1": [404, 404, 429],
        "::ffff:10.0.0.1": [429, 429, 429],
    }.items():
        client = TestClient(app, client=(address, 1))
        assert [client.get("/x").status_code for _ in range(3)] == statuses


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_the_loopback_is_not_limited(address: str) -> None:
    """Scripts and evaluations run there."""
    client = limited(1, address)
    assert {client.get("/api/v1/ask").status_code for _ in range(9)} == {200}

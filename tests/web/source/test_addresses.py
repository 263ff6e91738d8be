"""The address of a document leads to it, whatever its id holds."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, unquote, urljoin, urlsplit

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.addresses import document_address
from chatbot.assistant import Chatbot
from chatbot.ingestion.build_index import build_index
from chatbot.settings import load_settings
from tests.doors import application, client_of
from tests.markup import select

# Browsers read an encoded dot as a dot, and a segment of one or two dots as a step up.
IDS = (
    *("..", ".", "../../etc/passwd", "a/../b", "a/./b", "a//b", "/a", "a/", "a/.."),
    *("plain.md", "...", "..a/b..", "a b?c#d&e=f", "юг/п.md", "a\\..\\b", "@host", "a:b"),
    *("%2e%2e", "a/%2e%2e/b", "%2e", "%252e%252e/b", "a%2fb", "a%0ab", "100%"),
)
_DOTS = st.text(st.sampled_from("./%2eEfF5cC\\\na?#&;"), min_size=1, max_size=12)


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """A real server on a free port; the value is its address."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def chatbot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chatbot]:
    """A document for each id, named in its title and its text by a number."""
    home = tmp_path_factory.mktemp("ids")
    (home / "corpus.jsonl").write_text(
        "".join(
            json.dumps({"_id": doc_id, "title": f"T{n}", "text": f"The radar has part {n}."}) + "\n"
            for n, doc_id in enumerate(IDS)
        )
    )
    chosen = load_settings(
        corpus=home / "corpus.jsonl", index=home / "index", depth=100, downloads=True
    )
    build_index(chosen)
    with Chatbot.open(settings=chosen) as opened:
        yield opened


@pytest.fixture(scope="module")
def site(chatbot: Chatbot) -> Iterator[httpx.Client]:
    """A client of the real server; httpx resolves dot segments before it sends."""
    with (
        serving(application(chatbot)) as address,
        httpx.Client(base_url=address, timeout=60) as client,
    ):
        yield client


def test_every_citation_opens_its_document(chatbot: Chatbot, site: httpx.Client) -> None:
    """The page shows the cited sentence, and the address is one that browsers leave alone."""
    cited = {
        citation.doc_id: citation for citation in chatbot.retrieve("radar part", top_k=len(IDS))
    }
    assert cited.keys() == {*IDS}
    for number, doc_id in enumerate(IDS):
        address = cited[doc_id].url
        assert_left_alone(address)
        page = site.get(address)
        assert page.status_code == 200, address
        assert [mark.text for mark in select(page.text, "mark")] == [
            f"The radar has part {number}."
        ]


def test_every_link_of_the_list_opens_its_document(site: httpx.Client) -> None:
    """Such a link has no place in the document."""
    pages = [site.get("/documents", params={"page": page}).text for page in (1, 2)]
    anchors = [anchor for page in pages for anchor in select(page, "a")]
    links = {
        anchor.text: anchor.attributes["href"]
        for anchor in anchors
        if anchor.attributes["href"].startswith("/source/")
    }
    assert len(links) == len(IDS)
    for title, link in links.items():
        assert_left_alone(link)
        assert [element.text for element in select(site.get(link).text, "h1")] == [title]


def test_every_download_is_the_file_that_holds_the_document(
    chatbot: Chatbot, site: httpx.Client
) -> None:
    """The source page links the original, and nothing but that file is served."""
    corpus = chatbot.settings.corpus.read_bytes()
    for doc_id in IDS:
        page = site.get(document_address("source", doc_id))
        assert page.status_code == 200, doc_id
        (link,) = [
            element.attributes["href"]
            for element in select(page.text, "a")
            if element.attributes["href"].startswith("/original/")
        ]
        assert_left_alone(link)
        download = site.get(link)
        assert (download.status_code, download.content) == (200, corpus), link
        assert re.search("filename.*corpus.jsonl", download.headers["Content-Disposition"])
        picture = document_address("picture", doc_id, page="1")
        assert_left_alone(picture)
        assert site.get(picture).status_code == 404  # a text has no pictures


def test_a_file_name_with_a_line_feed_has_a_working_address(tmp_path: Path) -> None:
    """Ids are paths in the corpus, and file systems allow line feeds in names."""
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "a\nb.txt").write_text("The radar has parts.", "utf-8")
    chosen = load_settings(corpus=tmp_path / "corpus", index=tmp_path / "index", downloads=True)
    build_index(chosen)
    with Chatbot.open(settings=chosen) as chatbot:
        client = TestClient(application(chatbot))
        (cited,) = chatbot.retrieve("radar parts")
        assert cited.doc_id == "a\nb.txt"
        assert_left_alone(cited.url)
        page = client.get(cited.url)
        assert [mark.text for mark in select(page.text, "mark")] == ["The radar has parts."]
        download = client.get(document_address("original", cited.doc_id))
        assert download.content == b"The radar has parts."
        with client_of(chatbot) as remote:
            document = remote.document(cited.doc_id)
            assert document
            assert document.text == "The radar has parts."


@given(_DOTS)
@settings(deadline=None)
def test_no_id_leaves_its_route(doc_id: str) -> None:
    """Resolved as a client does, decoded once more or not, an address names this id."""
    address = document_address("original", doc_id, build="b")
    assert_left_alone(address)
    parts = urlsplit(address)
    query = parse_qs(parts.query)
    assert query.pop("build") == ["b"]
    doc_name = unquote(parts.path).removeprefix("/original/") or query.pop("document")[0]
    assert (doc_name, query) == (doc_id, {})


def assert_left_alone(address: str) -> None:
    """No client resolves the path to another one, even after a second decoding."""
    assert urljoin("http://host/", address) == f"http://host{address}"
    path = urlsplit(address).path
    for decoded in (path, unquote(path), unquote(unquote(path))):
        steps = decoded.lower().replace("%2e", ".").replace("\\", "/").split("/")
        assert not {".", ".."} & {*steps}
        assert "\n" not in decoded

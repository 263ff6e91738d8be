"""A server without an index: what it says at each door, and that it goes over by itself."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from chatbot.assistant import Chatbot
from chatbot.index import layout
from chatbot.ingestion.build_index import build_index
from chatbot.settings import Settings
from tests.building import NINE, PRICE, RADAR, write
from tests.doors import application
from tests.markup import elements, select

Waiting = tuple[Settings, TestClient]


@pytest.fixture
def waiting(settings: Settings) -> Iterator[Waiting]:
    """The application over a folder of documents that is not indexed."""
    write(settings.corpus, {"radar.md": RADAR})
    with Chatbot.open(settings=settings, waiting=True) as chatbot:
        yield settings, TestClient(application(chatbot))


def frame(client: TestClient, language: str = "en") -> dict[str, Any]:
    """The page's frame."""
    found = client.get("/page/frame", headers={"accept-language": language})
    assert found.status_code == 200
    told: dict[str, Any] = found.json()
    return told


def asked(client: TestClient) -> tuple[int, str]:
    """Status of a question to the API, with its sentence or the quote that answers it."""
    found = client.post("/api/v1/ask", json={"question": PRICE})
    said = found.json()
    return found.status_code, said.get("message") or said["citations"][0]["quote"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/readyz", None),
        ("GET", "/metrics", None),
        ("GET", "/api/v1/documents", None),
        ("GET", "/api/v1/documents/radar.md", None),
        ("GET", "/api/v1/coverage", None),
        ("POST", "/api/v1/ask", {"question": PRICE}),
        ("POST", "/api/v1/retrieve", {"question": PRICE}),
        (
            "POST",
            "/api/v1/feedback",
            {"question": PRICE, "doc_id": "a", "passage_id": "a#0", "verdict": "up"},
        ),
        ("POST", "/page/answer", {"question": PRICE}),
        ("GET", "/page/examples", None),
    ],
)
def test_programs_are_told_that_there_is_no_index(
    waiting: Waiting, method: str, path: str, body: Any
) -> None:
    """Unavailable, in one sentence with the command; the process itself lives."""
    settings, client = waiting
    found = client.request(method, path, json=body)
    at = settings.index
    assert (found.status_code, found.json()) == (
        503,
        {
            "error": "IndexMissing",
            "message": f"No index at {at}. Build one with: chatbot build --index {at}",
        },
    )
    assert client.get("/healthz").json()["status"] == "ok"


@pytest.mark.parametrize(
    ("language", "title"), [("en", "There is no index yet"), ("de", "Es gibt noch keinen Index")]
)
def test_the_page_says_how_to_build_one(waiting: Waiting, language: str, title: str) -> None:
    """In the reader's language, with the command for the very folders in use."""
    settings, client = waiting
    told = frame(client, language)
    assert "build" not in told
    assert [each.text for each in select(told["html"], "h1")] == [title]
    (command,) = select(told["html"], "pre")
    assert command.text == f"chatbot build --corpus {settings.corpus} --index {settings.index}"


@pytest.mark.parametrize("path", ["/documents", "/coverage", "/source/radar.md"])
def test_every_page_for_people_says_it(waiting: Waiting, path: str) -> None:
    """As a page, which looks again by itself."""
    settings, client = waiting
    found = client.get(path, headers={"accept": "text/html", "accept-language": "de"})
    assert (found.status_code, found.headers["content-type"]) == (503, "text/html; charset=utf-8")
    assert "Es gibt noch keinen Index" in [each.text for each in select(found.text, "h1")]
    assert select(found.text, "pre")[0].text.endswith(f"--index {settings.index}")
    assert select(found.text, "meta", **{"http-equiv": "refresh"})


def test_folders_are_named_as_text_that_a_shell_takes(settings: Settings) -> None:
    """Whatever they are called: quoted for the shell, escaped for the page."""
    odd = settings.model_copy(update={"index": settings.index / "<b onclick=alert(1)>'s & $x"})
    with Chatbot.open(settings=odd, waiting=True) as chatbot:
        html = frame(TestClient(application(chatbot)))["html"]
    assert not {each.tag for each in elements(html)} & {"b", "script", "img"}
    (command,) = select(html, "pre")
    assert command.text.endswith("""/<b onclick=alert(1)>'"'"'s & $x'""")


@pytest.mark.parametrize("folder", [False, True], ids=["no folder", "an empty folder"])
def test_a_build_serves_as_soon_as_it_is_published(waiting: Waiting, *, folder: bool) -> None:
    """Without a restart: the page and the API go over to it."""
    settings, client = waiting
    if folder:
        settings.index.mkdir(parents=True)
    assert asked(client)[0] == 503
    name = build_index(settings).build
    assert asked(client) == (200, NINE)
    assert frame(client)["build"] == name
    assert client.get("/readyz").json() == {"status": "ready", "build": name, "documents": 1}


def test_a_first_build_that_can_not_serve_is_said_to_be_unusable(waiting: Waiting) -> None:
    """With the command that makes it anew; mended, it serves."""
    settings, client = waiting
    build_index(settings)
    damaged = layout.current(settings.index) / "rows.npy"
    whole = damaged.read_bytes()
    damaged.write_bytes(whole[:50])
    status, message = asked(client)
    assert status == 503
    assert message.endswith(f"Build it again with: chatbot build --fresh --index {settings.index}")
    html = frame(client)["html"]
    assert [each.text for each in select(html, "h1")] == ["The index has to be built again"]
    assert "rows.npy" in select(html, "p", kind="quiet")[0].text
    assert select(html, "pre")[0].text.startswith("chatbot build --fresh --corpus ")
    damaged.write_bytes(whole)
    assert asked(client) == (200, NINE)


def test_an_index_that_vanishes_goes_on_serving_and_the_next_one_takes_over(
    waiting: Waiting,
) -> None:
    """What is open is read to its end; a new build is taken up where the old one was."""
    settings, client = waiting
    build_index(settings)
    assert asked(client) == (200, NINE)
    shutil.rmtree(settings.index)
    assert asked(client) == (200, NINE)
    assert client.get("/source/radar.md").status_code == 200
    assert frame(client)["build"]
    write(settings.corpus, {"radar.md": RADAR.replace("nine", "twelve")})
    build_index(settings)
    assert asked(client) == (200, NINE.replace("nine", "twelve"))

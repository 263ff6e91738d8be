"""A server without an index: what each door says, and that it serves once there is one."""

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
from tests.web.events import refusal, run
from tests.web.refusals import sentence_of

Waiting = tuple[Settings, TestClient]


@pytest.fixture
def waiting(settings: Settings) -> Iterator[Waiting]:
    """The application over a folder of documents without an index."""
    write(settings.corpus, {"radar.md": RADAR})
    with Chatbot.open(settings=settings, waiting=True) as chatbot:
        yield settings, TestClient(application(chatbot))


def frame(client: TestClient, language: str = "en") -> dict[str, Any]:
    """The page's frame."""
    client.headers["accept-language"] = language
    page: dict[str, Any] = run(client, "page_begin", "")
    return page | {"html": "".join(page["html"].values())}


def asked(client: TestClient) -> tuple[int, str]:
    """The status of a question to the API, with the error message or the best quote."""
    response = client.post("/api/v1/ask", json={"question": PRICE})
    body = response.json()
    return response.status_code, (
        sentence_of(body) if "error" in body else body["citations"][0]["quote"]
    )


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
    ],
)
def test_the_api_says_that_there_is_no_index(
    waiting: Waiting, method: str, path: str, body: Any
) -> None:
    """It answers 503 with one sentence and the command; the process stays alive."""
    settings, client = waiting
    response = client.request(method, path, json=body)
    at = settings.index
    assert (response.status_code, response.json()) == (
        503,
        {
            "error": {
                "code": "no_index",
                "message": f"No index at {at}.",
                "next_step": f"Build one with: chatbot build --index {at}",
            }
        },
    )
    assert client.get("/healthz").json()["status"] == "ok"


@pytest.mark.parametrize(
    ("event", "data"),
    [("page_answer", [{"question": PRICE}]), ("page_examples", []), ("ask", [PRICE])],
)
def test_an_event_says_that_there_is_no_index(
    waiting: Waiting, event: str, data: list[Any]
) -> None:
    """The page's in a sentence for its reader, the others with the command."""
    settings, client = waiting
    sentence = refusal(client, event, *data) if event != "ask" else post_ask(client, data)
    command = f"Build one with: chatbot build --index {settings.index}"
    assert sentence.startswith("There's no index yet" if event != "ask" else "No index at")
    assert sentence.endswith(command) == (event == "ask")


def post_ask(client: TestClient, data: list[Any]) -> str:
    """The refusal of the event for programs, which takes no language."""
    response = client.post("/gradio_api/run/ask", json={"data": [*data, None, None, None, False]})
    sentence: str = response.json()["error"]
    return sentence


@pytest.mark.parametrize(
    ("language", "title"), [("en", "There's no index yet"), ("de", "Es gibt noch keinen Index")]
)
def test_the_page_says_how_to_build_one(waiting: Waiting, language: str, title: str) -> None:
    """It is in the reader's language, with the command for the folders in use."""
    settings, client = waiting
    data = frame(client, language)
    assert "build" not in data
    assert [element.text for element in select(data["html"], "h1")] == [title]
    (command,) = select(data["html"], "pre")
    assert command.text == f"chatbot build --corpus {settings.corpus} --index {settings.index}"


@pytest.mark.parametrize("path", ["/documents", "/coverage", "/source/radar.md"])
def test_every_page_says_that_there_is_no_index(waiting: Waiting, path: str) -> None:
    """The page reloads itself."""
    settings, client = waiting
    response = client.get(path, headers={"accept": "text/html", "accept-language": "de"})
    assert (response.status_code, response.headers["content-type"]) == (
        503,
        "text/html; charset=utf-8",
    )
    assert "Es gibt noch keinen Index" in [element.text for element in select(response.text, "h1")]
    assert select(response.text, "pre")[0].text.endswith(f"--index {settings.index}")
    assert select(response.text, "meta", **{"http-equiv": "refresh"})


def test_the_command_is_quoted_for_the_shell_and_escaped_for_the_page(settings: Settings) -> None:
    """Folders may have any name."""
    odd = settings.model_copy(update={"index": settings.index / "<b onclick=alert(1)>'s & $x"})
    with Chatbot.open(settings=odd, waiting=True) as chatbot:
        html = frame(TestClient(application(chatbot)))["html"]
    assert not {element.tag for element in elements(html)} & {"b", "script", "img"}
    (command,) = select(html, "pre")
    assert command.text.endswith("""/<b onclick=alert(1)>'"'"'s & $x'""")


@pytest.mark.parametrize("folder", [False, True], ids=["no folder", "an empty folder"])
def test_a_build_serves_as_soon_as_it_is_published(waiting: Waiting, *, folder: bool) -> None:
    """Page and API use it without a restart."""
    settings, client = waiting
    if folder:
        settings.index.mkdir(parents=True)
    assert asked(client)[0] == 503
    name = build_index(settings).build
    assert asked(client) == (200, NINE)
    assert frame(client)["build"] == name
    assert client.get("/readyz").json() == {"status": "ready", "build": name, "documents": 1}


def test_a_damaged_first_build_is_reported_as_unusable(waiting: Waiting) -> None:
    """The command rebuilds it; once repaired, it serves."""
    settings, client = waiting
    build_index(settings)
    damaged = layout.current(settings.index) / "rows.npy"
    whole = damaged.read_bytes()
    damaged.write_bytes(whole[:50])
    status, message = asked(client)
    assert status == 503
    assert message.endswith(f"Build it again with: chatbot build --fresh --index {settings.index}")
    html = frame(client)["html"]
    assert [element.text for element in select(html, "h1")] == ["The index has to be rebuilt"]
    assert "rows.npy" in select(html, "p", kind="quiet")[0].text
    assert select(html, "pre")[0].text.startswith("chatbot build --fresh --corpus ")
    damaged.write_bytes(whole)
    assert asked(client) == (200, NINE)


def test_a_deleted_index_keeps_serving_until_the_next_build(
    waiting: Waiting,
) -> None:
    """The open files stay readable, and a new build in the same place takes over."""
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

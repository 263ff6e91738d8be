"""Attacks through the values that a caller gives to Gradio's events."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any, Final

import httpx
import pytest
from fastapi.testclient import TestClient

from chatbot.assistant import Chatbot
from chatbot.ingestion.build_index import build_index
from chatbot.settings import load_settings
from tests.building import RADAR, letters_registered, write
from tests.doors import application

# Values of each event that it accepts.
EVENTS: Final[dict[str, list[Any]]] = {
    "ask": ["radar", None, None, None, None],
    "retrieve": ["radar", None, None, None],
    "feedback": ["radar", "radar.md", "radar.md#0", "up", "", None, None, None, None],
    "page_begin": ["", "en"],
    "page_examples": ["en"],
    "page_answer": [{"question": "radar"}, "en"],
    "page_context": ["radar.md", 0, 9, "", "en"],
    "page_filters": [{}, None, True, "en"],
    "page_feedback": [{"question": "radar"}, {}, "en"],
    "page_export": [{"name": "", "turns": [{"question": "radar"}]}, "md", "en"],
}
ADDRESS: Final = "http://collector.example/radar"
# What Gradio takes for a file of the caller's.
META: Final = {"_type": "gradio.FileData"}
FILE: Final = {"path": ADDRESS, "url": ADDRESS, "orig_name": "x", "meta": META}
# JSON of every type.
VALUES: Final[tuple[Any, ...]] = (
    *(None, 1.5, 10**30, "\0", [[1]], ["x"] * 8, [{}] * 8),
    *({"a": [{}]}, {"question": 1, "history": 2}, {"question": "x", "turns": "x"}),
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """An application over one document, with a small model: it's called a thousand times."""
    home = tmp_path_factory.mktemp("values")
    write(home / "corpus", {"radar.md": RADAR})
    with letters_registered():
        settings = load_settings(
            corpus=home / "corpus", index=home / "index", model="letters", reader=False
        )
        build_index(settings)
        with Chatbot.open(settings=settings) as chatbot:
            yield TestClient(application(chatbot), raise_server_exceptions=False)


def calls(values: Any) -> Iterator[tuple[str, list[Any]]]:
    """Every event with each of the values in each place."""
    for name, arguments in EVENTS.items():
        for place in range(len(arguments)):
            for value in values:
                yield name, [*arguments[:place], value, *arguments[place + 1 :]]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that Gradio fetches; none is reached."""
    addresses: list[str] = []

    async def get(url: str, **_: Any) -> httpx.Response:
        addresses.append(url)
        raise httpx.ConnectError("nothing is reached from here")

    monkeypatch.setattr("safehttpx.get", get)
    return addresses


def test_no_event_fetches_an_address(client: TestClient, asked: list[str]) -> None:
    """Server-side request forgery: the server asks nobody, whatever a request names as a file."""
    for name, arguments in calls([FILE, {"question": [FILE]}]):
        client.post(f"/gradio_api/run/{name}", json={"data": arguments})
    assert asked == []


def test_no_event_copies_a_file(client: TestClient) -> None:
    """A path is no file, neither of the machine nor in the folder for uploads."""
    file = {"path": "/etc/passwd", "meta": META}
    for name, arguments in calls([file]):
        response = client.post(f"/gradio_api/run/{name}", json={"data": arguments})
        assert "root:" not in response.text, name


def test_a_value_of_another_type_is_refused_in_a_sentence(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    """It isn't logged as a bug, and never stops the event with a traceback."""
    with caplog.at_level(logging.ERROR):
        for name, arguments in calls(VALUES):
            response = client.post(f"/gradio_api/run/{name}", json={"data": arguments})
            body = response.json()
            assert "data" in body or body["error"], (name, arguments)
    assert [record.getMessage() for record in caplog.records] == []


def test_a_refused_value_is_named(client: TestClient) -> None:
    call = {"data": ["radar", None, None, {"x": 1}, None]}
    message = client.post("/gradio_api/run/ask", json=call).json()["error"]
    assert "(top_k: " in message


@pytest.mark.parametrize("session", ["", "?session_hash=", "?session_hash=unknown", "?x=%FF"])
def test_the_results_of_no_session_are_not_there(
    client: TestClient, session: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The answer is a sentence, where Gradio would break off the response."""
    response = client.get(f"/gradio_api/queue/data{session}")
    assert response.status_code == 404
    assert response.json()["error"]["next_step"] == "Start an event first."
    assert not caplog.records


@pytest.mark.parametrize(
    "body", ['{"x": NaN}', '{"x": 1e400}', '{"x": "\\ud800"}', '{"\\udfff": 1}', "[]", "[" * 90_000]
)
@pytest.mark.parametrize("path", ["/gradio_api/run/ask", "/gradio_api/queue/join"])
def test_a_body_that_json_can_not_repeat_is_refused(
    client: TestClient, path: str, body: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Numbers that aren't finite and halves of characters, too, without a traceback."""
    headers = {"Content-Type": "application/json"}
    response = client.post(path, content=body, headers=headers)
    assert response.status_code in {400, 422}
    assert response.json()["error"]["message"]
    assert not caplog.records

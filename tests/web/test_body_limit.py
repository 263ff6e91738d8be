"""The limit on request bodies."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from chatbot.assistant import Chatbot
from tests.doors import QUESTION, application
from tests.web.refusals import sentence_of

JSON = {"content-type": "application/json"}
TOO_LARGE = {
    "error": {
        "code": "too_large",
        "message": "The request is larger than 1 MB.",
        "next_step": "Send less at once.",
    }
}


@pytest.fixture(scope="module")
def client(demo: Chatbot) -> TestClient:
    return TestClient(application(demo))


def padded(size: int) -> bytes:
    """A question as JSON, padded to a size in bytes."""
    body = json.dumps({"question": QUESTION}).encode()
    return body + b" " * (size - len(body))


@pytest.mark.parametrize("path", ["ask", "retrieve", "feedback", "nowhere"])
def test_a_body_of_more_than_a_megabyte_is_refused(client: TestClient, path: str) -> None:
    """It is refused with a sentence, before parsing; exactly a megabyte is accepted."""
    response = client.post(f"/api/v1/{path}", content=padded(1_000_001), headers=JSON)
    assert (response.status_code, response.json()) == (413, TOO_LARGE)
    response = client.post("/api/v1/ask", content=padded(1_000_000), headers=JSON)
    assert response.status_code == 200


def test_a_body_without_a_declared_size_is_counted(client: TestClient) -> None:
    """It is counted piece by piece, without waiting for the rest."""

    def pieces() -> Iterator[bytes]:
        yield padded(100_000)
        for _ in range(10):
            yield b" " * 100_000

    response = client.post("/api/v1/ask", content=pieces(), headers=JSON)
    assert (response.status_code, response.json()) == (413, TOO_LARGE)


@pytest.mark.parametrize("size", ["9" * 5_000, "1000001"])
def test_a_declared_size_is_enough(client: TestClient, size: str) -> None:
    """It is refused even if nothing follows, and however many digits it has."""
    response = client.post("/api/v1/ask", content=b"{}", headers={**JSON, "content-length": size})
    assert response.status_code == 413


@pytest.mark.parametrize("size", ["", "-1", "x"])
def test_an_invalid_size_is_ignored(client: TestClient, size: str) -> None:
    """The bytes that arrive are counted."""
    response = client.post("/api/v1/ask", content=b"{}", headers={**JSON, "content-length": size})
    assert response.status_code == 422


def test_the_chat_may_send_more(client: TestClient) -> None:
    """A long conversation may have up to two megabytes."""
    address = "/gradio_api/run/page_export"
    assert client.post(address, content=padded(1_000_001), headers=JSON).status_code != 413
    response = client.post(address, content=padded(2_000_001), headers=JSON)
    assert sentence_of(response.json()) == "That's too much at once. Shorten it and try again."

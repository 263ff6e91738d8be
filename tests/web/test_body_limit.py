"""A request is read only as far as it is of a size that anyone has a use for."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from chatbot.assistant import Chatbot
from tests.doors import QUESTION, application

JSON = {"content-type": "application/json"}
TOO_LARGE = {
    "error": "RequestEntityTooLarge",
    "message": "The request has more than 1 MB. Send less at once.",
}


@pytest.fixture(scope="module")
def client(demo: Chatbot) -> TestClient:
    return TestClient(application(demo))


def padded(size: int) -> bytes:
    """A question as JSON of just so many bytes."""
    body = json.dumps({"question": QUESTION}).encode()
    return body + b" " * (size - len(body))


@pytest.mark.parametrize("path", ["ask", "retrieve", "feedback", "nowhere"])
def test_a_body_of_more_than_a_megabyte_is_refused(client: TestClient, path: str) -> None:
    """With a sentence, before it is read as JSON; just a megabyte is not too much."""
    found = client.post(f"/api/v1/{path}", content=padded(1_000_001), headers=JSON)
    assert (found.status_code, found.json()) == (413, TOO_LARGE)
    found = client.post("/api/v1/ask", content=padded(1_000_000), headers=JSON)
    assert found.status_code == 200


def test_a_body_that_does_not_say_its_size_is_counted(client: TestClient) -> None:
    """As it comes in pieces; the rest is not waited for."""

    def pieces() -> Iterator[bytes]:
        yield padded(100_000)
        for _ in range(10):
            yield b" " * 100_000

    found = client.post("/api/v1/ask", content=pieces(), headers=JSON)
    assert (found.status_code, found.json()) == (413, TOO_LARGE)


@pytest.mark.parametrize("size", ["9" * 5_000, "1000001"])
def test_a_size_that_is_claimed_is_believed(client: TestClient, size: str) -> None:
    """Even if nothing follows, and however long the number is."""
    found = client.post("/api/v1/ask", content=b"{}", headers={**JSON, "content-length": size})
    assert found.status_code == 413


@pytest.mark.parametrize("size", ["", "-1", "x"])
def test_a_size_that_is_none_is_not_believed(client: TestClient, size: str) -> None:
    """What comes is counted all the same."""
    found = client.post("/api/v1/ask", content=b"{}", headers={**JSON, "content-length": size})
    assert found.status_code == 422


def test_the_chat_may_send_more(client: TestClient) -> None:
    """A long conversation, that is; and no more than sixteen megabytes of it."""
    address = "/page/export.json"
    assert client.post(address, content=padded(1_000_001), headers=JSON).status_code != 413
    found = client.post(address, content=padded(16_000_001), headers=JSON)
    assert found.json()["message"] == "The request has more than 16 MB. Send less at once."

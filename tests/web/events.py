"""The page's named events, called as its script calls them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi.testclient import TestClient


def post(client: TestClient, event: str, *data: Any, language: str = "en") -> Any:
    """The response to an event of the page."""
    return client.post(f"/gradio_api/run/{event}", json={"data": [*data, language]})


def run(client: TestClient, event: str, *data: Any, language: str = "en") -> Any:
    """What an event of the page returns."""
    response = post(client, event, *data, language=language)
    assert response.status_code == 200, response.text
    return response.json()["data"][0]


def refusal(client: TestClient, event: str, *data: Any, language: str = "en") -> str:
    """The sentence with which an event of the page refuses."""
    response = post(client, event, *data, language=language)
    assert response.status_code == 500
    sentence = response.json()["error"]
    assert isinstance(sentence, str)
    return sentence


def filter_panel(
    client: TestClient,
    filters: Any,
    boxes: Sequence[Any] = (),
    *,
    is_open: bool = True,
    language: str = "en",
) -> Any:
    """The filters and chips that come of the panel's boxes."""
    return run(client, "page_filters", filters, list(boxes), is_open, language=language)

"""Responses are compressed for the server's own page and for programs, and for nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.doors import QUESTION

GZIP = {"accept-encoding": "gzip"}
BROTLI = {"accept-encoding": "gzip, br"}
COOKIE = {"cookie": "__Host-chatbot=x"}
PATHS = ("/", "/documents", "/source/glossary.md", "/api/v1/documents", "/openapi.json")


def encoding(client: TestClient, path: str, headers: dict[str, str]) -> str | None:
    response = client.get(path, headers=headers)
    assert response.status_code == 200
    found: Any = response.headers.get("content-encoding")
    return None if found is None else str(found)


@pytest.mark.parametrize("path", PATHS)
def test_own_pages_and_programs_get_less_to_load(client: TestClient, path: str) -> None:
    """A browser says that it's our page, or that the address was typed; a program has no cookie."""
    plain = client.get(path, headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    for site in ({}, {"sec-fetch-site": "same-origin", **COOKIE}, {"sec-fetch-site": "none"}):
        small = client.get(path, headers=GZIP | site)
        assert small.headers["content-encoding"] == "gzip"
        assert "accept-encoding" in small.headers["vary"].lower()
        assert small.text == plain.text
        assert int(small.headers.get("content-length", 0)) < len(plain.content)


@pytest.mark.parametrize("wanted", [GZIP, BROTLI], ids=["gzip", "brotli"])
@pytest.mark.parametrize("path", PATHS)
def test_what_another_site_can_cause_isnt_compressed(
    client: TestClient, path: str, wanted: dict[str, str]
) -> None:
    """BREACH: a link of theirs chooses words, and the length tells whether a secret has them."""
    link = {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    for site in (
        {"sec-fetch-site": "cross-site", **link},
        {"sec-fetch-site": "same-site", **link, **COOKIE},
        COOKIE,  # a browser that doesn't say where the request comes from
    ):
        assert encoding(client, path, wanted | site) is None


def test_an_answer_is_compressed_and_a_file_isnt(client: TestClient) -> None:
    answer = client.post("/api/v1/ask", json={"question": QUESTION}, headers=GZIP)
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.json()["question"] == QUESTION
    ranged = client.get("/api/v1/documents", headers=GZIP | {"range": "bytes=0-9"})
    assert "content-encoding" not in ranged.headers


def test_a_compressed_document_has_the_same_weak_tag(client: TestClient) -> None:
    tags = {client.get(PATHS[3], headers=each).headers["etag"] for each in (GZIP, {}, COOKIE)}
    assert len(tags) == 1
    assert tags.pop().startswith("W/")

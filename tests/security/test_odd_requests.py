"""Requests that no honest client makes: each gets a status, and an error in the one form."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from chatbot.assistant import Chatbot
from chatbot.ingestion.build_index import build_index
from chatbot.settings import Settings
from chatbot.web.door.responses import Responses
from tests.doors import application
from tests.web.refusals import code_of, sentence_of

JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize("value", ["[::1", "http://[", "\x7f", "a b", "//", "evil.example"])
@pytest.mark.parametrize("header", ["x-forwarded-host", "x-gradio-server", "x-forwarded-proto"])
def test_nobody_tells_the_page_where_it_is(client: TestClient, header: str, value: str) -> None:
    """Gradio would believe these headers, and some of them crash it."""
    response = client.get("/", headers={header: value})
    assert response.status_code == 200
    assert "evil.example" not in response.text


@pytest.mark.parametrize(
    "path",
    [
        f"/page/assets/{'a' * 300}.js",
        f"/page/assets/{'a' * 5_000}.js",
        f"/assets/{'a' * 300}.js",
        "/page/assets/%00.js",
        "/page/assets/..%2Fapp.py",
        "/page/assets/%ff.js",
        f"/source/{'a' * 5_000}",
        f"/api/v1/documents/{'a' * 5_000}",
        "/api/v1/documents/%ff%fe",
        "/source/%ff",
        "/picture/%ff?page=1",
        "/picture/glossary.md?page=99999999999999999999",
        "/..%2f..%2fetc/passwd",
        "//evil.example/%2f..",
        "/gradio_api/run/page_answer%00",
        "/documents/",
    ],
)
def test_an_address_that_leads_nowhere_is_not_found(client: TestClient, path: str) -> None:
    """It isn't a failure of the server, whatever its length and its bytes."""
    response = client.get(path, follow_redirects=False)
    assert response.status_code == 404
    if response.headers["content-type"] == "application/json":
        assert sentence_of(response.json())


GETS = (
    *("/", "/healthz", "/readyz", "/metrics", "/openapi.json", "/documents", "/coverage"),
    *("/api/v1/documents", "/api/v1/documents/glossary.md", "/api/v1/coverage"),
    *("/source/glossary.md", "/page/assets/net.js", "/style/page.css", "/theme.css"),
    "/gradio_api/info",
)
POSTS = ("/api/v1/ask", "/api/v1/retrieve", "/api/v1/feedback", "/gradio_api/run/ask")


@pytest.mark.parametrize("path", GETS)
def test_head_gives_the_headers_of_get(client: TestClient, path: str) -> None:
    """Monitors and link checkers use HEAD."""
    response, full = client.head(path), client.get(path)
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["content-type"] == full.headers["content-type"]


@pytest.mark.parametrize(
    ("allow", "path"),
    [
        *(("GET, OPTIONS, HEAD", path) for path in GETS),
        *(("POST, OPTIONS", path) for path in POSTS),
    ],
)
def test_the_refusal_of_a_method_names_the_right_ones(
    client: TestClient, allow: str, path: str
) -> None:
    """405 with Allow, for methods that exist and those that don't."""
    wrong = {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "X" * 100}
    for method in wrong - {*allow.split(", ")}:
        response = client.request(method, path)
        assert (response.status_code, code_of(response.json())) == (405, "wrong_method")
        assert response.headers["allow"] == allow


@pytest.mark.parametrize("path", ["/config", "/logout", "/login", "/monitoring", "/login_check"])
@pytest.mark.parametrize("prefix", ["", "/gradio_api", "/assets/..", "//"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS", "PUT"])
def test_the_other_routes_of_gradio_are_closed(
    client: TestClient, prefix: str, path: str, method: str
) -> None:
    """Its configuration and its login: this server has its own, or none."""
    response = client.request(method, f"{prefix}{path}", follow_redirects=False)
    assert response.status_code == 404


def test_a_request_keeps_its_id(client: TestClient) -> None:
    """A proxy's id is kept if it is well-formed; nothing else reaches the log or the header."""
    given = {"x-request-id": "trace-1.A_b"}
    assert client.get("/healthz", headers=given).headers["x-request-id"] == "trace-1.A_b"
    ids = set()
    for bad in ("", "a b", "x" * 65, "a\tb", "<script>", "ü"):
        answered = client.get("/healthz", headers={b"x-request-id": bad.encode()})
        ids.add(answered.headers["x-request-id"])
    assert len(ids) == 6
    assert all(len(each) == 32 for each in ids)


def test_a_bug_is_an_error_like_any_other(caplog: pytest.LogCaptureFixture) -> None:
    """It says nothing of the code; the log has the traceback, with the id of the request."""
    app = FastAPI()

    @app.get("/broken")
    def broken() -> None:
        raise RuntimeError("the password is swordfish")

    client = TestClient(Responses(app), raise_server_exceptions=False)
    with caplog.at_level(logging.ERROR):
        response = client.get("/broken", headers={"x-request-id": "mine"})
    assert (response.status_code, code_of(response.json())) == (500, "failed")
    assert "swordfish" not in response.text
    assert "mine" in caplog.text
    assert "swordfish" in caplog.text


NAMES = (
    *(b"a\nb.md", b"a..b.md", b"a..", b"x\ty.md", b"-", b"%2e%2e.md", b"a%0ab.md"),
    *(b"caf\xe9.md", b"\xff\xfe", b"a\\xe9.md", b"a\\..\\b.md"),
)


def test_a_file_of_any_name_is_cited_shown_and_downloaded(settings: Settings) -> None:
    """Names may have line ends, dots, and bytes that aren't UTF-8."""
    for number, name in enumerate(NAMES):
        path = bytes(settings.corpus) + b"/" + name
        Path(os.fsdecode(path)).write_text(f"The radar has part {number}.", "utf-8")
    build_index(settings)
    allowed = settings.model_copy(update={"downloads": True})
    with Chatbot.open(settings=allowed) as chatbot:
        client = TestClient(application(chatbot), raise_server_exceptions=False)
        body = {"question": "Which part has the radar?", "top_k": 20}
        citations = client.post("/api/v1/retrieve", json=body).json()
        assert len({cited["doc_id"] for cited in citations}) == len(NAMES)
        for cited in citations:
            page = client.get(cited["url"])
            assert page.status_code == 200, cited["url"]
            assert '<mark id="evidence">The radar has part' in page.text
            original = client.get(cited["url"].replace("/source/", "/original/"))
            assert (original.status_code, original.text) == (200, cited["quote"]), cited["url"]


@pytest.mark.parametrize("build", ["9" * 300, "9" * 5_000, "a/../b", "..", "\0", "a\n"])
def test_no_build_has_an_odd_name(client: TestClient, build: str) -> None:
    """The name of a build is never a path, and may be longer than the system allows for a file."""
    named = {"build": build}
    for path in ("/source/outlook.md", "/picture/outlook.md", "/original/outlook.md"):
        assert client.get(path, params=named).status_code < 500, path
    thumb = {"question": "x", "doc_id": "outlook.md", "passage_id": "outlook.md#0", "verdict": "up"}
    sent = json.dumps({**thumb, "build": build})
    assert client.post("/api/v1/feedback", content=sent, headers=JSON).status_code in {404, 422}
    for event, data in {
        "page_context": ["outlook.md", 0, 9, build, "en"],
        "page_answer": [{"question": "Who trains with whom?", "build": build}, "en"],
    }.items():
        sent = json.dumps({"data": data})
        answer = client.post(f"/gradio_api/run/{event}", content=sent, headers=JSON)
        assert "Something went wrong" not in answer.text, event

"""Pages of other sites, open in the browser of somebody who can reach this server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from chatbot.access import Role
from tests.doors import QUESTION
from tests.security.entrance import ADDRESS, PASSWORD, entrance, is_in, log_in
from tests.web.refusals import code_of

WRITES: dict[str, Any] = {
    "/api/v1/ask": {"question": QUESTION},
    "/api/v1/feedback": {"question": QUESTION, "doc_id": "", "passage_id": "", "verdict": "up"},
    "/gradio_api/run/ask": {"data": [QUESTION]},
    "/gradio_api/run/page_answer": {"data": [{"question": QUESTION}, "en"]},
    "/gradio_api/queue/join": {"data": [], "fn_index": 0, "session_hash": "x"},
}
FOREIGN: dict[str, dict[str, str]] = {
    "a fetch": {"origin": "http://evil.example", "sec-fetch-site": "cross-site"},
    "another port": {"origin": "http://testserver:3000", "sec-fetch-site": "same-site"},
    "a form": {"origin": "null", "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"},
    "an old browser": {"origin": "http://evil.example"},
    "an old browser, same name": {"origin": "http://testserver:3000"},
    "an old browser's sandbox": {"origin": "null"},
    "a broken origin": {"origin": "http://[::1"},
    "a name within": {"origin": "http://testserver.evil.example"},
}
OWN: dict[str, dict[str, str]] = {
    "a program": {},
    "our page": {"origin": "http://testserver", "sec-fetch-site": "same-origin"},
    "our page, old browser": {"origin": "http://testserver"},
    "our page behind TLS": {"origin": "https://testserver"},
    "a program with a token": {"origin": "app://agent", "authorization": "Bearer x"},
}


@pytest.mark.parametrize("headers", FOREIGN.values(), ids=FOREIGN)
@pytest.mark.parametrize("path", WRITES)
def test_another_site_cannot_write(client: TestClient, path: str, headers: dict[str, str]) -> None:
    """Neither with JSON nor with the content types that need no leave."""
    for kind in ("application/json", "text/plain", "application/x-www-form-urlencoded"):
        sent = {**headers, "content-type": kind}
        response = client.post(path, json=WRITES[path], headers=sent)
        assert (response.status_code, code_of(response.json())) == (403, "other_site")


@pytest.mark.parametrize("headers", OWN.values(), ids=OWN)
def test_our_page_and_programs_can(client: TestClient, headers: dict[str, str]) -> None:
    """A page can add no token without leave, so whoever sends one is no page."""
    response = client.post("/api/v1/ask", json=WRITES["/api/v1/ask"], headers=headers)
    assert response.status_code == 200


@pytest.mark.parametrize("path", [*WRITES, "/", "/api/v1/documents", "/source/glossary.md"])
def test_no_leave_is_given_to_another_site(client: TestClient, path: str) -> None:
    """The question before a write is answered, without a word of CORS."""
    asked = {
        "origin": "http://evil.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type",
        "access-control-request-private-network": "true",
    }
    response = client.options(path, headers=asked)
    assert response.status_code == 204
    assert "OPTIONS" in response.headers["allow"]
    answered = client.get(path, headers={"origin": "http://evil.example"})
    for each in (response, answered):
        assert not [name for name in each.headers if name.startswith("access-control")]


@pytest.mark.parametrize("kind", ["image", "script", "iframe", "empty", "object"])
def test_another_site_cannot_load_what_is_here(client: TestClient, kind: str) -> None:
    """It could measure it, or make this server draw pages; a link to it may be followed."""
    mode = {"iframe": "navigate", "object": "navigate"}.get(kind, "no-cors")
    foreign = {"sec-fetch-site": "cross-site", "sec-fetch-mode": mode, "sec-fetch-dest": kind}
    for path in ("/api/v1/documents", "/picture/glossary.md", "/source/glossary.md", "/"):
        assert client.get(path, headers=foreign).status_code == 403
    link = {**foreign, "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    assert client.get("/source/glossary.md", headers=link).status_code == 200


@pytest.mark.parametrize("path", ["/api/v1/documents", "/healthz", "/gradio_api/info", "/metrics"])
def test_an_answer_is_kept_by_no_cache_and_embedded_by_no_other_site(
    client: TestClient, path: str
) -> None:
    """Errors are treated alike. A tagged answer is checked here each time it is shown again."""
    for response in (client.get(path), client.post(path), client.get(f"{path}/nowhere")):
        is_tagged = "etag" in response.headers
        expected = "private, no-cache" if is_tagged else "no-store"
        assert response.headers["cache-control"] == expected
        assert not is_tagged or path == "/api/v1/documents"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["cross-origin-resource-policy"] == "same-origin"
        assert response.headers["x-request-id"]


def test_the_public_address_is_our_page_behind_a_proxy_that_changes_the_host(
    tmp_path: Path,
) -> None:
    """Its name is served as a Host, and its origin may write and log in under another Host."""
    door = entrance(tmp_path, access="users", public_url=f"{ADDRESS}/")
    door.users.add("anna", PASSWORD, Role.READER, [])
    behind = door.client(base_url="https://127.0.0.1:7860")
    for origin in ("https://chat.example:444", "http://chat.example", "https://evil.example"):
        form = {"name": "anna", "password": PASSWORD, "next": "/"}
        refused = behind.post("/login", data=form, headers={"Origin": origin})
        assert (refused.status_code, code_of(refused.json())) == (403, "other_site")
    assert log_in(behind, "anna").status_code == 303
    assert is_in(behind)
    for host, status in (("chat.example", 200), ("chat.example:443", 200), ("example", 421)):
        assert behind.get("/healthz", headers={"host": host}).status_code == status

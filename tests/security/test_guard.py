"""Attacks on the guard in front of every route."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from chatbot.access import EVERYONE, Person, Role, person_of
from chatbot.access.conditions import check_access
from chatbot.errors import UsageError
from chatbot.settings import load_settings
from chatbot.web.access.guard import Guard
from tests.security.entrance import ADDRESS, PASSWORD, Entrance, entrance, is_in, log_in

# What a stranger gets to see, and nothing else.
OPEN = {"/login", "/logout", "/healthz", "/style/page.css", "/style/overview.css"}
# Gradio's own routes, as far as they have names that don't depend on a session.
GRADIO = [
    *("/", "/account", "/coverage", "/config", "/info", "/theme.css", "/assets/index.js"),
    *("/static/js/x.js", "/app_id"),
    *("/gradio_api/info", "/gradio_api/queue/join", "/gradio_api/queue/data?session_hash=a"),
    *("/gradio_api/run/ask", "/gradio_api/call/ask", "/gradio_api/upload", "/file=/etc/passwd"),
    *("/gradio_api/file=/etc/passwd", "/gradio_api/startup-events", "/monitoring", "/token"),
    *("/gradio_api/heartbeat/a", "/gradio_api/mcp/", "/svelte/a.js", "/page/assets/chat.js"),
    *("/login/", "/healthz/", "//login", "/login/../documents", "/healthz/../openapi.json"),
    *("/style/source.css", "/style/page.css/", "/STYLE/page.css", "/LOGIN", "/%2e%2e/openapi.json"),
]


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Entrance:
    door = entrance(tmp_path_factory.mktemp("guard"), access="users")
    for role in Role:
        door.users.add(role, PASSWORD, role, ["arctic"])
    return door


def paths_of(door: Entrance) -> list[str]:
    """Every documented route, with something in place of its parameters."""
    paths = [re.sub(r"{\w+}", "a.md", path) for path in door.app.openapi()["paths"]]
    return sorted({*paths} - OPEN)


def test_a_stranger_reaches_no_route(door: Entrance) -> None:
    """The API, the pages and Gradio's routes are closed, whatever the method."""
    client = door.client()
    paths = paths_of(door)
    assert {"/api/v1/ask", "/source/a.md", "/original/a.md", "/metrics"} <= {*paths}
    for path in [*paths, *GRADIO]:
        for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"):
            answer = client.request(method, path, headers={"Origin": ADDRESS})
            assert answer.status_code == 401, (method, path)
            assert answer.headers["www-authenticate"] == "Bearer"


def test_a_browser_is_sent_to_the_login(door: Entrance) -> None:
    """After the login it gets the page that it asked for, query included."""
    client = door.client()
    for path in ("/", "/source/a%20b.md?span=1-2", "/documents"):
        answer = client.get(path, headers={"Accept": "text/html"})
        assert answer.status_code == 303, path
        assert answer.headers["location"].startswith("/login?next=%2F")
    assert answer.headers["location"] == "/login?next=%2Fdocuments"


def test_the_login_page_has_all_that_it_loads(door: Entrance) -> None:
    """Its styles are open, and it shows nothing of the documents in any language."""
    client = door.client()
    for language, title in {"en": "Log in", "de": "Anmelden", "fr": "Se connecter"}.items():
        page = client.get("/login", params={"lang": language})
        assert f"<title>{title} – " in page.text
        assert "/documents" not in page.text
        assert "frame-ancestors" in page.headers["content-security-policy"]
        assert page.headers["cache-control"] == "no-store"
    for path in sorted(OPEN - {"/logout"}):
        assert client.get(path).status_code == 200, path


def test_a_websocket_is_closed(door: Entrance) -> None:
    """The application has none, and a stranger's never reaches Gradio's."""
    from starlette.websockets import WebSocketDisconnect

    with pytest.raises(WebSocketDisconnect), door.client().websocket_connect("/queue/join"):
        pass


def test_roles_open_what_is_theirs(door: Entrance) -> None:
    """What's included and the metrics are for curators; a reader sees no link to them."""
    statuses = {}
    for role in Role:
        client = door.client()
        log_in(client, role)
        paths = ("/coverage", "/coverage/", "/api/v1/coverage", "/metrics", "/documents")
        statuses[role] = [client.get(path, follow_redirects=True).status_code for path in paths]
        assert ("/coverage" in client.get("/account").text) == (role is not Role.READER)
        assert is_in(client)
    assert statuses[Role.READER] == [403, 403, 403, 403, 503]
    assert statuses[Role.CURATOR][0] == statuses[Role.ADMIN][0] == 503
    assert 403 not in statuses[Role.CURATOR] + statuses[Role.ADMIN]


def test_no_other_spelling_of_an_address_opens_what_is_for_curators(door: Entrance) -> None:
    """A route may match more than its path: the regular expression `$` allows a line feed."""
    reader, curator = door.client(), door.client()
    log_in(reader, Role.READER)
    log_in(curator, Role.CURATOR)
    endings = [*(f"%{code:02x}" for code in range(33)), "/", "//", "/.", ";", "?", "%3f", "%c2%a0"]
    for path in ("/coverage", "/api/v1/coverage", "/metrics"):
        variants = [path + ending for ending in [*endings, *(f"/{end}" for end in endings)]]
        variants += [f"/{path}", path.upper(), f"/x/..{path}", f"/.{path}", f"/%2e{path}"]
        for variant in variants:
            # What answers a curator, 503 without an index, must not answer a reader.
            if curator.get(variant, follow_redirects=True).status_code != 404:
                status = reader.get(variant, follow_redirects=True).status_code
                assert status in {403, 404} or variant == f"/{path}", (variant, status)


def test_a_reader_gets_a_polite_refusal(door: Entrance) -> None:
    """A browser gets a page, a program gets JSON."""
    client = door.client()
    log_in(client, Role.READER)
    page = client.get("/coverage", headers={"Accept": "text/html", "Accept-Language": "de"})
    assert "Sie dürfen das nicht sehen." in page.text
    assert client.get("/metrics").json()


def test_a_request_cannot_name_its_own_person() -> None:
    """Only the guard puts a person into the scope, and reading it fails without one."""
    with pytest.raises(LookupError):
        person_of({})
    seen: list[Person] = []

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        seen.append(person_of(scope))

    async def nothing(_message: Any = None) -> Any:
        return {"type": "http.request"}

    import asyncio

    guard = Guard(app, lambda _: EVERYONE, "", load_settings())
    scope = {"type": "http", "path": "/", "method": "GET", "headers": [], "query_string": b""}
    asyncio.run(guard({**scope, "chatbot.person": "admin"}, nothing, nothing))
    assert seen == [EVERYONE]
    strict = Guard(app, lambda _: None, "", load_settings())
    asyncio.run(strict({**scope, "chatbot.person": EVERYONE}, nothing, nothing))
    assert len(seen) == 1


def test_without_a_login_everyone_on_this_machine_is_an_admin(tmp_path: Path) -> None:
    """No file is made, and no cookie is set."""
    door = entrance(tmp_path)
    client = door.client("127.0.0.1", base_url="http://127.0.0.1")
    assert client.get("/metrics").status_code == 503
    assert client.get("/login").status_code == 404
    assert not client.cookies
    assert not door.settings.users_file.exists()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "no-such-host.invalid", ""])  # noqa: S104
def test_the_server_shows_itself_to_others_only_with_a_login(host: str) -> None:
    """The other way is to say that it's meant to be open."""
    with pytest.raises(UsageError, match="--open"):
        check_access(load_settings(host=host))
    check_access(load_settings(host=host, open=True))
    check_access(load_settings(host=host, access="users"))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1.2.3", "::1"])
def test_the_loopback_needs_no_login(host: str) -> None:
    check_access(load_settings(host=host))


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"access": "proxy"}, "trusted_proxies"),
        ({"public_url": "chat.example.org"}, "public_url"),
        ({"public_url": "https://[::1"}, "public_url"),
        ({"access": "oidc"}, "oidc_client_id"),
        ({"access": "oidc", "oidc_client_id": "a"}, "oidc_issuer"),
        ({"access": "oidc", "oidc_client_id": "a", "oidc_issuer": "http://a.example"}, "https://"),
        ({"access": "oidc", "oidc_client_id": "a", "oidc_issuer": "file:///a"}, "https://"),
    ],
)
def test_settings_with_which_nobody_could_come_in_are_refused(
    settings: dict[str, str], named: str
) -> None:
    with pytest.raises(UsageError, match=named):
        check_access(load_settings(**settings))


@pytest.mark.parametrize("proxy", ["*", "proxy.example", "10.0.0.0/33", "0"])
def test_a_trusted_proxy_is_an_address(proxy: str) -> None:
    """A name could be forged, and a star would believe everyone."""
    with pytest.raises(UsageError, match="trusted_proxies"):
        load_settings(trusted_proxies=proxy)

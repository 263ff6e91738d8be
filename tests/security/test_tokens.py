"""Attacks with the tokens of programs."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from gradio_client import Client
from gradio_client.exceptions import AppError

from chatbot.access import Role
from chatbot.access.vouched import vouched_person
from chatbot.errors import NotFound, UsageError
from chatbot.web.server import address_of, listening_socket
from tests.security.entrance import PASSWORD, Entrance, entrance, is_in, log_in


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Entrance:
    return entrance(tmp_path_factory.mktemp("tokens"), access="users")


def test_a_person_can_not_take_the_name_of_a_token(door: Entrance) -> None:
    """Whoever is called like a program would own the documents that it has added."""
    for name in ("token:report", "TOKEN:report", " token:report", "ｔｏｋｅｎ：report"):
        with pytest.raises(UsageError, match="token"):
            door.users.add(name, PASSWORD, Role.READER, [])
        with pytest.raises(UsageError, match="token"):
            vouched_person(name, [], door.settings)


def bearer(token: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_token_admits_a_program(door: Entrance) -> None:
    """It needs neither a cookie nor a browser's headers, and may write, too."""
    token = door.tokens.add("nightly", Role.READER, ["trade"], days=1)
    program = door.client(headers=bearer(token))
    assert is_in(program)
    assert program.post("/api/v1/ask", json={"question": "Who?"}).status_code == 503
    assert not program.cookies
    person = door.tokens.person(token)
    assert person
    assert (person.name, person.role, person.groups) == (
        "token:nightly",
        Role.READER,
        frozenset({"trade"}),
    )


def test_a_token_is_revoked_by_the_name_with_which_it_was_added(door: Entrance) -> None:
    """Also if it is stored in another form: some keyboards send an accent separately."""
    for name in ("cafe\N{COMBINING ACUTE ACCENT}", "\N{LATIN SMALL LIGATURE FI}les"):
        token = door.tokens.add(name, Role.READER, [], days=1)
        door.tokens.revoke(name)
        assert not is_in(door.client(headers=bearer(token)))


def test_a_revoked_token_is_worthless_at_once(door: Entrance) -> None:
    token = door.tokens.add("revoked", Role.ADMIN, [], days=1)
    program = door.client(headers=bearer(token))
    assert is_in(program)
    door.tokens.revoke("Revoked")
    assert not is_in(program)
    with pytest.raises(NotFound):
        door.tokens.revoke("revoked")


def test_an_expired_token_is_worthless(door: Entrance) -> None:
    token = door.tokens.add("expired", Role.ADMIN, [], days=-0.001)
    assert not is_in(door.client(headers=bearer(token)))


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Bearer ", "Bearer null", "Bearer chatbot_", "Basic YTpi", "Bearer " + "x" * 9_000],
)
def test_no_other_text_is_a_token(door: Entrance, header: str) -> None:
    assert not is_in(door.client(headers={"Authorization": header}))


def test_the_stored_hash_is_no_token(door: Entrance) -> None:
    """Whoever reads the file can't use what is in it."""
    door.tokens.add("stolen", Role.ADMIN, [], days=1)
    with door.file.reading() as connection:
        assert connection
        hashes = [row[0] for row in connection.execute("SELECT hash FROM tokens")]
    assert hashes
    assert not any(is_in(door.client(headers=bearer(stored))) for stored in hashes)


def test_a_wrong_token_is_not_made_good_by_a_session(door: Entrance) -> None:
    """The token decides who asks, not the session."""
    door.users.add("berta", PASSWORD, Role.ADMIN, [])
    client = door.client()
    log_in(client, "berta")
    assert is_in(client)
    client.headers.update(bearer("chatbot_wrong"))
    assert not is_in(client)


def test_a_token_changes_no_password(door: Entrance) -> None:
    """It belongs to a program, which has no account."""
    token = door.tokens.add("programs", Role.ADMIN, [], days=1)
    program = door.client(headers=bearer(token))
    fields = {"password": PASSWORD, "new": "another long password"}
    assert "another" not in program.post("/account", data=fields).text
    assert "password" not in program.get("/account").text


def test_names_of_tokens_are_unique(door: Entrance) -> None:
    """So revoking a name revokes one token."""
    door.tokens.add("twice", Role.READER, [], days=1)
    with pytest.raises(UsageError, match="already a token"):
        door.tokens.add("TWICE", Role.READER, [], days=1)


@pytest.mark.parametrize("days", [float("nan"), float("inf"), 3_650_000])
def test_a_token_ends_on_a_date_that_can_be_listed(door: Entrance, days: float) -> None:
    """No calendar has the year 12020, and a list that fails hides every other token."""
    with pytest.raises(UsageError, match=r"days\. Choose at most 36,500"):
        door.tokens.add("forever", Role.READER, [], days=days)
    assert "forever" not in [token.name for token in door.tokens.all()]


def test_a_token_works_behind_a_proxy_too(tmp_path: Path) -> None:
    """A program may reach the server directly; only the proxy's headers need the proxy."""
    door = entrance(tmp_path, access="proxy", trusted_proxies="192.0.2.1")
    token = door.tokens.add("direct", Role.READER, [], days=1)
    assert is_in(door.client("203.0.113.1", headers=bearer(token)))
    assert not is_in(door.client("203.0.113.1"))


@contextmanager
def served(door: Entrance) -> Iterator[str]:
    """The application on a free port of the loopback."""
    with listening_socket("127.0.0.1", 0) as listener:
        server = uvicorn.Server(uvicorn.Config(door.app, log_level="error"))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield address_of(listener)
        finally:
            server.should_exit = True
            thread.join()


def test_gradios_client_comes_in_with_a_token(door: Entrance) -> None:
    """It isn't admitted without one. Events answer as they do without a login."""
    headers = bearer(door.tokens.add("gradio", Role.READER, [], days=1))
    with served(door) as address:
        client = Client(address, headers=dict(headers), verbose=False, analytics_enabled=False)
        with pytest.raises(AppError, match="No index at"):
            client.predict(api_name="/documents")
        with pytest.raises(Exception, match=r"401|Could not"):
            Client(address, verbose=False, analytics_enabled=False)

"""Attacks on logging in at an OIDC provider; the provider is a real one on the loopback."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from joserfc import jwt
from joserfc.jwk import RSAKey

from chatbot.access import Person, Role
from chatbot.access.sessions import Sessions
from tests.security.entrance import ADDRESS, OWN, Entrance, entrance, is_in
from tests.security.provider import Forge, describe, log_in_at, man_in_the_middle, provider

STRANGERS_KEY = RSAKey.generate_key(2048)
ANNA: dict[str, Any] = {"preferred_username": "Anna", "groups": ["arctic", "editors"]}


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with provider() as address:
        yield address


def door_to(issuer: str, folder: Path) -> Entrance:
    """An application that trusts a provider."""
    return entrance(
        folder,
        access="oidc",
        oidc_issuer=issuer,
        oidc_client_id="chatbot",
        oidc_client_secret="shared",  # noqa: S106
        curator_group="editors",
        admin_group="staff",
    )


@pytest.fixture(scope="module")
def door(issuer: str, tmp_path_factory: pytest.TempPathFactory) -> Entrance:
    describe(issuer, "subject-1", **ANNA)
    return door_to(issuer, tmp_path_factory.mktemp("oidc"))


def begin(client: TestClient, following: str = "/documents") -> str:
    """Start a login; the address of the provider's page."""
    return str(client.get("/login/oidc", params={"next": following}).headers["location"])


def log_in(client: TestClient, subject: str, following: str = "/documents") -> Response:
    """Log in as the browser does, from the start to the way back."""
    reply: Response = client.get(log_in_at(begin(client, following), subject))
    return reply


def persons(door: Entrance) -> dict[str, Person]:
    """Who is known, as their next session would show them."""
    sessions = Sessions(door.file, hours=1)
    people = [sessions.person(sessions.start(user.name)) for user in door.users.all()]
    return {person.name: person for person in people if person}


def test_a_person_logs_in_at_the_provider(door: Entrance) -> None:
    """Name, role and groups come from the claims; the page that was asked for opens."""
    client = door.client()
    page = client.get("/documents", headers={"Accept": "text/html"})
    assert page.headers["location"] == "/login/oidc?next=%2Fdocuments"
    done = log_in(client, "subject-1")
    assert (done.status_code, done.headers["location"]) == (303, "/documents")
    assert is_in(client)
    expected = Person("anna", Role.CURATOR, frozenset({"arctic", "editors"}))
    assert persons(door)["anna"] == expected
    client.post("/logout", headers=OWN)
    assert not is_in(client)
    assert "/login/oidc" in client.get("/login").text


def test_the_request_has_state_nonce_and_pkce(door: Entrance) -> None:
    """They are new for each login, and the way back leads to this server only."""
    requests = [parse_qs(urlsplit(begin(door.client())).query) for _ in range(2)]
    for request in requests:
        assert request["redirect_uri"] == [f"{ADDRESS}/login/oidc/callback"]
        assert request["code_challenge_method"] == ["S256"]
    for name in ("state", "nonce", "code_challenge"):
        assert requests[0][name] != requests[1][name]


def test_the_way_back_of_a_stranger_logs_nobody_in(door: Entrance) -> None:
    """Login CSRF: the state belongs to the browser that began."""
    mallory, victim = door.client(), door.client()
    back = log_in_at(begin(mallory), "subject-1")
    begin(victim)
    assert victim.get(back).status_code == 403
    assert not is_in(victim)
    assert victim.get("/login/oidc/callback").status_code == 403
    assert victim.get("/login/oidc/callback?code=a&state=b").status_code == 403
    assert victim.get("/login/oidc/callback?error=access_denied").status_code == 403


def test_a_stranger_writes_no_line_of_their_own_into_the_log(
    door: Entrance, caplog: pytest.LogCaptureFixture
) -> None:
    """The way back needs no login, and names the error that the provider has found."""
    forged = "no\nWARNING: mallory is an admin now\x1b[2J" + "!" * 9_000
    with caplog.at_level(logging.WARNING, "chatbot"):
        door.client().get(
            "/login/oidc/callback", params={"error": "x", "error_description": forged}
        )
    (line,) = (record.getMessage() for record in caplog.records)
    assert "mallory" in line
    assert line.isprintable()
    assert len(line) < 1_000


def test_a_way_back_works_once(door: Entrance) -> None:
    """Whoever finds it in a history or a log can't use it again."""
    client = door.client()
    back = log_in_at(begin(client), "subject-1")
    cookie = client.cookies["__Host-chatbot"]
    assert client.get(back).status_code == 303
    thief = door.client()
    thief.cookies.set("__Host-chatbot", cookie, domain="chat.example", path="/")
    assert thief.get(back).status_code == 403
    assert not is_in(thief)


def test_the_login_makes_a_new_session(door: Entrance) -> None:
    """Session fixation: the cookie from before the login is worth nothing after it."""
    client = door.client()
    back = log_in_at(begin(client), "subject-1")
    planted = client.cookies["__Host-chatbot"]
    client.get(back)
    mallory = door.client()
    mallory.cookies.set("__Host-chatbot", planted, domain="chat.example", path="/")
    assert not is_in(mallory)
    assert is_in(client)


@pytest.mark.parametrize("following", ["https://evil.example", "//evil.example", "/\\evil.example"])
def test_a_login_at_the_provider_leads_nowhere_else(door: Entrance, following: str) -> None:
    """Open redirect: the next page is on this server."""
    assert log_in(door.client(), "subject-1", following).headers["location"] == "/"


def test_another_account_with_the_same_name_is_another_person(door: Entrance, issuer: str) -> None:
    """Providers let people choose such names; the subject is what stays."""
    log_in(door.client(), "subject-1")
    describe(issuer, "subject-2", preferred_username="ANNA", groups=["staff"])
    client = door.client()
    assert log_in(client, "subject-2").status_code == 403
    assert not is_in(client)
    assert persons(door)["anna"].role is Role.CURATOR


def test_a_disabled_person_is_out_and_stays_out(door: Entrance, issuer: str) -> None:
    """It doesn't help that the provider lets them in."""
    describe(issuer, "subject-3", preferred_username="carl", groups=["staff"])
    client = door.client()
    log_in(client, "subject-3")
    assert is_in(client)
    door.users.set_disabled("carl", disabled=True)
    assert not is_in(client)
    assert log_in(client, "subject-3").status_code == 403


def test_a_disabled_person_stays_out_under_another_name(door: Entrance, issuer: str) -> None:
    """Many providers let people change their name."""
    describe(issuer, "subject-7", preferred_username="fred", groups=["staff"])
    client = door.client()
    log_in(client, "subject-7")
    door.users.set_disabled("fred", disabled=True)
    describe(issuer, "subject-7", preferred_username="frederick", groups=["staff"])
    assert log_in(client, "subject-7").status_code == 403
    assert not is_in(client)
    door.users.set_disabled("fred", disabled=False)
    log_in(client, "subject-7")
    assert is_in(client)


def test_groups_are_those_of_the_last_login(door: Entrance, issuer: str) -> None:
    """A right that was taken away at the provider is gone with the next login."""
    for groups, role in ((["staff"], Role.ADMIN), ("editors", Role.CURATOR), (None, Role.READER)):
        describe(issuer, "subject-4", preferred_username="dora", groups=groups)
        log_in(door.client(), "subject-4")
        assert persons(door)["dora"].role is role


@pytest.mark.parametrize("name", ["", "a b", None, 7, ["anna"], "x" * 101])
def test_claims_without_a_usable_name_admit_nobody(
    door: Entrance, issuer: str, name: object
) -> None:
    describe(issuer, "subject-5", preferred_username=name)
    assert log_in(door.client(), "subject-5").status_code == 403


def test_passwords_are_not_asked_for(door: Entrance) -> None:
    """A user with a password from before can't use it here."""
    door.users.add("before", "correct horse battery", Role.ADMIN, [])
    client = door.client()
    client.get("/login")
    fields = {"name": "before", "password": "correct horse battery"}
    client.post("/login", data=fields, headers=OWN)
    assert not is_in(client)


def _forged(changes: dict[str, Any]) -> Forge:
    """A token with other claims, signed by a stranger."""

    def forge(token: str) -> str:
        return jwt.encode({"alg": "RS256"}, {**_claims_of(token), **changes}, STRANGERS_KEY)

    return forge


def _claims_of(token: str) -> dict[str, Any]:
    body = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return claims


def _unsigned(token: str) -> str:
    header = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    return f"{header}.{token.split('.')[1]}."


FORGERIES: dict[str, Forge] = {
    "no token": lambda _: "",
    "not a token": lambda _: "a.b.c",
    "unsigned": _unsigned,
    "cut signature": lambda token: token[:-8],
    "signed by a stranger": _forged({}),
    "for another subject": _forged({"sub": "subject-9"}),
}


class Middle(NamedTuple):
    """An application that reaches the provider through someone who replaces its tokens."""

    door: Entrance
    forge: list[Forge]


@pytest.fixture(scope="module")
def middle(issuer: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Middle]:
    forge: list[Forge] = [str]

    def current(token: str) -> str:
        return forge[0](token)

    with man_in_the_middle(issuer, current) as address:
        yield Middle(door_to(address, tmp_path_factory.mktemp("middle")), forge)


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_token_admits_nobody(middle: Middle, issuer: str, forgery: str) -> None:
    """Signature and algorithm are checked against the provider's keys."""
    describe(issuer, "subject-1", **ANNA)
    middle.forge[0] = FORGERIES[forgery]
    client = middle.door.client()
    assert log_in(client, "subject-1").status_code == 403
    assert not is_in(client)


def test_a_token_of_an_earlier_login_admits_nobody(middle: Middle, issuer: str) -> None:
    """Only its nonce is wrong, because it was genuine in the first login."""
    describe(issuer, "subject-1", **ANNA)
    first: list[str] = []

    def replay(token: str) -> str:
        first.append(token)
        return first[0]

    middle.forge[0] = replay
    assert log_in(middle.door.client(), "subject-1").status_code == 303
    assert log_in(middle.door.client(), "subject-1").status_code == 403


def test_a_provider_that_is_down_is_said_to_be(tmp_path: Path) -> None:
    """People soon get a page that says so."""
    door = door_to("http://localhost:9", tmp_path)
    answer = door.client().get("/login/oidc")
    assert answer.status_code == 502
    assert "The login failed." in answer.text

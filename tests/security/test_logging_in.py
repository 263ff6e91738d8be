"""Attacks on logging in with a password, and on sessions."""

from __future__ import annotations

import re
import stat
import statistics
import time
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from itsdangerous import TimestampSigner

from chatbot.access import Role
from chatbot.access.attempts import Attempts
from chatbot.access.sessions import Sessions
from chatbot.access.users import Users
from chatbot.web.access.login_pages import local_path
from tests.security.entrance import (
    ADDRESS,
    OWN,
    PASSWORD,
    WRONG,
    Entrance,
    entrance,
    is_in,
    log_in,
    plant,
)

COOKIE = "__Host-chatbot"


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Entrance:
    """Users with passwords."""
    return entrance(tmp_path_factory.mktemp("users"), access="users")


@pytest.fixture
def anna(door: Entrance) -> Iterator[str]:
    """A user of this test alone, and no memory of failed attempts."""
    name = f"anna{time.monotonic_ns()}"
    door.users.add(name, PASSWORD, Role.READER, ["arctic"])
    with door.file.writing() as connection:
        connection.execute("DELETE FROM attempts")
    yield name
    with door.file.writing() as connection:
        connection.execute("DELETE FROM users")
        connection.execute("DELETE FROM sessions")


def test_a_user_logs_in_and_out(door: Entrance, anna: str) -> None:
    """The page that was asked for opens after the login; nothing does after the logout."""
    client = door.client()
    refused = client.get("/documents?q=radar", headers={"Accept": "text/html"})
    assert refused.headers["location"] == "/login?next=%2Fdocuments%3Fq%3Dradar"
    done = log_in(client, anna, following="/documents?q=radar")
    assert (done.status_code, done.headers["location"]) == (303, "/documents?q=radar")
    assert is_in(client)
    out = client.post("/logout", headers=OWN)
    assert out.headers["clear-site-data"] == '"cache", "storage"'
    assert not is_in(client)


def test_the_cookie_of_a_logout_is_worthless(door: Entrance, anna: str) -> None:
    """A copy of the cookie stops working, too."""
    client = door.client()
    log_in(client, anna)
    copied = client.cookies[COOKIE]
    client.post("/logout", headers=OWN)
    thief = door.client()
    plant(thief, copied)
    assert not is_in(thief)


def test_a_session_survives_a_restart(tmp_path: Path) -> None:
    """A second process over the same file knows the first one's sessions."""
    first, second = (entrance(tmp_path, access="users") for _ in range(2))
    first.users.add("anna", PASSWORD, Role.READER, [])
    client = first.client()
    log_in(client, "anna")
    restarted = second.client()
    restarted.cookies = client.cookies
    assert is_in(restarted)


def test_the_cookie_is_kept_from_scripts_other_sites_and_plain_connections(
    door: Entrance, anna: str
) -> None:
    """`__Host-` makes browsers refuse one that another host of the domain has set."""
    header = log_in(door.client(), anna).headers["set-cookie"]
    name, *flags = [part.strip().lower() for part in header.split(";")]
    assert name.startswith(f"{COOKIE.lower()}=")
    assert {"httponly", "secure", "samesite=lax", "path=/"} <= set(flags)
    assert not any(flag.startswith("domain") for flag in flags)


def test_a_session_that_a_stranger_has_planted_is_not_continued(door: Entrance, anna: str) -> None:
    """Session fixation: the victim's login makes a new session, and ends the planted one."""
    door.users.add(f"mallory-{anna}", PASSWORD, Role.READER, [])
    mallory, victim = door.client(), door.client()
    log_in(mallory, f"mallory-{anna}")
    planted = mallory.cookies[COOKIE]
    plant(victim, planted)
    log_in(victim, anna)
    assert victim.cookies[COOKIE] != planted
    assert is_in(victim)
    assert not is_in(mallory)


def test_a_stranger_learns_no_session_from_the_login_page(door: Entrance, anna: str) -> None:
    """The cookie from before the login, planted or copied, never becomes a session."""
    mallory = door.client()
    mallory.get("/login")
    planted = mallory.cookies[COOKIE]
    victim = door.client()
    plant(victim, planted)
    log_in(victim, anna)
    assert not is_in(mallory)


@pytest.mark.parametrize("forged", ["", "null", "e30=", "x" * 5_000, "{}", "eyJpZCI6IDF9.a.b"])
def test_a_forged_cookie_is_no_session(door: Entrance, forged: str) -> None:
    """Cookies are signed, and hold only the secret of a stored session."""
    client = door.client()
    plant(client, forged)
    assert not is_in(client)


def test_a_cookie_signed_with_another_key_is_no_session(door: Entrance, anna: str) -> None:
    """It isn't one even with the secret of a real session."""
    secret = Sessions(door.file, hours=1).start(anna)
    text = b64encode(b'{"id": "' + secret.encode() + b'"}')
    client = door.client()
    plant(client, TimestampSigner("guessed").sign(text).decode())
    assert not is_in(client)


@pytest.mark.parametrize("change", ["password", "disabled"])
def test_a_login_under_way_does_not_outlive_a_change(
    door: Entrance, anna: str, change: str
) -> None:
    """Whoever logs in without a pause with a stolen password is out once it's changed."""
    thief = door.client()
    thief.get("/login")
    checked = Users.with_password

    def changed_meanwhile(users: Users, name: str, password: str) -> Any:
        login = checked(users, name, password)
        if change == "password":
            users.set_password(anna, "another four random words")
        else:
            users.set_disabled(anna, disabled=True)
        return login

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Users, "with_password", changed_meanwhile)
        answer = log_in(thief, anna)
    door.users.set_disabled(anna, disabled=False)
    assert answer.status_code == 403
    assert not is_in(thief)


def test_a_thief_does_not_change_a_password_that_was_just_changed(
    door: Entrance, anna: str
) -> None:
    """The change that comes first counts, and the other's session ends."""
    thief = door.client()
    log_in(thief, anna)
    checked = Users.with_password

    def changed_meanwhile(users: Users, name: str, password: str) -> Any:
        login = checked(users, name, password)
        users.set_password(anna, "another four random words")
        return login

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Users, "with_password", changed_meanwhile)
        fields = {"password": PASSWORD, "new": "the words of the thief"}
        answer = thief.post("/account", data=fields, headers=OWN)
    assert answer.status_code == 403
    assert not is_in(thief)
    assert door.users.with_password(anna, "the words of the thief") is None
    assert door.users.with_password(anna, "another four random words")


def test_a_session_ends_after_its_hours(door: Entrance, anna: str) -> None:
    """The server's own copy expires, whatever the browser keeps."""
    assert Sessions(door.file, hours=1).person(Sessions(door.file, hours=1).start(anna))
    ended = Sessions(door.file, hours=-1).start(anna)
    assert Sessions(door.file, hours=1).person(ended) is None


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://chat.example.evil.example"},
        {"Origin": "https://["},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": ADDRESS},
    ],
)
def test_no_other_site_writes_with_a_readers_session(
    door: Entrance, anna: str, headers: dict[str, str]
) -> None:
    """CSRF: a write needs a browser's word that it comes from this server's own page."""
    client = door.client()
    log_in(client, anna)
    question = {"question": "What did the radar cost?"}
    for path in ("/api/v1/ask", "/gradio_api/run/ask", "/account"):
        # 403 from what stands before the guard; 401 if the browser says nothing.
        assert client.post(path, json=question, headers=headers).status_code in {401, 403}, path
    assert client.post("/logout", headers=headers).status_code == 403
    fields = {"name": anna, "password": PASSWORD}
    assert client.post("/login", data=fields, headers=headers).status_code == 403
    assert is_in(client)
    assert client.post("/api/v1/ask", json=question, headers=OWN).status_code == 503


def test_a_login_without_the_pages_cookie_is_refused(door: Entrance, anna: str) -> None:
    """No other site logs a reader in as someone else; and a browser without cookies is told."""
    client = door.client()
    answer = client.post("/login", data={"name": anna, "password": PASSWORD}, headers=OWN)
    assert answer.status_code == 403
    assert "cookie" in answer.text


@pytest.mark.parametrize(
    "following",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/x\r\nSet-Cookie: a=b",
        "http:evil.example",
        "///evil.example",
        "/login?next=/",
        " //evil.example",
        "",
    ],
)
def test_a_login_leads_nowhere_else(door: Entrance, anna: str, following: str) -> None:
    """Open redirect: the next page is on this server."""
    assert local_path(following) == "/"
    client = door.client()
    assert log_in(client, anna, following=following).headers["location"] == "/"
    page = client.get("/login", params={"next": following}).text
    assert "evil" not in page


def test_failures_slow_a_name_down(door: Entrance, anna: str) -> None:
    """After five, each wrong password doubles the wait; the right one doesn't help meanwhile."""
    client = door.client()
    statuses = [log_in(client, anna, WRONG).status_code for _ in range(6)]
    assert statuses == [403] * 5 + [429]
    refused = log_in(door.client("203.0.113.9"), anna)
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) >= 1
    assert not is_in(client)


def test_delays_grow_and_are_forgotten_after_a_success(door: Entrance, anna: str) -> None:
    """A name waits up to a minute, an address up to a quarter of an hour."""
    attempts = Attempts(door.file)
    waits = []
    for number in range(10):
        attempts.begin(anna, f"192.0.2.{number}")
        with door.file.writing() as connection:
            ((following,),) = connection.execute(
                "SELECT max(next) - max(last) FROM attempts WHERE failures = ?", (number + 1,)
            )
            connection.execute("UPDATE attempts SET next = 0")
        waits.append(round(following))
    assert waits[:10] == [0, 0, 0, 0, 5, 10, 20, 40, 60, 60]
    attempts.succeed(anna, "192.0.2.1")
    assert attempts.begin(anna, "192.0.2.2") == 0
    assert attempts.begin(anna, "192.0.2.2") == 0


def test_a_corrected_clock_locks_nobody_out(
    door: Entrance, anna: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine may start with a clock that is years ahead."""
    attempts = Attempts(door.file)
    with monkeypatch.context() as patch:
        ahead = time.time() + 400 * 86_400
        patch.setattr("chatbot.access.attempts.time.time", lambda: ahead)
        assert [attempts.begin(anna, "192.0.2.1") > 0 for _ in range(6)] == [False] * 5 + [True]
    assert attempts.begin(anna, "192.0.2.1") == 0


def test_an_address_that_tries_many_names_is_slowed_down(door: Entrance, anna: str) -> None:
    """Password spraying; IPv6 addresses count by their network."""
    attempts = Attempts(door.file)
    results = [attempts.begin(f"name{number}", "2001:db8::/64") for number in range(25)]
    assert results[:20] == [0.0] * 20
    assert all(results[20:])
    client = door.client("2001:db8::1234")
    assert log_in(client, anna).status_code == 429


def test_many_guesses_at_once_are_not_checked_together(door: Entrance, anna: str) -> None:
    """An attempt counts before its password is checked."""
    attempts = Attempts(door.file)
    with ThreadPoolExecutor(8) as threads:
        waits = list(threads.map(lambda _: attempts.begin(anna, "192.0.2.1"), range(24)))
    assert waits.count(0.0) == 5


def test_an_unknown_name_takes_as_long_as_a_wrong_password(door: Entrance, anna: str) -> None:
    """Timing tells nobody who has an account, disabled ones included."""
    door.users.add(f"gone-{anna}", PASSWORD, Role.READER, [])
    door.users.set_disabled(f"gone-{anna}", disabled=True)

    def seconds(name: str) -> float:
        times = []
        for _ in range(5):
            begin = time.perf_counter()
            assert door.users.with_password(name, WRONG) is None
            times.append(time.perf_counter() - begin)
        return statistics.median(times)

    seconds(anna)
    known, unknown, disabled = seconds(anna), seconds("nobody"), seconds(f"gone-{anna}")
    assert 0.5 < unknown / known < 2
    assert 0.5 < disabled / known < 2


def test_a_refusal_doesnt_say_who_has_an_account(door: Entrance, anna: str) -> None:
    """The page is the same for an unknown name, a wrong password and a disabled user."""
    door.users.add(f"gone-{anna}", PASSWORD, Role.READER, [])
    door.users.set_disabled(f"gone-{anna}", disabled=True)
    answers = [log_in(door.client(), name, WRONG) for name in (anna, "nobody")]
    answers.append(log_in(door.client(), f"gone-{anna}"))
    pages = [re.sub('value="[^"]*"', "", answer.text) for answer in answers]
    assert len({*pages}) == 1
    assert {answer.status_code for answer in answers} == {403}


def test_disabling_a_user_ends_a_live_session(door: Entrance, anna: str) -> None:
    """At the next request, without a restart; enabling doesn't bring the session back."""
    client = door.client()
    log_in(client, anna)
    assert is_in(client)
    door.users.set_disabled(anna, disabled=True)
    assert not is_in(client)
    assert log_in(door.client(), anna).status_code == 403
    door.users.set_disabled(anna, disabled=False)
    assert not is_in(client)
    assert log_in(client, anna).status_code == 303


def test_a_new_role_counts_from_the_next_request_on(door: Entrance, anna: str) -> None:
    """Users are changed while the server runs."""
    client = door.client()
    log_in(client, anna)
    assert client.get("/metrics").status_code == 403
    door.users.change(anna, Role.CURATOR, None)
    assert client.get("/metrics").status_code == 503
    door.users.change(anna, Role.READER, ["trade"])
    assert client.get("/metrics").status_code == 403
    assert "trade" in client.get("/account").text


def test_a_new_password_ends_all_sessions_but_the_one_that_set_it(
    door: Entrance, anna: str
) -> None:
    """The old password is needed for it."""
    client, thief = door.client(), door.client()
    log_in(client, anna)
    log_in(thief, anna)
    change = {"password": WRONG, "new": "a new password of mine"}
    assert client.post("/account", data=change, headers=OWN).status_code == 403
    short = {"password": PASSWORD, "new": "short"}
    assert client.post("/account", data=short, headers=OWN).status_code == 403
    assert is_in(thief)
    change["password"] = PASSWORD
    assert client.post("/account", data=change, headers=OWN).status_code == 200
    assert is_in(client)
    assert not is_in(thief)
    assert log_in(door.client(), anna).status_code == 403
    assert log_in(door.client(), anna, "a new password of mine").status_code == 303


def test_a_file_that_cant_be_read_lets_nobody_in(tmp_path: Path) -> None:
    """The server says so, and answers the monitor."""
    door = entrance(tmp_path, access="users")
    door.users.add("anna", PASSWORD, Role.ADMIN, [])
    client = door.client()
    log_in(client, "anna")
    door.settings.users_file.write_bytes(b"not a database at all" * 100)
    answer = client.get("/openapi.json")
    assert answer.status_code == 503
    assert "access file" in answer.text
    assert client.get("/healthz").status_code == 200
    door.settings.users_file.unlink()
    assert client.get("/openapi.json").status_code == 401


def test_the_access_file_is_private_and_has_no_secrets_in_plain(door: Entrance, anna: str) -> None:
    """Mode 0600, its journal too; passwords, tokens and sessions only as hashes."""
    secret = Sessions(door.file, hours=1).start(anna)
    token = door.tokens.add(f"t-{anna}", Role.READER, [], days=1)
    log_in(door.client(), WRONG, WRONG)
    folder = door.settings.users_file.parent
    files = [*folder.glob("index-access.sqlite*")]
    content = b"".join(file.read_bytes() for file in files)
    for text in (PASSWORD, WRONG, secret, token, token.removeprefix("chatbot_")):
        assert text.encode() not in content
    assert re.search(rb"\$argon2id\$v=19\$m=65536,t=3,p=4\$", content)
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_login_form_is_small(door: Entrance) -> None:
    """A long one is refused before it is parsed or hashed."""
    client = door.client()
    client.get("/login")
    long = {"name": "anna", "password": "x" * 30_000}
    assert client.post("/login", data=long, headers=OWN).status_code == 413
    many = {f"field{number}": "x" for number in range(500)}
    assert client.post("/login", data=many, headers=OWN).status_code == 403


def test_names_differ_by_more_than_their_case(door: Entrance, anna: str) -> None:
    """Another case or Unicode form of a name is the same user, so it can't be added."""
    assert log_in(door.client(), anna.upper()).status_code == 303
    with pytest.raises(Exception, match="already a user"):
        door.users.add(anna.title(), PASSWORD, Role.READER, [])

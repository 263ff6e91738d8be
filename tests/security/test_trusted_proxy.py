"""Attacks with the headers of a proxy."""

from __future__ import annotations

import pytest

from chatbot.access import Person, Role, person_of
from chatbot.web.access.proxy import Proxies, proxied_person
from tests.security.entrance import Entrance, entrance, is_in

PROXY = "192.0.2.1"


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Entrance:
    return entrance(
        tmp_path_factory.mktemp("proxy"),
        access="proxy",
        trusted_proxies=f"{PROXY}, 10.1.0.0/16, 2001:db8::/64",
        curator_group="editors",
        admin_group="staff",
    )


@pytest.mark.parametrize("proxy", [PROXY, "10.1.200.7", "2001:db8::5", f"::ffff:{PROXY}"])
def test_a_trusted_proxy_names_the_person(door: Entrance, proxy: str) -> None:
    """The proxy may be given as an address or a network, and connect by IPv4 in IPv6 form."""
    assert is_in(door.client(proxy, headers={"X-Forwarded-User": "anna"}))


@pytest.mark.parametrize(
    "address", ["192.0.2.2", "10.2.0.1", "127.0.0.1", "::1", "testclient", "2001:db8:1::5", ""]
)
def test_nobody_else_can_name_a_person(door: Entrance, address: str) -> None:
    """A name from another address doesn't count, whatever the headers say about the client."""
    headers = {
        "X-Forwarded-User": "anna",
        "X-Forwarded-Groups": "staff",
        "X-Forwarded-For": PROXY,
        "X-Real-IP": PROXY,
        "Forwarded": f"for={PROXY}",
    }
    assert not is_in(door.client(address, headers=headers))


def test_a_proxy_that_names_nobody_admits_nobody(door: Entrance) -> None:
    """Nor does an empty name, or one that could be taken for something else."""
    for name in ("", " ", "a b", "a\tb", "x" * 101):
        assert not is_in(door.client(PROXY, headers={"X-Forwarded-User": name}))
    assert not is_in(door.client(PROXY))
    assert not is_in(door.client(PROXY, headers={"X_Forwarded_User": "anna"}))


def test_two_names_are_none(door: Entrance) -> None:
    """One of them may come from the client."""
    client = door.client(PROXY)
    twice = [("X-Forwarded-User", "anna"), ("x-forwarded-user", "admin")]
    assert client.get("/openapi.json", headers=twice).status_code == 401
    groups = [("X-Forwarded-User", "anna"), *[("X-Forwarded-Groups", "staff")] * 2]
    assert client.get("/openapi.json", headers=groups).status_code == 401


@pytest.mark.parametrize(
    ("groups", "role", "allowed"),
    [
        ("", Role.READER, frozenset()),
        ("arctic, trade,,", Role.READER, frozenset({"arctic", "trade"})),
        ("editors,arctic", Role.CURATOR, frozenset({"editors", "arctic"})),
        ("arctic,staff", Role.ADMIN, None),
        ("Staff,STAFF,staffs", Role.READER, frozenset({"Staff", "STAFF", "staffs"})),
    ],
)
def test_groups_decide_the_role(
    door: Entrance, groups: str, role: Role, allowed: frozenset[str] | None
) -> None:
    """A group has to match letter by letter."""
    headers = [(b"x-forwarded-user", b"Anna"), (b"x-forwarded-groups", groups.encode())]
    scope = {"type": "http", "headers": headers, "chatbot.from_proxy": True}
    assert proxied_person(scope, door.settings) == Person("anna", role, allowed)


def test_empty_group_settings_make_nobody_an_admin(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """The defaults are empty, and a header may have an empty group."""
    door = entrance(tmp_path_factory.mktemp("plain"), access="proxy", trusted_proxies=PROXY)
    client = door.client(PROXY, headers={"X-Forwarded-User": "a", "X-Forwarded-Groups": ",, ,"})
    assert is_in(client)
    assert client.get("/metrics").status_code == 403


async def _nothing(*_: object) -> dict[str, str]:
    return {}


@pytest.mark.parametrize(("peer", "client"), [(PROXY, "203.0.113.5"), ("203.0.113.9",) * 2])
def test_the_clients_address_comes_from_a_trusted_proxy_only(peer: str, client: str) -> None:
    """Limits by address would otherwise be those of the proxy, or forged."""
    import asyncio

    scope = {
        "type": "http",
        "scheme": "http",
        "client": (peer, 1),
        "headers": [(b"x-forwarded-for", b"203.0.113.5"), (b"x-forwarded-proto", b"https")],
    }

    async def app(*_: object) -> None:
        return None

    asyncio.run(Proxies(app, [PROXY])(scope, _nothing, _nothing))  # type: ignore[arg-type]
    assert scope["client"][0] == client
    assert scope["scheme"] == ("https" if peer == PROXY else "http")
    with pytest.raises(LookupError):
        person_of(scope)

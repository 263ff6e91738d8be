"""The doors of agents have the guard of every other route in front of them."""

from __future__ import annotations

import pytest
from mcp import Client

from chatbot.access import Role
from tests.security.entrance import Entrance, entrance
from tests.web.agents.hosts import over_http

SEARCH = "/v1/vector_stores/current/search"
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Entrance:
    return entrance(tmp_path_factory.mktemp("agents"), access="users")


async def tools(client: Client) -> list[str]:
    return [tool.name for tool in (await client.list_tools()).tools]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_an_agent_needs_a_token(door: Entrance, mode: str) -> None:
    token = door.tokens.add(f"agent-{mode}", Role.READER, ["trade"], days=1)
    admitted = {"authorization": f"Bearer {token}"}
    stranger: dict[str, str] = {}
    assert "search" in over_http(door.app, tools, mode=mode, headers=admitted)
    door.tokens.revoke(f"agent-{mode}")
    for headers in (admitted, stranger):
        with pytest.raises(ExceptionGroup):
            over_http(door.app, tools, mode=mode, headers=headers)


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
def test_a_stranger_learns_nothing_of_the_tools(door: Entrance, method: str) -> None:
    for path in ("/mcp", SEARCH):
        response = door.client().request(method, path, json=PING)
        assert response.status_code == 401
        assert response.headers["www-authenticate"] == "Bearer"


def test_a_program_searches_with_its_token(door: Entrance) -> None:
    token = door.tokens.add("search", Role.READER, [], days=1)
    body = {"query": "radar"}
    admitted = door.client(headers={"Authorization": f"Bearer {token}"}).post(SEARCH, json=body)
    assert admitted.status_code == 503  # without an index
    assert door.client().post(SEARCH, json=body).status_code == 401

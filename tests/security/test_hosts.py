"""DNS rebinding: a page whose own name leads here must not read this server as its own."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.types import Message, Scope

from chatbot.web.door.hosts import Hosts
from tests.web.refusals import code_of

FOREIGN = (
    *("evil.example", "evil.example:7860", "localhost.evil.example", "127.0.0.1.evil.example"),
    *("127.0.0.2", "0.0.0.1", "6.6.6.6:7860", "[::2]", "[::1", "localhost:x", "local host"),
    *("localhost@evil.example", "evil.example#localhost", "evil.example/localhost"),
    *("", "@", ":80"),
    *("localhost,evil.example", "evil.example\\localhost", "LOCALHOST.evil", "xn--lcalhost-1ya"),
)
OWN = (
    *("localhost", "localhost:7860", "LOCALHOST", "localhost.", "127.0.0.1:7860", "[::1]:7860"),
    *("[::1]", "[0:0:0:0:0:0:0:1]:80", "testserver"),
)


@pytest.mark.parametrize("path", ["/", "/healthz", "/api/v1/documents", "/source/glossary.md"])
@pytest.mark.parametrize("host", FOREIGN)
def test_a_foreign_name_reads_nothing(client: TestClient, host: str, path: str) -> None:
    """This holds for every foreign name in the Host header, on every route."""
    response = client.get(path, headers={"host": host})
    assert (response.status_code, code_of(response.json())) == (421, "wrong_host")


@pytest.mark.parametrize("host", OWN)
def test_the_own_names_are_served(client: TestClient, host: str) -> None:
    """Loopback names in any writing, and the address that was connected to."""
    assert client.get("/healthz", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("host", ["docs.intranet", "DOCS.intranet:443", "10.0.0.5", "[fd00::5]"])
def test_the_names_of_the_settings_are_served(host: str) -> None:
    """`host` and `hosts`, in any writing."""
    app = FastAPI()
    app.get("/healthz")(lambda: "ok")
    guarded = Hosts(app, ["Docs.Intranet", "10.0.0.5", "fd00:0::5"])
    client = TestClient(guarded)
    assert client.get("/healthz", headers={"host": host}).status_code == 200
    assert client.get("/healthz", headers={"host": "other.intranet"}).status_code == 421


def asked(client: TestClient, target: str, host: str = "localhost") -> tuple[int, bytes]:
    """The response to a request with a raw target, which no client library sends."""
    scope: Scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": target,
        "raw_path": target.encode("latin-1"),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", host.encode())],
        "server": ("127.0.0.1", 7860),
        "client": ("127.0.0.1", 1),
    }
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    with client:
        assert client.portal
        client.portal.call(client.app, scope, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


def test_a_target_with_a_host_is_served_under_that_host(client: TestClient) -> None:
    """A proxy's form: RFC 9112 demands it, and the host in the target counts, not the header."""
    assert asked(client, "http://localhost:7860/healthz") == (
        200,
        b'{"status":"ok","build":null,"documents":null}',
    )
    assert asked(client, "http://evil.example/healthz")[0] == 421
    for nonsense in ("*", "evil.example:443", "ftp://localhost/healthz", "http://", "healthz"):
        assert asked(client, nonsense)[0] == 400

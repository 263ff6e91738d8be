"""An application with a login, over an index that doesn't exist: nothing heavy is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response

from chatbot.access.access_file import AccessFile
from chatbot.access.tokens import Tokens
from chatbot.access.users import Users
from chatbot.assistant import Chatbot
from chatbot.encoder import Advance, Vectors
from chatbot.index.builds import FolderBuilds
from chatbot.index.service import Service
from chatbot.settings import Settings, load_settings
from tests.doors import application

HOST: Final = "chat.example"
ADDRESS: Final = f"https://{HOST}"
# What a browser sends with a form of this server's own page.
OWN: Final = {"Origin": ADDRESS, "Accept": "text/html"}
PASSWORD: Final = "correct horse battery"  # noqa: S105
WRONG: Final = "incorrect horse battery"
# A route that needs a reader; without an index its answer is 503.
ASK: Final = "/api/v1/documents"
ADMITTED: Final = 503


class _NoEncoder:
    """In place of the model, which takes seconds to load: no question gets as far as that."""

    dimensions = 1

    def encode(self, texts: Sequence[str], *, advance: Advance | None = None) -> Vectors:
        raise NotImplementedError

    def encode_query(self, text: str) -> Vectors:
        raise NotImplementedError

    def word_vectors(self, words: Sequence[str]) -> Vectors:
        raise NotImplementedError

    def count_tokens(self, texts: Sequence[str]) -> Sequence[int]:
        raise NotImplementedError


class Entrance(NamedTuple):
    """An application and what it keeps of people."""

    app: FastAPI
    settings: Settings

    @property
    def file(self) -> AccessFile:
        return AccessFile(self.settings.users_file)

    @property
    def users(self) -> Users:
        return Users(self.file)

    @property
    def tokens(self) -> Tokens:
        return Tokens(self.file)

    def client(self, address: str = "198.51.100.7", **options: Any) -> TestClient:
        """A browser without cookies, at an address."""
        return TestClient(
            self.app,
            base_url=options.pop("base_url", ADDRESS),
            client=(address, 50_000),
            follow_redirects=False,
            **options,
        )


def entrance(folder: Path, **settings: Any) -> Entrance:
    """An application with these settings."""
    chosen = load_settings(index=folder / "index", corpus=folder, **settings)
    service = Service(FolderBuilds(chosen.index), lambda _: None)
    return Entrance(application(Chatbot(service, _NoEncoder(), chosen)), chosen)


def log_in(
    client: TestClient, name: str, password: str = PASSWORD, following: str = "/"
) -> Response:
    """Open the login page and send its form."""
    client.get("/login", params={"next": following})
    fields = {"name": name, "password": password, "next": following}
    return client.post("/login", data=fields, headers=OWN)


def plant(client: TestClient, cookie: str) -> None:
    """Put a session's cookie into a browser."""
    client.cookies.set("__Host-chatbot", cookie, domain=HOST, path="/")


def is_in(client: TestClient) -> bool:
    """Whether the client may read what a reader may."""
    status: int = client.get(ASK).status_code
    assert status in {401, ADMITTED}
    return status == ADMITTED

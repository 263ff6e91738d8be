"""A Milvus server behind TLS and a password, and the types of index over vectors."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from chatbot.assistant import Chatbot
from chatbot.errors import MilvusError, UsageError
from chatbot.index.milvus.connection import Connection
from chatbot.index_address import MilvusAddress, milvus_address
from chatbot.ingestion.build_index import build_index
from chatbot.milvus_settings import MilvusAccess
from chatbot.settings import Settings
from tests.building import NINE, PRICE, write
from tests.milvus.conftest import MilvusServer
from tests.milvus.test_milvus_builds import compare, note

TOKEN: Final = "chatbot:s3cret"  # noqa: S105 - of a server for tests


@pytest.fixture
def door(server: MilvusServer, tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """The port of the server's door, and its certificate."""
    front = pytest.importorskip("tests.milvus.front")
    with front.opened_door(server.port, TOKEN, tmp_path) as opened:
        yield opened


def behind(settings: Settings, port: int, **access: object) -> Settings:
    """The same index, through the door."""
    address = milvus_address(settings.index)
    assert address
    index = str(address._replace(port=port))
    return Settings(**{**settings.model_dump(exclude_unset=True), "index": index, **access})


def test_a_password_over_tls_opens_an_index(
    settings: Settings,
    door: tuple[int, Path],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Building and asking pass the door, and the password is in no file and no log."""
    port, authority = door
    write(settings.corpus, {"radar.md": note("radar")})
    caplog.set_level(logging.DEBUG)
    inside = behind(settings, port, milvus_token=TOKEN, milvus_tls=True, milvus_authority=authority)
    assert build_index(inside).published
    with Chatbot.open(settings=inside) as chatbot:
        assert chatbot.ask(PRICE).citations[0].quote == NINE
    kept = [path for path in settings.cache.rglob("*") if path.is_file()]
    assert len(kept) > 5
    assert not [path for path in kept if b"s3cret" in path.read_bytes()]
    assert "s3cret" not in caplog.text
    assert "s3cret" not in repr(inside) + repr(inside.milvus_access)


@pytest.mark.parametrize("token", ["", "chatbot:wrong"])
def test_a_wrong_password_is_a_sentence(door: tuple[int, Path], token: str) -> None:
    """It names the setting, and doesn't repeat the password."""
    port, authority = door
    connection = Connection(
        MilvusAddress("127.0.0.1", port, "a"), MilvusAccess(token, tls=True, authority=authority)
    )
    sentence = rf"Milvus at 127.0.0.1:{port} refuses the password\. Set milvus_token"
    with pytest.raises(MilvusError, match=sentence) as refused:
        connection.collections()
    assert "wrong" not in str(refused.value)
    connection.close()


@pytest.mark.parametrize(
    ("tls", "sentence"),
    [(True, r"can't be reached over TLS\. .* milvus_authority\."), (False, "can't be reached")],
)
def test_a_certificate_that_nobody_vouches_for_is_a_sentence(
    door: tuple[int, Path], sentence: str, *, tls: bool
) -> None:
    """The certificates of the system don't vouch for the door; without TLS, it doesn't answer."""
    address = MilvusAddress("127.0.0.1", door[0], "a")
    connection = Connection(address, MilvusAccess(TOKEN, tls=tls), seconds=2)
    with pytest.raises(MilvusError, match=sentence):
        connection.collections()
    connection.close()


def test_a_missing_certificate_is_named(tmp_path: Path) -> None:
    """Nothing is connected to."""
    pytest.importorskip("pymilvus")
    access = MilvusAccess(TOKEN, tls=True, authority=tmp_path / "none.pem")
    with pytest.raises(UsageError, match=r"milvus_authority names .*none\.pem, which isn't a file"):
        Connection(MilvusAddress("127.0.0.1", 1, "a"), access).collections()


@pytest.mark.parametrize("kind", ["HNSW"])
def test_an_approximate_index_finds_the_same_in_a_small_corpus(
    settings: Settings, kind: str
) -> None:
    """The server builds the index of this type, and cosines are exact whatever finds the rows."""
    settings = settings.model_copy(update={"milvus_index": kind})
    names = [f"radar{number}" for number in range(12)]
    write(settings.corpus, {f"{name}.md": note(name, name) for name in names})
    build_index(settings)
    address = milvus_address(settings.index)
    assert address
    connection = Connection(address)
    (passages,) = [name for name in connection.collections() if "_passages_" in name]
    assert connection.index_type(passages) == kind
    connection.close()
    compare(settings)

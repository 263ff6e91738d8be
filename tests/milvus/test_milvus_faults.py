"""Killed writers, a killed server and misfits: one sentence each, and nothing is lost."""

from __future__ import annotations

import itertools
import json
import signal
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chatbot.assistant import Chatbot
from chatbot.errors import IndexBusy, IndexMissing, IndexUnusable, MilvusError, UsageError
from chatbot.index.find_builds import find_builds
from chatbot.index.milvus.connection import Connection
from chatbot.index.milvus.state import StateFile
from chatbot.index.milvus.stored_files import StoredFiles
from chatbot.index_address import MilvusAddress, index_name, milvus_address
from chatbot.ingestion.build_index import build_index
from chatbot.settings import Settings
from tests.building import NINE, PRICE, run, write
from tests.milvus.conftest import MilvusServer
from tests.milvus.test_milvus_builds import compare, entities, note


def address_of(settings: Settings) -> MilvusAddress:
    address = milvus_address(settings.index)
    assert address
    return address


def fill(settings: Settings, step: int) -> tuple[int, str]:
    """Build in another process, which kills itself before a step; its exit code and output."""
    done = run(
        [
            *(sys.executable, "-m", "tests.milvus.filling", settings.corpus),
            *(index_name(settings.index), settings.cache, step),
        ]
    )
    return done.returncode, done.stdout.strip() or done.stderr


def test_a_writer_killed_at_any_step_leaves_the_build_in_service(settings: Settings) -> None:
    """Until the state is replaced, everybody sees the earlier build; the next build completes."""
    write(settings.corpus, {"radar.md": note("radar"), "ships.md": note("ships")})
    first = build_index(settings)
    write(settings.corpus, {"bread.md": note("bread"), "radar.md": note("radar", "five")})
    names = []
    step = 1
    while True:
        code, output = fill(settings, step)
        if code == 0:
            break
        assert code == -signal.SIGKILL, output
        with Chatbot.open(settings=settings) as chatbot:
            answer = chatbot.ask(PRICE)
            price = "nine" if answer.build == first.build else "five"
            assert answer.citations[0].quote == NINE.replace("nine", price)
            assert len(chatbot.documents()) == (2 if answer.build == first.build else 3)
            names.append(answer.build)
        step += 4
    assert step > 10
    assert names.count(first.build) > 3
    assert names == sorted(names)  # never back
    compare(settings)
    assert entities(settings) == 4


def test_what_a_killed_writer_left_is_deleted(settings: Settings) -> None:
    """This holds if the next build has fewer documents than the one that was killed."""
    write(settings.corpus, {"radar.md": note("radar"), "ships.md": note("ships")})
    build_index(settings)
    write(settings.corpus, {"bread.md": note("bread"), "radar.md": note("radar", "five")})
    for step in range(4, 20):
        code, output = fill(settings, step)
        assert code == -signal.SIGKILL, output
        if entities(settings) == 4:
            break
    (settings.corpus / "bread.md").unlink()
    build_index(settings)
    compare(settings)
    assert entities(settings) == 3


def test_a_server_killed_and_started_again_is_found_again(
    settings: Settings, server: MilvusServer
) -> None:
    """A question meanwhile is refused in a sentence; a build fails and is made up for later."""
    write(settings.corpus, {"radar.md": note("radar")})
    first = build_index(settings)
    with Chatbot.open(settings=settings) as chatbot:
        assert chatbot.ask(PRICE).citations[0].quote == NINE
        server.kill()
        sentence = f"Milvus at 127.0.0.1:{server.port} can't be reached. Start it, or correct"
        with pytest.raises(MilvusError, match=sentence):
            chatbot.ask("Where did the radar go?")
        with pytest.raises(MilvusError, match=sentence):
            Chatbot.open(settings=settings)
        write(settings.corpus, {"bread.md": note("bread")})
        with pytest.raises(MilvusError, match=sentence):
            build_index(settings)
        server.start()
        answer = chatbot.ask("Where did the radar go?")
        assert answer.build == first.build
        assert answer.citations[0].verified
    assert build_index(settings).published
    compare(settings)


def test_a_request_ends_in_time(settings: Settings, server: MilvusServer) -> None:
    """A server that doesn't answer is named, and used again once it does."""
    connection = Connection(address_of(settings), seconds=2)
    assert connection.collections() == []
    sentence = f"Milvus at 127.0.0.1:{server.port} didn't answer within 2 seconds. Check"
    start = time.monotonic()
    with server.paused(), pytest.raises(MilvusError, match=sentence):
        connection.collections()
    assert time.monotonic() - start < 10
    assert connection.collections() == []
    connection.close()


@pytest.mark.parametrize("request_number", [2, 3, 7])
def test_a_server_killed_in_mid_build_has_the_build_before(
    settings: Settings,
    server: MilvusServer,
    monkeypatch: pytest.MonkeyPatch,
    request_number: int,
) -> None:
    """It may be killed with half of the passages, of the texts or of the outline."""
    write(settings.corpus, {"radar.md": note("radar"), "ships.md": note("ships")})
    first = build_index(settings)
    write(settings.corpus, {"bread.md": note("bread"), "radar.md": note("radar", "five")})
    put, numbers = Connection.put, itertools.count(1)

    def killing(*arguments: Any) -> None:
        if next(numbers) == request_number:
            server.kill()
        put(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(Connection, "put", killing)
        with pytest.raises(MilvusError, match="can't be reached"):
            build_index(settings)
    server.start()
    with Chatbot.open(settings=settings) as chatbot:
        answer = chatbot.ask(PRICE)
        assert (answer.build, answer.citations[0].quote) == (first.build, NINE)
        assert len(chatbot.documents()) == 2
    assert build_index(settings).published
    compare(settings)
    assert entities(settings) == 4


def test_answers_while_builds_are_published_are_of_one_build_each(settings: Settings) -> None:
    """No question fails, and none mixes two builds."""
    write(settings.corpus, {"radar.md": note("radar", "1"), "ships.md": note("ships", "1")})
    prices = {build_index(settings).build: "1"}
    problems: list[str] = []
    answers: list[tuple[str, set[str]]] = []
    stop = threading.Event()
    with Chatbot.open(settings=settings) as chatbot:

        def ask() -> None:
            while not stop.is_set():
                try:
                    answer = chatbot.ask("What did the radar and the ships cost?")
                except Exception as failure:  # noqa: BLE001 - any failure is a finding
                    problems.append(repr(failure))
                    return
                cited = answer.citations or answer.nearest
                assert all(citation.verified for citation in cited)
                answers.append((answer.build, {c.passage.text.split()[3] for c in cited}))

        threads = [threading.Thread(target=ask) for _ in range(16)]
        for thread in threads:
            thread.start()
        for price in "23":
            write(settings.corpus, {f"{n}.md": note(n, price) for n in ("radar", "ships")})
            prices[build_index(settings).build] = price
            time.sleep(1.5)
        stop.set()
        for thread in threads:
            thread.join()
    assert problems == []
    assert len({build for build, _ in answers}) > 1
    assert len(answers) > 16
    for build, seen in answers:
        assert seen == {prices[build]}


def test_one_writer_at_a_time(settings: Settings) -> None:
    """A second one on another machine is told to wait, and a dead one's lock runs out."""
    write(settings.corpus, {"radar.md": note("radar")})
    connection = Connection(address_of(settings))
    files = StoredFiles(connection)
    state = StateFile(connection, files)
    with state.writing("another machine"), pytest.raises(IndexBusy) as busy:
        build_index(settings)
    assert str(busy.value).startswith(f"Another build is writing to {address_of(settings)}. Wait")
    held = {"owner": "another machine", "until": time.time() + 1}
    files.put({"lock": json.dumps(held).encode()}, build=0)
    with pytest.raises(IndexBusy):
        build_index(settings)
    time.sleep(1)
    assert build_index(settings).published
    # A writer that slept past its lock doesn't undo what another one has published since.
    with state.writing("a sleeper") as (found, _):
        state.write(replace(found, last_doc=7), before=found)
        with pytest.raises(IndexBusy):
            state.write(replace(found, last_doc=8), before=found)
    connection.close()


def test_misfits_are_named(settings: Settings) -> None:
    """No index yet, another program's collection, a later format, another model."""
    address = address_of(settings)
    with pytest.raises(IndexMissing, match=f"No index at {address}. Build one with: chatbot"):
        Chatbot.open(settings=settings)
    connection = Connection(address)
    connection.create_passages(f"{address.name}_files", 4)
    with pytest.raises(UsageError, match="was made by another program"):
        Chatbot.open(settings=settings)
    connection.drop(f"{address.name}_files")
    write(settings.corpus, {"radar.md": note("radar")})
    build_index(settings)
    with pytest.raises(IndexUnusable, match=rf"The index at {address} was built with the model"):
        Chatbot.open(settings=settings.model_copy(update={"model": "all-MiniLM-L6-v2"}))
    files = StoredFiles(connection)
    stored = json.loads(files.get("state") or b"")
    files.put({"state": json.dumps({**stored, "format": 2}).encode()}, build=0)
    sentence = f"The index at {address} was built with format 2, but 1 is required. Build it again"
    with pytest.raises(IndexUnusable, match=sentence):
        Chatbot.open(settings=settings)
    connection.close()


def test_a_damaged_outline_is_downloaded_again(settings: Settings) -> None:
    """Files of this machine are no more than copies."""
    write(settings.corpus, {"radar.md": note("radar")})
    build_index(settings)
    builds = find_builds(settings)
    folder = builds.folder(builds.current())
    for path in (*folder.glob("*.npy"), folder / "catalog.sqlite"):
        content = path.read_bytes()
        path.write_bytes(content[:-9])
        builds.open(builds.current()).close()
        assert path.read_bytes() == content, path.name
    builds.close()


def test_a_damaged_index_is_repaired_by_a_fresh_build(settings: Settings) -> None:
    """Without its outline or a passage, a build is refused; nothing of it is used again."""
    write(settings.corpus, {"radar.md": note("radar"), "ships.md": note("ships")})
    address = address_of(settings)
    connection = Connection(address)
    files = StoredFiles(connection)
    name = build_index(settings).build
    connection.delete(f"{address.name}_passages_26", "doc == 1")
    with Chatbot.open(settings=settings) as chatbot, pytest.raises(IndexUnusable) as lacking:
        chatbot.build.passages([0, 1])
    sentence = f"The index at {address} is damaged: it lacks passages (1). Build it again with: "
    assert str(lacking.value) == f"{sentence}chatbot build --fresh --index {address}"
    files.delete(f'id == "builds/{name}/:0"')
    other_cache = settings.model_copy(update={"cache": settings.cache / "other"})
    with pytest.raises(IndexUnusable, match=f"The index at {address} is damaged: it lacks builds"):
        Chatbot.open(settings=other_cache)
    write(settings.corpus, {"bread.md": note("bread")})
    with pytest.raises(IndexUnusable):
        build_index(settings)
    assert build_index(settings, fresh=True).published
    compare(settings)
    connection.close()


@pytest.mark.parametrize("index", ["milvus://host/name", "milvus://host:1/a-b", "milvus://h:1"])
def test_an_address_must_be_whole(index: str, tmp_path: Path) -> None:
    """Host, port and a name of letters, digits and underscores."""
    from chatbot.errors import SettingsError
    from chatbot.settings import load_settings

    with pytest.raises(SettingsError, match="Give it as milvus://HOST:PORT/NAME"):
        load_settings(corpus=tmp_path, index=index)

"""Kills processes that write at random moments: nothing acknowledged is lost, nothing is broken.

    python -m tests.benchmarks.kills [RUNS] [KIND]

Each run forks a process that publishes builds, stores thumbs, changes users and tokens, records in
the audit log, or serves uploads that it sends itself over HTTP, in pieces. It tells when it begins
a change and when the change is done, and is killed with
SIGKILL. Then the state on disk must be the one after the last change that was done, or after the
one that had begun, and the next change must succeed. The table has the runs and the changes that
were done, and how many runs were killed within a change.

Every process is a fork of this one, which saves the start-up time. This one never loads the model,
whose threads don't survive a fork, so the builds only remove a document.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from http.client import HTTPConnection
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Any, Final, Protocol

import uvicorn

from chatbot.access import Role
from chatbot.access.access_file import AccessFile
from chatbot.access.audit import AuditLog
from chatbot.access.audit_events import AuditEvent
from chatbot.access.tokens import Tokens
from chatbot.access.users import Users
from chatbot.adding.shelf import Shelf
from chatbot.feedback.store import FeedbackStore
from chatbot.index import layout
from chatbot.index.manifest import check_whole, read_manifest
from chatbot.ingestion.build_index import build_index
from chatbot.settings import load_settings
from tests.building import BREAD, RADAR, SHIPS, write
from tests.security.entrance import entrance
from tests.security.test_feedback_file import thumb

_RUNS: Final = 500
_PIECE: Final = 4_096


class Kind(Protocol):
    """Changes of one kind in a folder that starts empty, or with an index."""

    seconds: float

    def start(self) -> None:
        """What the process needs before its first change."""

    def change(self, number: int) -> None:
        """Make the change with this number; they are made in order, from 0."""

    def expected(self, number: int) -> Any:
        """The state after so many changes."""

    def state(self) -> Any:
        """The state on disk, after checking that it's whole."""


class Feedback:
    """Thumbs; the state is their ballots."""

    seconds = 0.6

    def __init__(self, folder: Path) -> None:
        self._path = folder / "feedback.sqlite"
        self._store = FeedbackStore(self._path)

    def start(self) -> None: ...

    def change(self, number: int) -> None:
        self._store.save(thumb(number))

    def expected(self, number: int) -> Any:
        return sorted(map(str, range(number)))

    def state(self) -> Any:
        _check_database(self._path)
        return sorted(each.ballot for each in self._store.thumbs())


class Access:
    """New tokens, revoked tokens, another group of a user, and a user who is disabled or not."""

    seconds = 0.6

    def __init__(self, folder: Path) -> None:
        self._path = folder / "access.sqlite"
        file = AccessFile(self._path)
        with file.writing() as connection:  # hashing a password takes a quarter of a second
            connection.execute("INSERT INTO users VALUES ('a', 'reader', '[]', 'x', '', 0, 0, 0)")
        self._users, self._tokens = Users(file), Tokens(file)

    def start(self) -> None: ...

    def change(self, number: int) -> None:
        turn, step = divmod(number, 4)
        if step == 0:
            self._tokens.add(f"t{turn}", Role.READER, [], days=1)
        elif step == 1:
            self._users.change("a", None, [str(turn)])
        elif step == 2:
            self._users.set_disabled("a", disabled=turn % 2 == 0)
        elif turn:
            self._tokens.revoke(f"t{turn - 1}")
        else:
            self._users.change("a", Role.CURATOR, None)

    def expected(self, number: int) -> Any:
        tokens, groups, disabled, role = set[str](), tuple[str, ...](), False, Role.READER
        for turn, step in (divmod(each, 4) for each in range(number)):
            if step == 0:
                tokens.add(f"t{turn}")
            elif step == 1:
                groups = (str(turn),)
            elif step == 2:
                disabled = turn % 2 == 0
            elif turn:
                tokens.remove(f"t{turn - 1}")
            else:
                role = Role.CURATOR
        return tokens, groups, disabled, role

    def state(self) -> Any:
        _check_database(self._path)
        (user,) = self._users.all()
        tokens = {token.name for token in self._tokens.all()}
        return tokens, user.groups, user.disabled, user.role


class Audit:
    """Entries of the audit log; the state is their numbers."""

    seconds = 0.1

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "audit"
        self._log = AuditLog(self._folder, days=0)

    def start(self) -> None: ...

    def change(self, number: int) -> None:
        self._log.record(AuditEvent("open", "1", ("a.md",) * 500), number=number)

    def expected(self, number: int) -> Any:
        return [*range(number)]

    def state(self) -> Any:
        files = sorted(self._folder.iterdir()) if self._folder.exists() else []
        lines = [line for path in files for line in path.read_text("ascii").splitlines()]
        numbers = []
        for line in lines:
            # An entry that was being written may be cut short. It costs no other.
            with suppress(json.JSONDecodeError):
                numbers.append(json.loads(line)["number"])
        return numbers


class Builds:
    """Builds without a document, each followed by the build with it; the state is their number."""

    seconds = 2.5

    def __init__(self, folder: Path, home: Path) -> None:
        shutil.copytree(home / "index", folder / "index")
        self._settings = load_settings(
            corpus=home / "corpus", index=folder / "index", keep_builds=1_000
        )
        self._first = layout.current(self._settings.index).name

    def start(self) -> None: ...

    def change(self, number: int) -> None:
        if number % 2 == 0:
            assert build_index(self._settings).published
        else:
            with layout.writing(self._settings.index):
                layout.put_in_service(self._settings.index, self._first)

    def expected(self, number: int) -> Any:
        return 3 - number % 2

    def state(self) -> Any:
        folder = layout.current(self._settings.index)
        check_whole(folder)
        for name in layout.build_names(self._settings.index):
            check_whole(self._settings.index / "builds" / name)
        return read_manifest(folder).documents


class Uploads:
    """Documents added, replaced and deleted at a server; the state is their contents.

    The server and its client are one process. Builds are left out; they are a kind of their own.
    The application is made once, which takes seconds.
    """

    seconds = 1.5

    def __init__(self, folder: Path) -> None:
        self._gate = entrance(folder, access="none")
        self._gate.app.state.desk.queue.request = lambda: None
        self._port = 0

    def start(self) -> None:
        listening = socket.create_server(("127.0.0.1", 0))
        self._port = listening.getsockname()[1]
        config = uvicorn.Config(self._gate.app, lifespan="off", log_level="error")
        serving = threading.Thread(
            target=uvicorn.Server(config).run, args=([listening],), daemon=True
        )
        serving.start()

    def change(self, number: int) -> None:
        turn, step = divmod(number, 3)
        name, text = f"added/f{turn}.txt", _uploaded_text(turn, step)
        if step < 2:
            pieces = (text[start : start + _PIECE] for start in range(0, len(text), _PIECE))
            size = {"Content-Length": str(len(text))}
            self._send("PUT", f"{name}?replace={'true' if step else 'false'}", 201, pieces, size)
        elif turn:
            self._send("DELETE", f"added/f{turn - 1}.txt", 204)

    def _send(
        self,
        method: str,
        path: str,
        status: int,
        body: Iterator[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        with closing(HTTPConnection("127.0.0.1", self._port)) as connection:
            connection.request(method, f"/api/v1/documents/{path}", body, headers or {})
            response = connection.getresponse()
            assert response.status == status, response.read()

    def expected(self, number: int) -> Any:
        files: dict[str, bytes] = {}
        for turn, step in (divmod(each, 3) for each in range(number)):
            if step < 2:
                files[f"f{turn}.txt"] = _uploaded_text(turn, step)
            else:
                files.pop(f"f{turn - 1}.txt", None)
        return files

    def state(self) -> Any:
        # A server that starts again tidies up what was abandoned an hour ago.
        shelf = Shelf(self._gate.settings)
        for path in shelf.incoming.glob("*"):
            os.utime(path, (0, 0))
        shelf.begin()
        assert not [*shelf.incoming.glob("*")]
        folder = shelf.incoming.parent
        return {file.name: (folder / file.name).read_bytes() for file in shelf.files()}


def _uploaded_text(turn: int, step: int) -> bytes:
    return b"".join(b"Line %d of text %d in version %d.\n" % (n, turn, step) for n in range(9_000))


def _check_database(path: Path) -> None:
    if path.exists():
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def kill_once(kind: Kind, chance: random.Random) -> tuple[int, bool]:
    """The changes that a process made before it was killed, and whether it was within one."""
    reading, writing = os.pipe()
    process = _forked(kind, count(), writing)
    os.close(writing)
    assert os.read(reading, 1) == b"s"
    time.sleep(chance.uniform(0, kind.seconds))
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    with os.fdopen(reading, "rb") as stream:
        told = stream.read()
    begun, done = told.count(b"b"), told.count(b"d")
    state = kind.state()
    assert state in [kind.expected(number) for number in range(done, begun + 1)], (done, begun)
    reached = done if state == kind.expected(done) else begun
    process = _forked(kind, range(reached, reached + 1), os.open(os.devnull, os.O_WRONLY))
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0
    assert kind.state() == kind.expected(reached + 1)
    return done, begun > done


def _forked(kind: Kind, numbers: Any, told: int) -> int:
    """Start a process that makes changes and tells of each."""
    process = os.fork()
    if process:
        return process
    code = 1
    try:
        kind.start()
        os.write(told, b"s")
        for number in numbers:
            os.write(told, b"b")
            kind.change(number)
            os.write(told, b"d")
        code = 0
    finally:
        os._exit(code)


def main(runs: int, only: str = "") -> None:
    """Run in turn over the kinds, and print the table."""
    import_module("chatbot.ingestion.build_index")
    names = [only] if only else ["builds", "feedback", "users", "audit", "uploads"]
    chance = random.Random(17)
    killed, changes, within = Counter[str](), Counter[str](), Counter[str]()
    began = time.monotonic()
    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryDirectory() as corpus_of_uploads,
    ):
        uploads = Uploads(Path(corpus_of_uploads))
        home = Path(folder) / "home"
        corpus = home / "corpus"
        corpus.mkdir(parents=True)
        write(corpus, {"radar.md": RADAR, "ships.md": SHIPS, "bread.md": BREAD})
        words = ["build", "--corpus", str(corpus), "--index", str(home / "index"), "--json"]
        subprocess.run([sys.executable, "-m", "chatbot", *words], check=True, capture_output=True)
        (corpus / "ships.md").unlink()
        for number in range(runs):
            place = Path(folder) / str(number)
            place.mkdir()
            name = names[number % len(names)]
            shutil.rmtree(Path(corpus_of_uploads) / "added", ignore_errors=True)
            kinds: dict[str, Any] = {
                "feedback": Feedback,
                "users": Access,
                "audit": Audit,
                "uploads": lambda _: uploads,
            }
            kind: Kind = Builds(place, home) if name == "builds" else kinds[name](place)
            done, is_within = kill_once(kind, chance)
            killed[name] += 1
            changes[name] += done
            within[name] += is_within
            shutil.rmtree(place)
    print(f"{'kind':10} {'kills':>6} {'changes done':>14} {'killed within one':>18}")
    for name in killed:
        print(f"{name:10} {killed[name]:6,} {changes[name]:14,} {within[name]:18,}")
    took = time.monotonic() - began
    print(f"{killed.total()} kills in {took:.0f} s: nothing acknowledged lost, nothing broken")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else _RUNS, *sys.argv[2:3])

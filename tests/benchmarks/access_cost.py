"""What knowing who asks adds to a question: the same server without a login, and with one.

python -m tests.benchmarks.access_cost
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import httpx2

from chatbot.access import Role
from chatbot.access.access_file import AccessFile
from chatbot.access.sessions import Sessions
from chatbot.access.tokens import Tokens
from chatbot.access.users import Users
from chatbot.ingestion.build_index import build_index
from chatbot.settings import load_settings
from tests.doors import QUESTIONS
from tests.serving import server
from tests.shared import PROJECT

_ROUNDS: Final = 40
_PASSWORD: Final = "correct horse battery"  # noqa: S105
_LOOKUPS: Final = 500
_USERS: Final = 1_000


@contextmanager
def _variable(name: str, value: str) -> Iterator[None]:
    os.environ[name] = value
    yield
    del os.environ[name]


def _clients(stack: ExitStack, folder: Path) -> dict[str, httpx2.Client]:
    """A client of an open server, one with a token and one with a session."""
    settings = load_settings(corpus=PROJECT / "corpus", index=folder / "index")
    build_index(settings)
    file = AccessFile(settings.users_file)
    token = Tokens(file).add("program", Role.READER, [], days=1)
    Users(file).add("anna", _PASSWORD, Role.READER, ["arctic"])
    with file.writing() as connection:
        connection.executemany(
            "INSERT INTO users SELECT ?, role, groups, password, subject, 0, 0, 0 FROM users "
            "WHERE name = 'anna'",
            [(f"user{number}",) for number in range(_USERS)],
        )
    plain = stack.enter_context(server(settings.index))
    with _variable("CHATBOT_ACCESS", "users"), _variable("CHATBOT_SECURE_COOKIES", "false"):
        guarded = stack.enter_context(server(settings.index))
    clients = {
        "no login": httpx2.Client(base_url=plain, timeout=None),
        "token": httpx2.Client(
            base_url=guarded, timeout=None, headers={"Authorization": f"Bearer {token}"}
        ),
        "session": httpx2.Client(base_url=guarded, timeout=None, headers={"Origin": guarded}),
    }
    clients["token"].headers["Authorization"] = f"Bearer {token}"
    clients["session"].headers["Origin"] = guarded
    clients["session"].get("/login")
    clients["session"].post("/login", data={"name": "anna", "password": _PASSWORD})
    for client in clients.values():
        stack.callback(client.close)
    return clients


def _lookup(folder: Path) -> float:
    """Seconds of processor time to find out who has a session."""
    sessions = Sessions(AccessFile(folder / "index-access.sqlite"), hours=1)
    secret = sessions.start("anna")
    begin = time.process_time()
    for _ in range(_LOOKUPS):
        assert sessions.person(secret)
    return (time.process_time() - begin) / _LOOKUPS


def main() -> None:
    """Ask in turn, so that the machine's other work meets all alike, and print the medians."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        clients = _clients(stack, Path(folder))
        times: dict[str, list[float]] = {name: [] for name in clients}
        for number in range(-2, _ROUNDS):  # the first two are for warming up
            for question in QUESTIONS:
                for name, client in clients.items():
                    begin = time.perf_counter()
                    client.post("/api/v1/ask", json={"question": question}).raise_for_status()
                    if number >= 0:
                        times[name].append(time.perf_counter() - begin)
        lookup = _lookup(Path(folder))
    base = statistics.median(times["no login"])
    for name, seconds in times.items():
        median = statistics.median(seconds)
        print(f"{name:<10}{median * 1e3:8.2f} ms{(median / base - 1) * 100:+8.1f} %")
    print(f"lookup    {lookup * 1e3:8.2f} ms of processor time")


if __name__ == "__main__":
    main()

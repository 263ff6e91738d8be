"""What knowing who asks adds to a question: the same server without a login, and with one.

    python -m tests.benchmarks.access_cost [INDEX]

By default the index is of the demo corpus, without rules. If INDEX has rules, the person and the
program are in the first two of its groups, so they search only what they may see, and the questions
are real ones of the shared sets. `python -m tests.benchmarks.growth --rules SIZE` makes such an
index. Each question has a number of its own, so none is encoded twice.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import httpx2
import numpy as np

from chatbot.access import Role
from chatbot.access.access_file import AccessFile
from chatbot.access.sessions import Sessions
from chatbot.access.tokens import Tokens
from chatbot.access.users import Users
from chatbot.assistant import Chatbot
from chatbot.ingestion.build_index import build_index
from chatbot.settings import load_settings
from tests.benchmarks.growth import real_questions
from tests.doors import QUESTIONS
from tests.serving import address_of, started
from tests.shared import PROJECT

_ROUNDS: Final = 40
_ASKED: Final = 160
_WARMING: Final = 12
_PASSWORD: Final = "correct horse battery"  # noqa: S105
_LOOKUPS: Final = 500
_USERS: Final = 1_000


def _clients(stack: ExitStack, index: Path, access: Path) -> dict[str, tuple[httpx2.Client, int]]:
    """A client of an open server, one with a token and one with a session; their processes."""
    with Chatbot.open(index) as chatbot:
        manifest = chatbot.build.manifest
        groups = [*manifest.rights.groups][:2]
        visible = chatbot.for_groups(groups).build.manifest
    print(
        f"{manifest.passages:,} passages, of which a member of {', '.join(groups) or 'no group'} "
        f"may see {visible.passages:,}"
    )
    file = AccessFile(access)
    token = Tokens(file).add("program", Role.READER, groups, days=1)
    Users(file).add("anna", _PASSWORD, Role.READER, groups)
    with file.writing() as connection:
        connection.executemany(
            "INSERT INTO users SELECT ?, role, groups, password, subject, 0, 0, 0 FROM users "
            "WHERE name = 'anna'",
            [(f"user{number}",) for number in range(_USERS)],
        )
    settings = {"access": "users", "access_file": str(access), "secure_cookies": "false"}
    processes = [stack.enter_context(started(index, values)) for values in ({}, settings)]
    plain, guarded = map(address_of, processes)
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
    first, second = (process.pid for process in processes)
    return {
        name: (client, second if name != "no login" else first) for name, client in clients.items()
    }


def _processor_seconds(process: int) -> float:
    """The processor time of a process so far (Linux)."""
    fields = Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _lookup(access: Path) -> float:
    """Seconds of processor time to find out who has a session."""
    sessions = Sessions(AccessFile(access), hours=1)
    secret = sessions.start("anna")
    begin = time.process_time()
    for _ in range(_LOOKUPS):
        assert sessions.person(secret)
    return (time.process_time() - begin) / _LOOKUPS


def main() -> None:
    """Ask in turn, so that the machine's other work meets all alike, and print the medians."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        access = Path(folder) / "access.sqlite"
        if len(sys.argv) > 1:
            index, questions = Path(sys.argv[1]), real_questions()[:_ASKED]
        else:
            settings = load_settings(corpus=PROJECT / "corpus", index=Path(folder) / "index")
            build_index(settings)
            index, questions = settings.index, [*QUESTIONS] * _ROUNDS
        clients = _clients(stack, index, access)
        times: dict[str, list[float]] = {name: [] for name in clients}
        used: dict[str, list[float]] = {name: [] for name in clients}
        for number, question in enumerate(questions):
            order = [*clients] if number % 2 else [*reversed(clients)]
            for place, name in enumerate(order):
                body = {"question": f"{question} {len(order) * number + place}"}
                client, process = clients[name]
                before, begin = _processor_seconds(process), time.perf_counter()
                client.post("/api/v1/ask", json=body).raise_for_status()
                if number >= _WARMING:
                    times[name].append(time.perf_counter() - begin)
                    used[name].append(_processor_seconds(process) - before)
        lookup = _lookup(access)
    base, least = np.array(times["no login"]), np.mean(used["no login"])
    for name, seconds in times.items():
        paired = np.median(np.array(seconds) - base) / np.median(base)
        processor = np.mean(used[name])
        print(
            f"{name:<10}p50 {np.median(seconds) * 1e3:8.1f} ms, paired {paired:+6.1%}   "
            f"processor time {processor * 1e3:8.1f} ms, {processor / least - 1:+6.1%}"
        )
    print(f"lookup    {lookup * 1e3:8.2f} ms of processor time")


if __name__ == "__main__":
    main()

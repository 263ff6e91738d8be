"""Clients that ask without a pause while builds are published, for minutes.

    python -m tests.benchmarks.soak [MINUTES] [CLIENTS]

The server is a process of its own over the demo corpus; a build with another note is published
every 30 seconds. Each answer must have status 200, and one in ten is checked quote by quote against
the text of its build. It prints the requests and their times, the failures, the builds that
answered, and how much the server's memory grew after the first minute.

Then the same clients ask for the plain ranking of passages, and a service of LangChain, FAISS and
FastAPI with the same weights and documents, for a fifth of the time each. Builds go on meanwhile.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import httpx
import numpy as np

from chatbot.encoder import find_model
from chatbot.encoder.fingerprint import BUNDLED
from chatbot.evaluation.question_set import load_question_set
from chatbot.index.builds import FolderBuilds
from chatbot.index.service import Service
from tests.benchmarks.peers.environment import frameworks, offline_environment
from tests.serving import address_of, started
from tests.shared import PROJECT, QUESTIONS

_PUBLISH_SECONDS: Final = 30
_MEMORY_SECONDS: Final = 2
_CHECKED: Final = 0.1
_MINUTES: Final = 10.0
_PART: Final = 0.2  # of the minutes, for each service that is compared
_CLIENTS: Final = 64


class Target(NamedTuple):
    """A service that is asked: its name, process, address and route."""

    name: str
    process: int
    address: str
    route: str


class Soak:
    """What the clients saw of one service."""

    def __init__(self, target: Target, check: Callable[[Any], None]) -> None:
        self.seconds: list[float] = []
        self.failures: Counter[str] = Counter()
        self.memory: list[int] = []
        self._target = target
        self._check = check
        self._lock = threading.Lock()

    def run(self, minutes: float, clients: int, questions: list[str]) -> None:
        """Ask with all clients, and note the memory of the service meanwhile."""
        end = time.monotonic() + minutes * 60

        def ask_on(seed: int) -> None:
            chance = random.Random(seed)
            with httpx.Client(base_url=self._target.address, timeout=60) as client:
                while time.monotonic() < end:
                    # A number, so that no question is encoded twice.
                    self._ask(client, f"{chance.choice(questions)} {chance.randrange(1000)}")

        threads = [threading.Thread(target=ask_on, args=(seed,)) for seed in range(clients)]
        for thread in threads:
            thread.start()
        while time.monotonic() < end:
            time.sleep(_MEMORY_SECONDS)
            self.memory.append(_resident(self._target.process))
        for thread in threads:
            thread.join()

    def _ask(self, client: httpx.Client, question: str) -> None:
        began = time.monotonic()
        try:
            response = client.post(self._target.route, json={"question": question})
        except httpx.HTTPError as failure:
            self._count_failure(type(failure).__name__)
            return
        took = time.monotonic() - began
        if response.status_code != httpx.codes.OK:
            self._count_failure(str(response.status_code))
            return
        with self._lock:
            self.seconds.append(took)
            self._check(response.json())

    def _count_failure(self, name: str) -> None:
        with self._lock:
            self.failures[name] += 1

    def print(self) -> None:
        """Print the requests, their times and the failures."""
        p50, p99 = np.percentile(self.seconds, [50, 99])
        failed = ", ".join(f"{name} {number}" for name, number in self.failures.items())
        print(
            f"{self._target.name:24}{len(self.seconds):7,} answers   p50 {p50:6.2f} s   "
            f"p99 {p99:6.2f} s   failed {self.failures.total()} {failed}",
            flush=True,
        )

    def print_growth(self) -> None:
        """Print how much the memory grew after the first minute."""
        first = self.memory[60 // _MEMORY_SECONDS : 90 // _MEMORY_SECONDS] or self.memory
        last = self.memory[-30 // _MEMORY_SECONDS :]
        growth = np.mean(last) / np.mean(first) - 1
        print(f"memory    {np.mean(last) / 1e6:,.0f} MB, {growth:+.1%} since the second minute")


class Quotes:
    """Compares the quotes of one answer in ten with the texts of its build."""

    def __init__(self, index: Path) -> None:
        self.builds: Counter[str] = Counter()
        self._checked = self._wrong = 0
        self._service = Service(FolderBuilds(index), lambda _: None)

    def check(self, answer: dict[str, Any]) -> None:
        """Count the build of an answer, and perhaps compare its quotes."""
        self.builds[answer["build"]] += 1
        if random.random() >= _CHECKED:
            return
        build = self._service.named(answer["build"])
        for cited in (*answer["citations"], *answer["nearest"]):
            document = build.document(cited["doc_id"]) if build else None
            start, end = cited["span"]
            self._checked += 1
            self._wrong += not document or document.text[start:end] != cited["quote"]

    def print(self) -> None:
        """Print the numbers of builds and quotes."""
        print(f"builds    {len(self.builds)} answered")
        print(f"quotes    {self._wrong} of {self._checked:,} checked differ from their build")


def _resident(process: int) -> int:
    status = Path(f"/proc/{process}/status").read_text("ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024


def _build(home: Path) -> None:
    words = ["build", "--corpus", str(home / "corpus"), "--index", str(home / "index")]
    subprocess.run(
        [sys.executable, "-m", "chatbot", *words],
        check=True,
        capture_output=True,
        env={**os.environ, "CHATBOT_KEEP_BUILDS": "1000"},
    )


@contextmanager
def _publishing(home: Path) -> Iterator[None]:
    """Publish a build with another note every 30 seconds inside the block."""
    over = threading.Event()

    def publish() -> None:
        number = 0
        while not over.wait(_PUBLISH_SECONDS):
            number += 1
            (home / "corpus" / "note.md").write_text(f"# Note\n\nThe patrol took {number} days.\n")
            _build(home)

    thread = threading.Thread(target=publish)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextmanager
def _langchain(home: Path) -> Iterator[Target]:
    """LangChain's service over the same files, as their text is."""
    rows = (
        {"_id": path.name, "title": path.stem, "text": path.read_text("utf-8")}
        for path in sorted((home / "corpus").rglob("*.md"))
    )
    (home / "corpus.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    words = [find_model(BUNDLED).folder, home / "corpus.jsonl", home / "langchain"]
    log = home / "langchain.log"
    with (
        log.open("w") as output,
        subprocess.Popen(
            [frameworks(), "-m", "tests.benchmarks.peers.langchain_service", *words],
            stderr=output,
            text=True,
            cwd=PROJECT,
            env=offline_environment(home / "home"),
        ) as process,
    ):
        try:
            yield Target("LangChain's service", process.pid, address_of(process, log), "/ask")
        finally:
            process.terminate()


def main(minutes: float, clients: int) -> None:
    """Run, and print what came of it."""
    questions = [question.text for question in load_question_set(QUESTIONS / "demo.jsonl")]
    print(f"{clients} clients for {minutes:g} minutes, then {minutes * _PART:g} minutes each:")
    with tempfile.TemporaryDirectory() as folder:
        home, log = Path(folder), Path(folder) / "log"
        shutil.copytree(PROJECT / "corpus", home / "corpus")
        _build(home)
        with started(home / "index", log=log) as process, _langchain(home) as langchain:
            address = address_of(process, log)
            quotes = Quotes(home / "index")
            answers = Target("answers", process.pid, address, "/api/v1/ask")
            ranking = Target("plain ranking", process.pid, address, "/api/v1/retrieve")
            asked = Soak(answers, quotes.check)
            compared = [Soak(target, lambda _: None) for target in (ranking, langchain)]
            with _publishing(home):
                asked.run(minutes, clients, questions)
                asked.print()
                quotes.print()
                asked.print_growth()
                for soak in compared:
                    soak.run(minutes * _PART, clients, questions)
                    soak.print()


if __name__ == "__main__":
    arguments = [*map(float, sys.argv[1:])]
    main(
        arguments[0] if arguments else _MINUTES,
        int(arguments[1]) if len(arguments) > 1 else _CLIENTS,
    )

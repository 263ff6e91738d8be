"""Clients that ask without a pause while builds are published, for minutes.

    python -m tests.benchmarks.soak [MINUTES] [CLIENTS]

The server is a process of its own over the demo corpus; a build with another note is published
every 30 seconds. Each answer must have status 200, and one in ten is checked quote by quote against
the text of its build. It prints the requests and their times, the failures, the builds that
answered, and how much the server's memory grew after the first minute.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any, Final

import httpx
import numpy as np

from chatbot.evaluation.question_set import load_question_set
from chatbot.index.builds import FolderBuilds
from chatbot.index.service import Service
from tests.serving import address_of, started
from tests.shared import PROJECT, QUESTIONS

_PUBLISH_SECONDS: Final = 30
_MEMORY_SECONDS: Final = 2
_CHECKED: Final = 0.1
_MINUTES: Final = 10.0
_CLIENTS: Final = 64


class Soak:
    """What the clients saw."""

    def __init__(self, index: Path) -> None:
        self.seconds: list[float] = []
        self.failures: Counter[str] = Counter()
        self.builds: Counter[str] = Counter()
        self.quotes = self.wrong_quotes = 0
        self._lock = threading.Lock()
        self._service = Service(FolderBuilds(index), lambda _: None)

    def ask(self, client: httpx.Client, question: str) -> None:
        """One question, timed and perhaps checked."""
        began = time.monotonic()
        try:
            response = client.post("/api/v1/ask", json={"question": question})
        except httpx.HTTPError as failure:
            self._count_failure(type(failure).__name__)
            return
        took = time.monotonic() - began
        if response.status_code != httpx.codes.OK:
            self._count_failure(str(response.status_code))
            return
        answer = response.json()
        with self._lock:
            self.seconds.append(took)
            self.builds[answer["build"]] += 1
            if random.random() < _CHECKED:
                self._check(answer)

    def _count_failure(self, name: str) -> None:
        with self._lock:
            self.failures[name] += 1

    def _check(self, answer: dict[str, Any]) -> None:
        build = self._service.named(answer["build"])
        for cited in (*answer["citations"], *answer["nearest"]):
            document = build.document(cited["doc_id"]) if build else None
            start, end = cited["span"]
            self.quotes += 1
            self.wrong_quotes += not document or document.text[start:end] != cited["quote"]


def _resident(process: int) -> int:
    status = Path(f"/proc/{process}/status").read_text("ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024


def _publish(home: Path, over: threading.Event) -> None:
    number = 0
    while not over.wait(_PUBLISH_SECONDS):
        number += 1
        (home / "corpus" / "note.md").write_text(f"# Note\n\nThe patrol took {number} days.\n")
        words = ["build", "--corpus", str(home / "corpus"), "--index", str(home / "index")]
        environment = {**os.environ, "CHATBOT_KEEP_BUILDS": "1000"}
        subprocess.run(
            [sys.executable, "-m", "chatbot", *words],
            check=True,
            capture_output=True,
            env=environment,
        )


def main(minutes: float, clients: int) -> None:
    """Run, and print what came of it."""
    questions = [question.text for question in load_question_set(QUESTIONS / "demo.jsonl")]
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        shutil.copytree(PROJECT / "corpus", home / "corpus")
        words = ["build", "--corpus", str(home / "corpus"), "--index", str(home / "index")]
        subprocess.run([sys.executable, "-m", "chatbot", *words], check=True, capture_output=True)
        soak, over = Soak(home / "index"), threading.Event()
        log = home / "log"
        with started(home / "index", log=log) as process:
            address = address_of(process, log)
            end = time.monotonic() + minutes * 60

            def ask_on(seed: int) -> None:
                chance = random.Random(seed)
                with httpx.Client(base_url=address, timeout=60) as client:
                    while time.monotonic() < end:
                        soak.ask(client, f"{chance.choice(questions)} {chance.randrange(1000)}")

            threads = [threading.Thread(target=ask_on, args=(seed,)) for seed in range(clients)]
            threads.append(threading.Thread(target=_publish, args=(home, over)))
            for thread in threads:
                thread.start()
            memory: list[int] = []
            while time.monotonic() < end:
                time.sleep(_MEMORY_SECONDS)
                memory.append(_resident(process.pid))
            over.set()
            for thread in threads:
                thread.join()
        first = memory[60 // _MEMORY_SECONDS : 90 // _MEMORY_SECONDS] or memory
        last = memory[-30 // _MEMORY_SECONDS :]
        growth = np.mean(last) / np.mean(first) - 1
        p50, p99 = np.percentile(soak.seconds, [50, 99])
        failed = ", ".join(f"{name} {number}" for name, number in soak.failures.items())
        print(f"{clients} clients for {minutes:g} minutes: {len(soak.seconds):,} answers")
        print(f"time      p50 {p50:.2f} s, p99 {p99:.2f} s")
        print(f"failed    {soak.failures.total()} {failed}")
        print(f"builds    {len(soak.builds)} answered")
        print(f"quotes    {soak.wrong_quotes} of {soak.quotes:,} checked differ from their build")
        print(f"memory    {np.mean(last) / 1e6:,.0f} MB, {growth:+.1%} since the second minute")


if __name__ == "__main__":
    arguments = [*map(float, sys.argv[1:])]
    main(
        arguments[0] if arguments else _MINUTES,
        int(arguments[1]) if len(arguments) > 1 else _CLIENTS,
    )

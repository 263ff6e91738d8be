"""Builds after a change: one at a time, never lost, in a process that ends with this one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chatbot.adding.build_queue import BuildQueue
from chatbot.settings import Settings

# Notes its start and end in a file, and waits for another before it ends.
_BUILD = """
import json, pathlib, sys, time
settings = json.loads(sys.stdin.readline())
home = pathlib.Path(settings["index"]).parent
with (home / "log").open("a") as log:
    log.write("begin ")
    log.flush()
    print("a library says hello")
    print(json.dumps({"stage": "reading", "total": 3}), flush=True)
    print(json.dumps({"done": 2}), flush=True)
    while not (home / "go").exists():
        time.sleep(0.01)
    log.write("end ")
answers = home / "answers"
lines = answers.read_text().splitlines() if answers.exists() else []
print(lines.pop(0) if lines else '{"built": "b1"}')
answers.write_text("\\n".join(lines))
"""


@pytest.fixture
def queue(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[BuildQueue]:
    """A queue whose builds do nothing."""
    monkeypatch.setattr("chatbot.adding.build_queue._BUSY_SECONDS", 0.05)
    monkeypatch.setattr("chatbot.adding.build_queue._QUIET_SECONDS", 0.05)
    queue = BuildQueue(settings, command=(sys.executable, "-c", _BUILD))
    yield queue
    queue.close()


def until(condition: Callable[[], object], *, seconds: float = 30) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def log(settings: Settings) -> str:
    path = settings.index.parent / "log"
    return path.read_text() if path.exists() else ""


def go(settings: Settings) -> None:
    """Let builds end."""
    (settings.index.parent / "go").touch()


def test_builds_run_one_at_a_time_and_one_more_for_all_that_was_asked_meanwhile(
    queue: BuildQueue, settings: Settings
) -> None:
    """Ten requests during a build are one build after it."""
    assert queue.wait(0)
    queue.request()
    until(lambda: queue.progress.done == 2)
    assert (queue.progress.stage, queue.progress.total) == ("reading", 3)
    for _ in range(10):
        queue.request()
    go(settings)
    assert queue.wait(30)
    assert log(settings) == "begin end begin end "
    assert not queue.progress.failed
    assert queue.progress.began_ns > 0


def test_it_waits_while_somebody_else_builds(queue: BuildQueue, settings: Settings) -> None:
    """And then builds after all."""
    answers = settings.index.parent / "answers"
    answers.write_text('{"failed": "Another build", "code": "busy"}\n' * 2)
    go(settings)
    queue.request()
    assert queue.wait(30)
    assert log(settings) == "begin end " * 3
    assert not queue.progress.failed


def test_a_failed_build_is_told_and_the_next_one_may_succeed(
    queue: BuildQueue, settings: Settings
) -> None:
    """A process that dies without a word has failed, too."""
    answers = settings.index.parent / "answers"
    answers.write_text('{"failed": "The disk is full.", "code": "not_stored"}\nnonsense\n')
    go(settings)
    for failed, code in (
        ("The disk is full.", "not_stored"),
        ("The build was stopped.", "failed"),
        ("", ""),
    ):
        queue.request()
        assert queue.wait(30)
        assert (queue.progress.failed, queue.progress.code) == (failed, code)


def test_a_build_gets_the_secrets_that_it_needs_and_no_others(settings: Settings) -> None:
    """Dumped settings have asterisks instead of a secret, with which no build reaches Milvus."""
    note = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text(sys.stdin.readline())"
    read = settings.index.parent / "read"
    secrets = {"milvus_token": "root:Milvus", "token": "of-scripts", "oidc_client_secret": "oidc"}
    given = Settings(**{**settings.model_dump(exclude_unset=True), **secrets})
    queue = BuildQueue(given, command=(sys.executable, "-c", note, str(read)))
    try:
        queue.request()
        assert queue.wait(30)
    finally:
        queue.close()
    built = Settings(**json.loads(read.read_text("utf-8")))
    assert built.milvus_token.get_secret_value() == "root:Milvus"
    assert not built.token.get_secret_value()
    assert not built.oidc_client_secret.get_secret_value()


def test_a_build_that_cannot_start_has_failed_and_the_next_one_may_succeed(
    queue: BuildQueue, settings: Settings
) -> None:
    """The system may have no process or file left for a moment."""
    command, queue._command = queue._command, ("/there/is/no/such/program",)
    queue.request()
    assert queue.wait(30)
    assert queue.progress.failed == (
        "The build can't be started (No such file or directory). Run: chatbot build"
    )
    queue._command = command
    go(settings)
    queue.request()
    assert queue.wait(30)
    assert not queue.progress.failed
    assert log(settings) == "begin end "


def test_closing_ends_the_build(queue: BuildQueue, settings: Settings) -> None:
    """It doesn't wait for it, and starts no other."""
    queue.request()
    until(lambda: "begin" in log(settings))
    queue.request()
    queue.close()
    go(settings)
    queue.request()
    time.sleep(0.2)
    assert log(settings) == "begin "


@pytest.mark.skipif(os.name != "posix", reason="kills a process")
def test_the_process_of_a_build_ends_with_the_one_that_started_it(tmp_path: Path) -> None:
    """Even if that is killed; a build without anybody to tell would hold the lock."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    os.mkfifo(corpus / ".chatbot-access.toml")  # the build waits for its content for ever
    code = (
        "import time; from chatbot.settings import load_settings; "
        "from chatbot.adding.build_queue import BuildQueue; "
        f"s = load_settings(corpus={str(corpus)!r}, index={str(tmp_path / 'index')!r})\n"
        "q = BuildQueue(s)\n"
        "q.request()\n"
        "while not q._process: time.sleep(0.01)\n"
        "print(q._process.pid, flush=True); time.sleep(60)"
    )
    server = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert server.stdout
    build = int(server.stdout.readline())
    server.send_signal(signal.SIGKILL)
    server.wait()
    server.stdout.close()
    until(lambda: not Path(f"/proc/{build}").exists() or _is_zombie(build))


def _is_zombie(process: int) -> bool:
    return ") Z " in Path(f"/proc/{process}/stat").read_text()

"""Nothing leaves the machine: every system call that could is watched."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.shared import PROJECT

STRACE = shutil.which("strace")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(STRACE is None, reason="strace is not installed"),
]

_OUTSIDE = re.compile(r"AF_INET6?")
_LOOPBACK = re.compile(r'inet_addr\("127\.|"::1"|sin6?_port=htons\(0\)')


def traced(log: Path, *command: str) -> list[str]:
    """The command line that runs `chatbot` with its connections written to a log."""
    calls = "trace=connect,sendto,sendmsg,sendmmsg"
    watched = [str(STRACE), "-f", "-qq", "-e", calls, "-o", str(log)]
    return [*watched, sys.executable, "-m", "chatbot", *command]


def reached(log: Path) -> list[str]:
    """The calls that aim at an address outside the loopback."""
    lines = log.read_text("utf-8", "replace").splitlines()
    return [line for line in lines if _OUTSIDE.search(line) and not _LOOPBACK.search(line)]


def test_building_and_asking_reach_no_other_host(tmp_path: Path) -> None:
    """Not even when the model is compiled for the first time, by the libraries it came from."""
    environment = {**os.environ, "CHATBOT_CACHE": str(tmp_path / "cache"), "HOME": str(tmp_path)}
    environment.pop("HF_HUB_OFFLINE", None)
    index = str(tmp_path / "index")
    corpus = str(PROJECT / "corpus")
    for number, command in enumerate(
        [
            ("build", "--corpus", corpus, "--index", index),
            ("ask", "Who trains with whom?", "--index", index),
            ("doctor", "--index", index),
        ]
    ):
        log = tmp_path / f"{number}.log"
        subprocess.run(traced(log, *command), env=environment, capture_output=True, check=True)
        assert reached(log) == []


def test_serving_reaches_no_other_host(demo_index: Path, tmp_path: Path) -> None:
    """Starting the server, loading the page and asking through the API stay on the loopback."""
    log = tmp_path / "serve.log"
    process = subprocess.Popen(
        traced(log, "serve", "--index", str(demo_index), "--port", "0"),
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "HOME": str(tmp_path), "PYTHONUNBUFFERED": "1"},
        start_new_session=True,
    )
    try:
        assert process.stderr
        address = next(
            found.group() for line in process.stderr if (found := re.search(r"http://\S+", line))
        )
        for path in ("/", "/healthz", "/readyz", "/api/v1/documents", "/openapi.json"):
            with urllib.request.urlopen(address + path) as answer:  # noqa: S310 - our own server
                assert answer.status == 200
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=30)
    assert reached(log) == []

"""Nothing leaves the machine: strace records every network call."""

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
    """The command line that runs `chatbot` under strace and logs its network calls."""
    calls = "trace=connect,sendto,sendmsg,sendmmsg"
    strace = [str(STRACE), "-f", "-qq", "-e", calls, "-o", str(log)]
    return [*strace, sys.executable, "-m", "chatbot", *command]


def outside_calls(log: Path) -> list[str]:
    """The logged calls to addresses other than the loopback."""
    lines = log.read_text("utf-8", "replace").splitlines()
    return [line for line in lines if _OUTSIDE.search(line) and not _LOOPBACK.search(line)]


def test_building_and_asking_reach_no_other_host(tmp_path: Path) -> None:
    """This holds even when the model is compiled for the first time."""
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
        assert outside_calls(log) == []


def test_serving_reaches_no_other_host(demo_index: Path, tmp_path: Path) -> None:
    """Starting the server and fetching its pages uses only the loopback."""
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
            match.group() for line in process.stderr if (match := re.search(r"http://\S+", line))
        )
        for path in ("/", "/healthz", "/readyz", "/api/v1/documents", "/openapi.json"):
            with urllib.request.urlopen(address + path) as answer:  # noqa: S310 - our own server
                assert answer.status == 200
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=30)
    assert outside_calls(log) == []

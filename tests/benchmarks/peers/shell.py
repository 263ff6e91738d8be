"""The time of the product's commands from the shell, each in a fresh process."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from tests.shared import PROJECT

_TIMES = 3
_COMMAND = (sys.executable, "-m", "chatbot")


def from_the_shell(index: Path, question: str) -> dict[str, float]:
    """The best seconds of each command, with warm disk caches."""
    return {
        "chatbot ask": min(_seconds("ask", question, "--index", str(index)) for _ in range(_TIMES)),
        "chatbot --help": min(_seconds("--help") for _ in range(_TIMES)),
        "chatbot serve, ready": min(_ready(index) for _ in range(_TIMES)),
    }


def _seconds(*arguments: str) -> float:
    began = time.perf_counter()
    subprocess.run([*_COMMAND, *arguments], check=True, capture_output=True, cwd=PROJECT)
    return time.perf_counter() - began


def _ready(index: Path) -> float:
    """Seconds until the server reports that it's ready."""
    began = time.perf_counter()
    with subprocess.Popen(
        [*_COMMAND, "serve", "--index", str(index), "--port", "0"],
        stderr=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
    ) as server:
        try:
            assert server.stderr
            matches = (re.search(r"http://\S+", line) for line in server.stderr)
            address = next(match.group() for match in matches if match)
            with urllib.request.urlopen(address + "/readyz"):  # noqa: S310 - our own server
                return time.perf_counter() - began
        finally:
            server.send_signal(signal.SIGINT)

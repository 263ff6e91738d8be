"""How long the product's own commands take from the shell, each in a fresh process."""

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
    """Seconds of each command, the best of a few, with what is read in the disk cache."""
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
    """Until the server says of itself that it can answer."""
    began = time.perf_counter()
    with subprocess.Popen(
        [*_COMMAND, "serve", "--index", str(index), "--port", "0"],
        stderr=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
    ) as server:
        try:
            assert server.stderr
            said = (re.search(r"http://\S+", line) for line in server.stderr)
            address = next(found.group() for found in said if found)
            with urllib.request.urlopen(address + "/readyz"):  # noqa: S310 - our own server
                return time.perf_counter() - began
        finally:
            server.send_signal(signal.SIGINT)

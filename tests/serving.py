"""A real server and a real browser for tests."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

CHROMIUM = shutil.which("chromium")
_FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
).split()


@contextmanager
def server(index: Path, *, port: int = 0) -> Iterator[str]:
    """Run `chatbot serve` on an index and yield its address; by default on a free port."""
    with started(index, port=port) as process:
        yield address_of(process)


@contextmanager
def started(
    index: Path,
    settings: Mapping[str, str] | None = None,
    *,
    port: int = 0,
    log: Path | None = None,
    folder: Path | None = None,
) -> Iterator[subprocess.Popen[str]]:
    """A server process in a folder, with settings; what it says goes to a file or to a pipe."""
    variables = {f"CHATBOT_{name.upper()}": value for name, value in (settings or {}).items()}
    with log.open("w") if log else nullcontext(subprocess.PIPE) as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "chatbot", "serve", "--index", str(index), "--port", str(port)],
            stderr=output,
            text=True,
            cwd=folder,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **variables},
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=40)


def address_of(process: subprocess.Popen[str], log: Path | None = None) -> str:
    """The address that a server says, once it serves."""
    output = []
    for line in process.stderr or _lines(process, log):
        output.append(line)
        if match := re.search(r"http://[^\s\"]+", line):
            return match.group()
    raise AssertionError("the server did not start:\n" + "".join(output))


def _lines(process: subprocess.Popen[str], log: Path | None) -> Iterator[str]:
    """The lines of a file that the process still writes."""
    assert log
    with log.open() as stream:
        while process.poll() is None:
            if line := stream.readline():
                yield line
            else:
                time.sleep(0.02)
        yield from stream


@contextmanager
def chromium() -> Iterator[Browser]:
    """The installed Chromium, driven by Playwright."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_FLAGS)
        try:
            yield browser
        finally:
            browser.close()

"""A real server and a real browser for tests."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
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
    process = subprocess.Popen(
        [sys.executable, "-m", "chatbot", "serve", "--index", str(index), "--port", str(port)],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        assert process.stderr
        output = []
        for line in process.stderr:
            output.append(line)
            if match := re.search(r"http://\S+", line):
                break
        else:
            raise AssertionError("the server did not start:\n" + "".join(output))
        yield match.group()
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The installed Chromium, driven by Playwright."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_FLAGS)
        try:
            yield browser
        finally:
            browser.close()

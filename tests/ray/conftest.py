"""A Ray cluster of three nodes on the loopback, and a small corpus."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import pytest

from tests.shared import PROJECT

# How long Ray waits for a lost cluster; a minute by default.
LOST_SECONDS: Final = 5
NOWHERE: Final = "http://127.0.0.1:9"


class RayNodes:
    """A cluster in a child process (`nodes.py`)."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self.address = ""

    def start(self) -> None:
        """Start, unless it runs already."""
        if self._process:
            return
        variables = {
            # Even so, Ray reports that it reports nothing, and asks which cloud it is in.
            "RAY_USAGE_STATS_ENABLED": "0",
            "RAY_USAGE_STATS_REPORT_URL": NOWHERE,
            "http_proxy": NOWHERE,
            # Workers would give way to every other process of the machine.
            "RAY_worker_niceness": "0",
            "RAY_gcs_rpc_server_reconnect_timeout_s": str(LOST_SECONDS),
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.ray.nodes"],
            cwd=PROJECT,
            env={**os.environ, **variables},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.address = self._line()

    def kill(self, what: str) -> str:
        """Kill a busy `worker`, a `node` or the `head`, and return what was killed."""
        assert self._process
        assert self._process.stdin
        print(what, file=self._process.stdin, flush=True)
        return self._line()

    def stop(self) -> None:
        """End all processes of the cluster."""
        if self._process:
            # Ray's own watcher ends the others with this one.
            self._process.communicate("")
            self._process = None

    def _line(self) -> str:
        assert self._process
        assert self._process.stdout
        return self._process.stdout.readline().strip()


@pytest.fixture(scope="session")
def _nodes() -> Iterator[RayNodes]:
    if not find_spec("ray"):
        pytest.skip("needs Ray: pip install -e '.[dev]'")
    nodes = RayNodes()
    yield nodes
    nodes.stop()


@pytest.fixture
def nodes(_nodes: RayNodes, monkeypatch: pytest.MonkeyPatch) -> RayNodes:
    """A running cluster; a test that kills its head stops it."""
    _nodes.start()
    monkeypatch.setenv("RAY_gcs_rpc_server_reconnect_timeout_s", str(LOST_SECONDS))
    return _nodes


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Twelve documents of the demo, and files that can't be read."""
    folder = tmp_path / "corpus"
    (folder / "more").mkdir(parents=True)
    for number, path in enumerate(sorted((PROJECT / "corpus").glob("*.md"))[:12]):
        (folder / ("more" if number % 3 else "") / path.name).write_bytes(path.read_bytes())
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\nbroken")
    (folder / "empty.txt").write_bytes(b"")
    (folder / "link.md").symlink_to(folder / "empty.txt")
    return folder

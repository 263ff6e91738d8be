"""A real Milvus server in a process of its own, and indexes in it."""

from __future__ import annotations

import itertools
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import pytest

from chatbot.settings import Settings, load_settings

_START_SECONDS: Final = 60
_numbers = itertools.count(1)


class MilvusServer:
    """A milvus-lite server on the loopback; its data stay when it is killed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and wait until it takes connections."""
        # By default it takes connections from every network.
        words = ["server", "--host", "127.0.0.1", "--port", str(self.port)]
        words += ["--data-dir", str(self._folder / "data")]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "milvus_lite", *words], stdout=log, stderr=log
            )
        end = time.monotonic() + _START_SECONDS
        while time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        raise AssertionError((self._folder / "log").read_text())

    def kill(self) -> None:
        """End it at once, as if the power failed."""
        if self._process:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Inside the block, it takes requests, but doesn't answer."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def index(self) -> str:
        """The address of an index that no other test uses."""
        return f"milvus://127.0.0.1:{self.port}/test_{next(_numbers)}_{os.getpid()}"


@contextmanager
def running_server(folder: Path) -> Iterator[MilvusServer]:
    """A server that runs inside the block; tests are skipped without pymilvus and milvus-lite."""
    if not (find_spec("pymilvus") and find_spec("milvus_lite")):
        pytest.skip("needs pymilvus and milvus-lite: pip install -e '.[dev]'")
    running = MilvusServer(folder)
    running.start()
    try:
        yield running
    finally:
        running.kill()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MilvusServer]:
    """A running server."""
    with running_server(tmp_path_factory.mktemp("milvus")) as running:
        yield running


@pytest.fixture(scope="module", autouse=True)
def files_elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What belongs to an index in Milvus is kept in the working folder; not in these tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHATBOT_FEEDBACK", str(tmp_path_factory.mktemp("kept") / "feedback.sqlite"))
        yield


@pytest.fixture
def settings(tmp_path: Path, server: MilvusServer, letters: None) -> Settings:  # noqa: ARG001
    """Settings for an empty corpus, and for an index in Milvus that doesn't exist yet."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    return load_settings(
        corpus=corpus,
        index=server.index(),
        cache=tmp_path / "cache",
        model="letters",
        reader=False,
    )

"""Builds after a change: one at a time, each in its own process.

If a build is requested while one is running, one more build follows, however many requests there
were. If another process is building, the queue waits for it.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from chatbot.adding.build_process import BUSY
from chatbot.settings import Settings

log = logging.getLogger(__name__)

_COMMAND: Final = (sys.executable, "-P", "-m", "chatbot.adding.build_process")
# A build logs nobody in and asks no server.
_NOT_NEEDED: Final = {"oidc_client_secret", "token"}
_BUSY_SECONDS: Final = 2.0
# Several files are added one after another.
_QUIET_SECONDS: Final = 0.3


@dataclass(frozen=True, slots=True)
class BuildProgress:
    """What the queue is doing.

    While `running`, `done` of `total` steps of the `stage` are done; without a stage, it starts or
    waits for somebody else's build. `failed` says in English why the last build failed. The last
    one that succeeded began at `began_ns`.
    """

    running: bool = False
    stage: str = ""
    done: int = 0
    total: int = 0
    failed: str = ""
    code: str = ""
    began_ns: int = 0


class BuildQueue:
    """Builds in the background; safe to use from several threads. `close` ends a build."""

    def __init__(self, settings: Settings, *, command: Sequence[str] = _COMMAND) -> None:
        self._settings = settings
        self._command = command
        self._changed = threading.Condition()
        self._progress = BuildProgress()
        self._asked = self._closed = False
        self._thread: threading.Thread | None = None
        self._process: subprocess.Popen[str] | None = None

    @property
    def progress(self) -> BuildProgress:
        """What the queue is doing."""
        return self._progress

    def request(self) -> None:
        """Build soon, with everything that is in the corpus now."""
        with self._changed:
            if self._closed:
                return
            self._asked = True
            self._update(running=True)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="builds", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def wait(self, seconds: float) -> bool:
        """Wait until no build is running or requested; False if it takes longer."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._progress.running, seconds)

    def close(self) -> None:
        """Stop the running build; the build in service stays."""
        with self._changed:
            self._closed, self._asked = True, False
            if self._process:
                self._process.kill()
            self._changed.notify_all()
        if self._thread:
            self._thread.join()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._asked or self._closed)
                self._changed.wait_for(lambda: self._closed, _QUIET_SECONDS)
                if self._closed:
                    return
                self._asked = False
            began = time.time_ns()
            try:
                outcome = self._build()
            except OSError as failure:
                log.warning("the build after a change can't be started: %s", failure)
                reason = f"The build can't be started ({failure.strerror}). Run: chatbot build"
                outcome = {"failed": reason, "code": "failed"}
            with self._changed:
                if outcome.get("code") == BUSY:
                    self._asked = True
                    self._changed.wait_for(lambda: self._closed, _BUSY_SECONDS)
                    continue
                failed, code = outcome.get("failed", ""), outcome.get("code", "")
                if not failed:
                    self._update(began_ns=began)
                self._update(failed=failed, code=code, stage="", running=self._asked)
                self._changed.notify_all()

    def _build(self) -> dict[str, Any]:
        """Run one build and return its last message."""
        settings = self._settings.model_dump(mode="json", exclude_unset=True, exclude=_NOT_NEEDED)
        if "milvus_token" in settings:  # dumped as asterisks
            settings["milvus_token"] = self._settings.milvus_token.get_secret_value()
        outcome: dict[str, Any] = {"failed": "The build was stopped.", "code": "failed"}
        with self._changed:
            if self._closed:
                return outcome
            self._process = process = subprocess.Popen(  # noqa: S603 - our own module
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                # Ctrl-C reaches only the server, which then ends the build.
                process_group=0 if os.name == "posix" else None,
            )
        assert process.stdin
        assert process.stdout
        with process:
            try:
                process.stdin.write(f"{json.dumps(settings)}\n")
                process.stdin.flush()
            except BrokenPipeError:
                pass  # it couldn't start
            for message in _messages(process.stdout):
                if "stage" in message:
                    self._update(stage=message["stage"], done=0, total=message["total"])
                elif "done" in message:
                    self._update(done=message["done"])
                else:
                    outcome = message
        if outcome.get("failed") and outcome.get("code") != BUSY:
            log.warning("the build after a change failed: %s", outcome["failed"])
        return outcome

    def _update(self, **changes: Any) -> None:
        self._progress = replace(self._progress, **changes)


def _messages(lines: Iterator[str] | Any) -> Iterator[dict[str, Any]]:
    for line in lines:
        try:
            message = json.loads(line)
        except ValueError:
            continue  # a library's own output
        if isinstance(message, dict):
            yield message

"""Files are read in another process, which is replaced when a file hangs or breaks it.

A file is asked for ahead of its turn, so that one is read while another is cut. What breaks the
process inside a container costs that part of it; what breaks it otherwise costs the file.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from queue import Empty, Queue
from typing import Any, Final

from chatbot.errors import SkipKind, SkipReason, UnreadableFile
from chatbot.readers import Skipped
from chatbot.readers.worker import (
    NO_MEMORY,
    Done,
    Failed,
    InnerFile,
    Limits,
    Opened,
    Ready,
    Request,
)
from chatbot.types import Document

# The working folder may be the corpus, whose files are nobody's modules: -P leaves it out.
_READER: Final = (sys.executable, "-P", "-m", "chatbot.readers")
# Lists of replies that may lie unread.
_AHEAD: Final = 4
# How often it is looked how much memory the process holds.
_LOOK_SECONDS: Final = 0.1
# A container with more parts than this that break the process is given up.
_MOST_CASUALTIES: Final = 5


@dataclass(frozen=True, slots=True)
class Afresh:
    """The file is read once more, without the part that broke its reader; forget what came."""


Answer = Opened | Document | Skipped | Afresh


class Isolation:
    """Reads files in a process of its own. Close it, or let it end with this process."""

    def __init__(self, limits: Limits, *, command: Sequence[str] = _READER) -> None:
        self._limits = limits
        self._command = command
        self._process: _Process | None = None
        self._asked: deque[Request] = deque()

    def close(self) -> None:
        """End the process."""
        if self._process:
            self._process.end()
            self._process = None

    def ask(self, path: Path, name: str, prefix: str) -> None:
        """Have a file read; answers come in the order of asking."""
        request = Request(str(path), name, prefix)
        self._asked.append(request)
        if self._process:
            self._process.send(request)
        else:
            self._start()

    def answers(self) -> Iterator[Answer]:
        """What is in the file asked for first, to its end. Raises UnreadableFile."""
        casualties: dict[str, SkipReason] = {}
        while True:
            try:
                yield from self._answers()
            except _Casualty as casualty:
                if not casualty.part or len(casualties) >= _MOST_CASUALTIES:
                    self._asked.popleft()
                    self._start()
                    raise UnreadableFile(*casualty.reason) from None
                casualties[casualty.part] = casualty.reason
                self._asked[0] = replace(self._asked[0], skip_inner=dict(casualties))
                self._start()
                yield Afresh()
            except UnreadableFile:
                self._asked.popleft()
                raise
            else:
                self._asked.popleft()
                return

    def _answers(self) -> Iterator[Answer]:
        if not self._process:
            self._start()
        process = self._process
        assert process is not None
        part = ""
        while True:
            try:
                replies = process.replies(self._limits)
            except _Stopped as stop:
                raise _Casualty(stop.reason, part) from None
            for reply in replies:
                match reply:
                    case Done():
                        return
                    case Failed(reason):
                        raise UnreadableFile(*reason)
                    case InnerFile(name):
                        part = name
                    case _:
                        yield reply

    def _start(self) -> None:
        """A new process, asked for all that no answer has come to."""
        self.close()
        if self._asked:
            self._process = _Process(self._command, self._limits)
            for request in self._asked:
                self._process.send(request)


class _Stopped(Exception):
    """The process had to be ended, or ended by itself."""

    def __init__(self, reason: SkipReason) -> None:
        self.reason = reason


class _Casualty(Exception):
    """A file broke its reader; `part` is the file inside it that did so, or empty."""

    def __init__(self, reason: SkipReason, part: str) -> None:
        self.reason = reason
        self.part = part


class _Process:
    """One process that reads, and a thread that takes its replies.

    The thread is there for the sake of systems that can't wait for a pipe with a limit of time.
    """

    def __init__(self, command: Sequence[str], limits: Limits) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=_environment(),
            # An interrupt from the keyboard is for this process, which then ends that one.
            process_group=0 if os.name == "posix" else None,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._ready = False
        self._over = False
        self._most_memory = 0
        self._replies: Queue[Any] = Queue(_AHEAD)
        self._thread = threading.Thread(target=self._take, daemon=True)
        self._thread.start()
        self.send(limits)

    def send(self, thing: Request | Limits) -> None:
        assert self._process.stdin
        # One that has ended is noticed by its replies.
        with suppress(OSError):
            pickle.dump(thing, self._process.stdin)
            self._process.stdin.flush()

    def _take(self) -> None:
        assert self._process.stdout
        try:
            while True:
                self._replies.put(pickle.load(self._process.stdout))  # noqa: S301 - our own code
        # Whatever a dying process has written last.
        except (EOFError, OSError, ValueError, pickle.UnpicklingError, AttributeError, ImportError):
            self._replies.put(None)

    def replies(self, limits: Limits) -> Sequence[Any]:
        """The next replies. Raises _Stopped where none come in time."""
        if not self._ready:
            self._over = not isinstance(self._replies.get(), Ready)
            self._ready = not self._over
        if self._over:
            raise RuntimeError("the process that reads files can't be started")
        until = time.monotonic() + limits.seconds
        while True:
            try:
                replies = self._replies.get(timeout=min(_LOOK_SECONDS, limits.seconds))
            except Empty:
                self._most_memory = max(self._most_memory, _resident(self._process.pid))
                if self._most_memory > limits.memory:
                    raise _Stopped(_no_memory(limits)) from None
                if time.monotonic() > until:
                    detail = f"after {limits.seconds:g} s (the setting file_seconds)"
                    raise _Stopped(SkipReason(SkipKind.TIMED_OUT, detail)) from None
                continue
            if replies is None:
                self._over = True
                raise _Stopped(self._last_words(limits))
            return list(replies)

    def _last_words(self, limits: Limits) -> SkipReason:
        """Why a process has ended by itself."""
        code = self._process.wait()
        # Libraries that get no memory end the process in ways of their own.
        if code == NO_MEMORY or (code < 0 and self._most_memory > limits.memory / 2):
            return _no_memory(limits)
        return SkipReason(SkipKind.CRASHED, _ended(code))

    def end(self) -> None:
        """End the process, whatever it is doing, and leave nothing of it."""
        self._process.kill()
        # The thread may be waiting to hand over what nobody wants any more.
        while not self._over:
            self._over = self._replies.get() is None
        self._thread.join()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                if stream:
                    stream.close()


def _environment() -> dict[str, str]:
    """What this process can import, that one can."""
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(place or str(Path.cwd()) for place in sys.path),
    }


def _resident(pid: int) -> int:
    """How many bytes a process holds; 0 where the system does not tell."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def _no_memory(limits: Limits) -> SkipReason:
    detail = f"over {limits.memory / 1e6:,.0f} MB (the setting file_memory_megabytes)"
    return SkipReason(SkipKind.OUT_OF_MEMORY, detail)


def _ended(code: int) -> str:
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"exit code {code}"

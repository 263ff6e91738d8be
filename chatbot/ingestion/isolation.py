"""Read files in a child process, which is replaced when a file hangs or crashes it.

Requests run ahead, so that one file is read while another is chunked. After a crash inside a
container, only the part being read is skipped; after any other crash, the whole file.
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

# -P keeps the working folder off the import path. It may be the corpus, whose files must not be
# imported.
_READER: Final = (sys.executable, "-P", "-m", "chatbot.readers")
# The most batches of replies that wait unread.
_QUEUED_BATCHES: Final = 4
_MEMORY_CHECK_SECONDS: Final = 0.1
# A container is skipped if more of its parts than this crash the process.
_MOST_CRASHES: Final = 5


@dataclass(frozen=True, slots=True)
class Restarted:
    """The file is read again without the part that crashed; discard its earlier replies."""


ReaderReply = Opened | Document | Skipped | Restarted


class IsolatedReader:
    """Reads files in a child process, which ends at `close` or with this process."""

    def __init__(self, limits: Limits, *, command: Sequence[str] = _READER) -> None:
        self._limits = limits
        self._command = command
        self._process: _Process | None = None
        self._requests: deque[Request] = deque()

    def close(self) -> None:
        """End the child process."""
        if self._process:
            self._process.end()
            self._process = None

    def request(self, path: Path, name: str, prefix: str) -> None:
        """Request a file; `replies` serves the files in the order of the requests."""
        request = Request(str(path), name, prefix)
        self._requests.append(request)
        if self._process:
            self._process.send(request)
        else:
            self._start()

    def replies(self) -> Iterator[ReaderReply]:
        """Yield the replies for the next requested file. Raises UnreadableFile."""
        crashes: dict[str, SkipReason] = {}
        while True:
            try:
                yield from self._replies()
            except _ReaderCrashed as crash:
                if not crash.part or len(crashes) >= _MOST_CRASHES:
                    self._requests.popleft()
                    self._start()
                    raise UnreadableFile(*crash.reason) from None
                crashes[crash.part] = crash.reason
                self._requests[0] = replace(self._requests[0], skip_inner=dict(crashes))
                self._start()
                yield Restarted()
            except UnreadableFile:
                self._requests.popleft()
                raise
            else:
                self._requests.popleft()
                return

    def _replies(self) -> Iterator[ReaderReply]:
        if not self._process:
            self._start()
        process = self._process
        assert process is not None
        part = ""
        while True:
            try:
                batch = process.next_batch(self._limits)
            except _ProcessEnded as end:
                raise _ReaderCrashed(end.reason, part) from None
            for reply in batch:
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
        """Start a new process and send it every unanswered request."""
        self.close()
        if self._requests:
            self._process = _Process(self._command, self._limits)
            for request in self._requests:
                self._process.send(request)


class _ProcessEnded(Exception):
    """The process ended, or exceeded a limit and must be ended."""

    def __init__(self, reason: SkipReason) -> None:
        self.reason = reason


class _ReaderCrashed(Exception):
    """A file crashed its reader; `part` is the inner file that was being read, or empty."""

    def __init__(self, reason: SkipReason, part: str) -> None:
        self.reason = reason
        self.part = part


class _Process:
    """One child process, and a thread that collects its replies.

    The thread is needed because not every system can wait for a pipe with a timeout.
    """

    def __init__(self, command: Sequence[str], limits: Limits) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=_environment(),
            # Ctrl-C must reach only this process, which then ends its child.
            process_group=0 if os.name == "posix" else None,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._ready = False
        self._over = False
        self._peak_memory = 0
        self._batches: Queue[Any] = Queue(_QUEUED_BATCHES)
        self._thread = threading.Thread(target=self._collect, daemon=True)
        self._thread.start()
        self.send(limits)

    def send(self, message: Request | Limits) -> None:
        assert self._process.stdin
        # If the process has ended, `next_batch` reports it.
        with suppress(OSError):
            pickle.dump(message, self._process.stdin)
            self._process.stdin.flush()

    def _collect(self) -> None:
        assert self._process.stdout
        try:
            while True:
                self._batches.put(pickle.load(self._process.stdout))  # noqa: S301 - our own code
        # A process that is killed may leave its last message incomplete.
        except (EOFError, OSError, ValueError, pickle.UnpicklingError, AttributeError, ImportError):
            self._batches.put(None)

    def next_batch(self, limits: Limits) -> Sequence[Any]:
        """The next replies. Raises _ProcessEnded if none arrive in time."""
        if not self._ready:
            self._over = not isinstance(self._batches.get(), Ready)
            self._ready = not self._over
        if self._over:
            raise RuntimeError("the process that reads files can't be started")
        deadline = time.monotonic() + limits.seconds
        while True:
            try:
                batch = self._batches.get(timeout=min(_MEMORY_CHECK_SECONDS, limits.seconds))
            except Empty:
                self._peak_memory = max(self._peak_memory, _resident_bytes(self._process.pid))
                if self._peak_memory > limits.memory:
                    raise _ProcessEnded(_no_memory(limits)) from None
                if time.monotonic() > deadline:
                    detail = f"after {limits.seconds:g} s (the setting file_seconds)"
                    raise _ProcessEnded(SkipReason(SkipKind.TIMED_OUT, detail)) from None
                continue
            if batch is None:
                self._over = True
                raise _ProcessEnded(self._exit_reason(limits))
            return list(batch)

    def _exit_reason(self, limits: Limits) -> SkipReason:
        """Why the process ended by itself."""
        code = self._process.wait()
        # Libraries that run out of memory end the process in different ways.
        if code == NO_MEMORY or (code < 0 and self._peak_memory > limits.memory / 2):
            return _no_memory(limits)
        return SkipReason(SkipKind.CRASHED, _exit_name(code))

    def end(self) -> None:
        """Kill the process and release its thread and pipes."""
        self._process.kill()
        # The thread may be blocked on a full queue.
        while not self._over:
            self._over = self._batches.get() is None
        self._thread.join()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                if stream:
                    stream.close()


def _environment() -> dict[str, str]:
    """An environment in which the child can import everything that this process can."""
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(folder or str(Path.cwd()) for folder in sys.path),
    }


def _resident_bytes(pid: int) -> int:
    """The bytes of memory that a process holds; 0 on systems without /proc."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def _no_memory(limits: Limits) -> SkipReason:
    detail = f"over {limits.memory / 1e6:,.0f} MB (the setting file_memory_megabytes)"
    return SkipReason(SkipKind.OUT_OF_MEMORY, detail)


def _exit_name(code: int) -> str:
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"exit code {code}"

"""The process that reads files. It may hang or crash without harming the build.

`python -m chatbot.readers` starts it. It reads `Limits` and then a `Request` for each file from
standard input. It writes `Ready` and then lists of replies to standard output; the last list for
a file ends with `Done` or `Failed`. All messages are pickled. The process ends when standard
input does.
"""

from __future__ import annotations

import gc
import hashlib
import os
import pickle
import signal
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import IO

from chatbot.errors import SkipKind, SkipReason, UnreadableFile
from chatbot.readers.built_in import BUILT_IN
from chatbot.readers.detection.media_type import media_type
from chatbot.readers.formats import Formats
from chatbot.readers.installed import installed_formats
from chatbot.readers.raw_file import RawFile, Skipped
from chatbot.readers.read_file import read, reader_failure
from chatbot.types import Document

# Exit code when a file needs more memory than the limit.
NO_MEMORY = 77

# Small documents are sent together, but none waits long.
_BATCH_CHARACTERS = 65_536
_BATCH_SECONDS = 0.5
# The parent enforces the limit; this one ends a process whose parent is gone.
_GRACE_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits on reading a file.

    `seconds` is the longest wait for the next document, `memory` that of the process in bytes, and
    `output` the number of characters of all documents in the file.
    """

    seconds: float
    memory: int
    output: int


@dataclass(frozen=True, slots=True)
class Request:
    """A file to read: its path on disk, and its name and prefix as in `RawFile`.

    `skip_inner` names inner files to skip, with the reason.
    """

    path: str
    name: str
    prefix: str
    skip_inner: Mapping[str, SkipReason] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ready:
    """The process is ready for requests."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The file was opened: the SHA-256 of its bytes, and its media type."""

    sha256: str
    media_type: str


@dataclass(frozen=True, slots=True)
class InnerFile:
    """An inner file is about to be read."""

    name: str


@dataclass(frozen=True, slots=True)
class Done:
    """The file has been read to its end."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The file can't be read, for this reason."""

    reason: SkipReason


WorkerReply = Opened | InnerFile | Document | Skipped | Done | Failed


def main(formats: Formats | None = None) -> None:
    """Answer requests until standard input ends; `formats` defaults to the installed ones."""
    # Output that a library prints must not mix with the replies.
    replies = os.fdopen(os.dup(1), "wb")
    _silence(1)
    requests: SimpleQueue[Request] = SimpleQueue()
    try:
        limits: Limits = pickle.load(sys.stdin.buffer)  # noqa: S301 - from our parent
    except EOFError:
        return  # The parent ended before it sent the limits.
    _bound_memory(limits.memory)
    # A thread notices the end of input even while a reader hangs.
    threading.Thread(target=_listen, args=(requests,), daemon=True).start()
    formats = formats or installed_formats()
    Formats(BUILT_IN).load_readers()
    pickle.dump(Ready(), replies)
    replies.flush()
    _silence(2)
    # Imported modules stay, so the garbage collector needn't scan them.
    gc.freeze()
    while True:
        _Replies(replies, limits, formats).answer(requests.get())


def _silence(descriptor: int) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)


def _listen(requests: SimpleQueue[Request]) -> None:
    try:
        while True:
            requests.put(pickle.load(sys.stdin.buffer))  # noqa: S301 - from our parent
    finally:
        os._exit(0)


def _bound_memory(limit: int) -> None:
    """Make allocations beyond the limit fail, on systems that support it."""
    try:
        import resource
    except ImportError:
        return
    # On Linux RLIMIT_DATA counts only memory in use; RLIMIT_AS also counts reserved addresses.
    kind = resource.RLIMIT_DATA if sys.platform == "linux" else resource.RLIMIT_AS
    hard = resource.getrlimit(kind)[1]
    soft = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    try:
        resource.setrlimit(kind, (soft, hard))
    except (OSError, ValueError):  # macOS has the limit but refuses to set it
        return


def _reset_peak_memory() -> None:
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", "ascii")


def _peak_memory() -> int:
    """Peak memory in bytes since `_reset_peak_memory`; 0 if the system doesn't report it."""
    try:
        status = Path("/proc/self/status").read_text("ascii")
    except OSError:
        return 0
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


class _Replies:
    """The replies to one request."""

    def __init__(self, replies: IO[bytes], limits: Limits, formats: Formats) -> None:
        self._replies = replies
        self._limits = limits
        self._formats = formats
        self._waiting: list[WorkerReply] = []
        self._characters = self._sent = 0
        self._began = time.monotonic()

    def answer(self, request: Request) -> None:
        """Read a file and reply with its documents."""
        self._clock(on=True)
        _reset_peak_memory()
        end: WorkerReply = Done()
        try:
            self._read(request)
        except UnreadableFile as failure:
            end = Failed(failure.reason)
        except MemoryError:
            os._exit(NO_MEMORY)
        except Exception as failure:  # noqa: BLE001 - a damaged file may break a parser in any way
            # A library that runs out of memory may raise its own error.
            if _peak_memory() > self._limits.memory / 2:
                os._exit(NO_MEMORY)
            end = Failed(reader_failure(failure))
        self._waiting.append(end)
        self._flush()
        self._clock(on=False)

    def _read(self, request: Request) -> None:
        try:
            data = Path(request.path).read_bytes()
        except OSError as failure:
            raise UnreadableFile(*SkipReason.not_opened(failure)) from failure
        kind = media_type(request.name, data, self._formats)
        self._waiting.append(Opened(hashlib.sha256(data).hexdigest(), kind))
        # If reading kills this process, the parent already has the hash and the type.
        self._flush()

        def announce(name: str) -> SkipReason | None:
            self._waiting.append(InnerFile(name))
            self._flush()
            return request.skip_inner.get(name)

        file = RawFile(request.name, data, request.prefix, media_type=kind)
        for item in read(file, skip_inner=announce, formats=self._formats):
            self._put(item)

    def _put(self, item: Document | Skipped) -> None:
        if isinstance(item, Document):
            self._characters += len(item.text)
            self._sent += len(item.text)
            if self._sent > self._limits.output:
                raise UnreadableFile(
                    SkipKind.TOO_LARGE,
                    f"it holds more text than {self._limits.output / 1e6:,g} MB "
                    f"(the setting file_text_megabytes)",
                )
        self._waiting.append(item)
        overdue = time.monotonic() - self._began > _BATCH_SECONDS
        if overdue or self._characters > _BATCH_CHARACTERS:
            self._flush()

    def _flush(self) -> None:
        """Send the waiting replies; the clock stops while the pipe is full."""
        self._clock(on=False)
        pickle.dump(self._waiting, self._replies, pickle.HIGHEST_PROTOCOL)
        self._replies.flush()
        self._waiting.clear()
        self._characters = 0
        self._began = time.monotonic()
        self._clock(on=True)

    def _clock(self, *, on: bool) -> None:
        """Let the system kill this process if a file takes far too long."""
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, self._limits.seconds + _GRACE_SECONDS if on else 0)

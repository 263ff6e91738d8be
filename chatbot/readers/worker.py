"""Reading in a process of its own, which may hang, crash or explode without harm to others.

Started with `python -m chatbot.readers`. On standard input come `Limits` and then a `Request` for
each file, on standard output go `Ready` and then lists of what was found, the last of each file
ended by `Done` or `Failed`; all pickled. The process ends with its standard input.
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
from chatbot.readers.read_file import damaged, read
from chatbot.types import Document

# What the process ends with where a file needed more memory than it may have.
NO_MEMORY = 77

# Small documents go over the pipe together, but none waits long.
_BATCH_CHARACTERS = 65_536
_BATCH_SECONDS = 0.5
# Whoever waits gives up in time; this is for a process that nobody waits for any more.
_GRACE_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading a file may cost: seconds until a document comes, and bytes.

    `memory` bounds what the process holds, `output` the characters that a file may give.
    """

    seconds: float
    memory: int
    output: int


@dataclass(frozen=True, slots=True)
class Request:
    """A file to be read: where it lies, its name and prefix as in `RawFile`.

    `pass_over` names files inside it that are not to be touched, and why.
    """

    path: str
    name: str
    prefix: str
    pass_over: Mapping[str, SkipReason] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ready:
    """The process can take requests."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The file's bytes are there: their SHA-256, and the media type that they tell."""

    sha256: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Part:
    """A file inside the file is about to be read."""

    name: str


@dataclass(frozen=True, slots=True)
class Done:
    """That was all of the file."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The file can't be read, and why."""

    reason: SkipReason


Reply = Opened | Part | Document | Skipped | Done | Failed


def main(formats: Formats | None = None) -> None:
    """Answer requests until standard input ends; `formats` are those of the installation."""
    # Whatever a library prints must not get between the replies.
    replies = os.fdopen(os.dup(1), "wb")
    _silence(1)
    requests: SimpleQueue[Request] = SimpleQueue()
    try:
        limits: Limits = pickle.load(sys.stdin.buffer)  # noqa: S301 - from whoever started us
    except EOFError:
        return  # Whoever it was has been stopped in that very moment.
    _bound_memory(limits.memory)
    # A thread notices the end of input even while a reader hangs.
    threading.Thread(target=_listen, args=(requests,), daemon=True).start()
    formats = formats or installed_formats()
    Formats(BUILT_IN).load_readers()
    pickle.dump(Ready(), replies)
    replies.flush()
    _silence(2)
    # What has been imported stays; there is no use in looking through it again and again.
    gc.freeze()
    while True:
        _Replies(replies, limits, formats).answer(requests.get())


def _silence(descriptor: int) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)


def _listen(requests: SimpleQueue[Request]) -> None:
    try:
        while True:
            requests.put(pickle.load(sys.stdin.buffer))  # noqa: S301 - from whoever started us
    finally:
        os._exit(0)


def _bound_memory(limit: int) -> None:
    """Have allocations fail beyond the limit, where the system knows such a thing."""
    try:
        import resource
    except ImportError:
        return
    # Linux counts here what is written to; the other limit counts what is merely reserved, too.
    kind = resource.RLIMIT_DATA if sys.platform == "linux" else resource.RLIMIT_AS
    hard = resource.getrlimit(kind)[1]
    soft = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    try:
        resource.setrlimit(kind, (soft, hard))
    except (OSError, ValueError):  # macOS has the limit and does not let it be set
        return


def _forget_peak() -> None:
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", "ascii")


def _peak_memory() -> int:
    """The most that this process has held since that was forgotten; 0 where nobody knows."""
    try:
        told = Path("/proc/self/status").read_text("ascii")
    except OSError:
        return 0
    return int(told.partition("VmHWM:")[2].split()[0]) * 1024


class _Replies:
    """The replies to one request."""

    def __init__(self, replies: IO[bytes], limits: Limits, formats: Formats) -> None:
        self._replies = replies
        self._limits = limits
        self._formats = formats
        self._waiting: list[Reply] = []
        self._characters = self._sent = 0
        self._began = time.monotonic()

    def answer(self, request: Request) -> None:
        """Read a file and reply what is in it."""
        self._clock(on=True)
        _forget_peak()
        end: Reply = Done()
        try:
            self._read(request)
        except UnreadableFile as failure:
            end = Failed(failure.reason)
        except MemoryError:
            os._exit(NO_MEMORY)
        except Exception as failure:  # noqa: BLE001 - a damaged file may break a parser in any way
            # Libraries that get no memory may say so in words of their own.
            if _peak_memory() > self._limits.memory / 2:
                os._exit(NO_MEMORY)
            end = Failed(damaged(failure))
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
        # What comes now may break this process, and then that much is known.
        self._flush()

        def begin(name: str) -> SkipReason | None:
            self._waiting.append(Part(name))
            self._flush()
            return request.pass_over.get(name)

        file = RawFile(request.name, data, request.prefix, media_type=kind)
        for item in read(file, skip_inner=begin, formats=self._formats):
            self._put(item)

    def _put(self, found: Document | Skipped) -> None:
        if isinstance(found, Document):
            self._characters += len(found.text)
            self._sent += len(found.text)
            if self._sent > self._limits.output:
                raise UnreadableFile(
                    SkipKind.TOO_LARGE,
                    f"it gives more text than {self._limits.output / 1e6:,g} MB "
                    f"(the setting file_text_megabytes)",
                )
        self._waiting.append(found)
        overdue = time.monotonic() - self._began > _BATCH_SECONDS
        if overdue or self._characters > _BATCH_CHARACTERS:
            self._flush()

    def _flush(self) -> None:
        """Send what is waiting; while it goes through the pipe the clock stands still."""
        self._clock(on=False)
        pickle.dump(self._waiting, self._replies, pickle.HIGHEST_PROTOCOL)
        self._replies.flush()
        self._waiting.clear()
        self._characters = 0
        self._began = time.monotonic()
        self._clock(on=True)

    def _clock(self, *, on: bool) -> None:
        """Have the system end this process if it takes far too long, whatever it is doing."""
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, self._limits.seconds + _GRACE_SECONDS if on else 0)

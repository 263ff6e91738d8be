"""The process that reads files. It may hang or crash without harming the build.

`python -m chatbot.readers` starts it. It reads `Limits` and then a `Request` for each file from
standard input, each with the open file. It confines itself, and writes `Ready` and then lists of
replies to standard output; the last list for a file ends with `Done` or `Failed`. The process ends
when standard input does.
"""

from __future__ import annotations

import gc
import hashlib
import os
import re
import shutil
import signal
import threading
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from queue import SimpleQueue
from typing import IO

from chatbot.confinement.confine import bound_memory, confine
from chatbot.confinement.messages import Requests, write_message
from chatbot.errors import SkipKind, SkipReason, UnreadableFile
from chatbot.readers.built_in import BUILT_IN
from chatbot.readers.detection.media_type import media_type
from chatbot.readers.formats import Formats
from chatbot.readers.installed import installed_formats
from chatbot.readers.raw_file import RawFile, Skipped
from chatbot.readers.read_file import read, reader_failure
from chatbot.readers.reading_messages import (
    NO_MEMORY,
    Done,
    Failed,
    InnerFile,
    Limits,
    Opened,
    Ready,
    Request,
    WorkerReply,
    named,
)
from chatbot.types import Document

# Small documents are sent together, but none waits long.
_BATCH_CHARACTERS = 65_536
_BATCH_SECONDS = 0.5
# The parent enforces the limit; this one ends a process whose parent is gone.
_GRACE_SECONDS = 10
_FULL = re.compile("bad_alloc|allocate memory")


def main(formats: Formats | None = None) -> None:
    """Answer requests until standard input ends; `formats` defaults to the installed ones."""
    # Output that a library prints must not mix with the replies.
    replies = os.fdopen(os.dup(1), "wb")
    _silence(1)
    requests = Requests()
    try:
        limits = requests.next_message(Limits)
    except EOFError:
        return  # The parent ended before it sent the limits.
    bound_memory(limits.memory)
    formats = formats or installed_formats()
    Formats(BUILT_IN).load_readers()
    memory = _PeakMemory()
    confinement = confine(programs=_needs_programs())
    waiting: SimpleQueue[tuple[Request, int]] = SimpleQueue()
    # A thread notices the end of input even while a reader hangs.
    threading.Thread(target=_listen, args=(requests, waiting), daemon=True).start()
    write_message(replies, named([Ready(confinement)]))
    _silence(2)
    # Imported modules stay, so the garbage collector needn't scan them.
    gc.freeze()
    while True:
        _Replies(replies, limits, formats, memory).answer(*waiting.get())


def _needs_programs() -> bool:
    """Whether scanned pages are read with Tesseract, which is another program."""
    return find_spec("rapidocr") is None and shutil.which("tesseract") is not None


def _silence(descriptor: int) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)


def _listen(requests: Requests, waiting: SimpleQueue[tuple[Request, int]]) -> None:
    try:
        while True:
            waiting.put(requests.next(Request))
    finally:
        os._exit(0)


class _PeakMemory:
    """Peak memory of this process; its files are opened before the process can't open any."""

    def __init__(self) -> None:
        self._status: IO[bytes] | None = None
        self._reset: IO[bytes] | None = None
        with suppress(OSError):
            self._status = Path("/proc/self/status").open("rb", buffering=0)  # noqa: SIM115
            self._reset = Path("/proc/self/clear_refs").open("wb", buffering=0)  # noqa: SIM115

    def reset(self) -> None:
        """Count from now on."""
        if self._reset:
            self._reset.write(b"5")

    def bytes(self) -> int:
        """Peak memory in bytes since `reset`; 0 if the system doesn't report it."""
        if not self._status:
            return 0
        self._status.seek(0)
        return int(self._status.read().partition(b"VmHWM:")[2].split()[0]) * 1024


class _Replies:
    """The replies to one request."""

    def __init__(
        self, replies: IO[bytes], limits: Limits, formats: Formats, memory: _PeakMemory
    ) -> None:
        self._replies = replies
        self._limits = limits
        self._formats = formats
        self._memory = memory
        self._waiting: list[WorkerReply] = []
        self._characters = self._sent = 0
        self._began = time.monotonic()

    def answer(self, request: Request, descriptor: int) -> None:
        """Read a file and reply with its documents."""
        self._clock(on=True)
        self._memory.reset()
        end: WorkerReply = Done()
        try:
            self._read(request, descriptor)
        except UnreadableFile as failure:
            end = Failed(failure.reason)
        except MemoryError:
            os._exit(NO_MEMORY)
        except Exception as failure:  # noqa: BLE001 - a damaged file may break a parser in any way
            # A library that runs out of memory may raise its own error.
            if _FULL.search(str(failure)) or self._memory.bytes() > self._limits.memory / 2:
                os._exit(NO_MEMORY)
            end = Failed(reader_failure(failure))
        self._waiting.append(end)
        self._flush()
        self._clock(on=False)

    def _read(self, request: Request, descriptor: int) -> None:
        try:
            with os.fdopen(descriptor, "rb") as stream:
                # The position is shared with an earlier process that crashed over this file.
                stream.seek(0)
                data = stream.read(request.size)
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
        write_message(self._replies, named(self._waiting))
        self._waiting.clear()
        self._characters = 0
        self._began = time.monotonic()
        self._clock(on=True)

    def _clock(self, *, on: bool) -> None:
        """Let the system kill this process if a file takes far too long."""
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, self._limits.seconds + _GRACE_SECONDS if on else 0)

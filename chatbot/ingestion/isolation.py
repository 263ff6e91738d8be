"""Reads files in a child process, which is replaced if a file hangs or crashes it.

Several requests are sent ahead, so that one file is read while another is chunked. After a crash
inside a container, only the inner file being read is skipped; after any other crash, the whole
file. A file that runs out of memory gets a new process, if others were read in this one before.
"""

from __future__ import annotations

import os
import signal
import time
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, NamedTuple

from chatbot.confinement.child import ConfinedProcess, module_command
from chatbot.confinement.confine import Confinement
from chatbot.confinement.messages import PASSES_FILES, MalformedMessage
from chatbot.errors import SkipKind, SkipReason, UnreadableFile
from chatbot.index.corpus_files import OpenFile
from chatbot.readers import Skipped
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
    checked,
    decoded,
)
from chatbot.types import Document

_READER: Final = module_command("chatbot.readers")
_MEMORY_CHECK_SECONDS: Final = 0.1
# A container is skipped if more of its parts than this crash the process.
_MOST_CRASHES: Final = 5


@dataclass(frozen=True, slots=True)
class Restarted:
    """The file is read again without the part that crashed; discard its earlier replies."""


ReaderReply = Opened | Document | Skipped | Restarted


class _Asked(NamedTuple):
    """A requested file. It stays open until it has been read, since it may be sent again."""

    request: Request
    descriptor: int

    def close(self) -> None:
        os.close(self.descriptor)


class IsolatedReader:
    """Reads files in a child process, which ends at `close` or with this process.

    `confinement` is that of the child process, once it has read something.
    """

    def __init__(self, limits: Limits, *, command: Sequence[str] = _READER) -> None:
        self._limits = limits
        self._command = command
        self._process: _Process | None = None
        self._is_new = True
        self.confinement: Confinement | None = None
        self._asked: deque[_Asked] = deque()

    def close(self) -> None:
        """End the child process."""
        self._end()
        while self._asked:
            self._asked.popleft().close()

    def request(self, file: OpenFile, name: str, prefix: str) -> None:
        """Request an open file, and close it in the end.

        `replies` serves the files in the order of the requests.
        """
        path = "" if PASSES_FILES else str(file.path)
        asked = _Asked(Request(name, file.size, prefix, path=path), file.descriptor)
        self._asked.append(asked)
        if self._process:
            self._process.send(*asked)
        else:
            self._start()

    def replies(self) -> Generator[ReaderReply, None, None]:
        """Yield the replies for the next requested file. Raises UnreadableFile.

        If the caller stops early, the rest of the file is not read.
        """
        crashes: dict[str, SkipReason] = {}
        ended = False
        try:
            while not ended:
                try:
                    yield from self._replies()
                    ended = True
                except _ReaderCrashed as crash:
                    if crash.reason.kind is SkipKind.OUT_OF_MEMORY and not self._is_new:
                        # Memory that earlier files left behind must not cost this one.
                        self._start()
                        yield Restarted()
                        continue
                    if not crash.part or len(crashes) >= _MOST_CRASHES:
                        raise UnreadableFile(*crash.reason) from None
                    crashes[crash.part] = crash.reason
                    asked = self._asked[0]
                    request = replace(asked.request, skip_inner=dict(crashes))
                    self._asked[0] = asked._replace(request=request)
                    self._start()
                    yield Restarted()
                except UnreadableFile:
                    ended = True
                    raise
        finally:
            self._asked.popleft().close()
            if ended:
                self._is_new = False
            else:
                self._start()

    def _replies(self) -> Iterator[ReaderReply]:
        if not self._process:
            self._start()
        process = self._process
        assert process is not None
        self.confinement = process.ready()
        part, characters = "", 0
        while True:
            try:
                batch = process.next_batch()
                for reply in batch:
                    match checked(reply, self._asked[0].request):
                        case Done():
                            return
                        case Failed(reason):
                            raise UnreadableFile(*reason)
                        case InnerFile(name):
                            part = name
                        case Document() as document:
                            characters += len(document.text)
                            self._check_amount(characters)
                            yield document
                        case other:
                            yield other
            except _ProcessEnded as end:
                raise _ReaderCrashed(end.reason, part) from None
            except MalformedMessage as message:
                # Only a process that a file has taken over sends one, so nothing of it is kept.
                reason = SkipReason(SkipKind.CRASHED, f"it sent {message}")
                raise _ReaderCrashed(reason, "") from None

    def _check_amount(self, characters: int) -> None:
        """The process itself stops at the limit, unless a file has taken it over."""
        if characters > self._limits.output:
            raise MalformedMessage("more text than allowed")

    def _start(self) -> None:
        """Start a new process and send it every unanswered request."""
        self._end()
        if self._asked:
            self._process = _Process(self._command, self._limits)
            self._is_new = True
            for asked in self._asked:
                self._process.send(*asked)

    def _end(self) -> None:
        if self._process:
            self._process.end()
            self._process = None


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
    """One child process, and the limits on its time and memory."""

    def __init__(self, command: Sequence[str], limits: Limits) -> None:
        # The process can't make a longer message than it has memory.
        self._process = ConfinedProcess(command, largest_reply=limits.memory)
        self.send, self.end = self._process.send, self._process.end
        self._limits = limits
        self._confinement: Confinement | None = None
        self._peak_memory = 0
        self.send(limits)

    def next_batch(self) -> Sequence[WorkerReply | Ready]:
        """The next replies. Raises _ProcessEnded if none arrive in time, and MalformedMessage."""
        limits, deadline = self._limits, time.monotonic() + self._limits.seconds
        while True:
            try:
                return decoded(self._process.reply(min(_MEMORY_CHECK_SECONDS, limits.seconds)))
            except TimeoutError:
                self._peak_memory = max(self._peak_memory, _resident_bytes(self._process.pid))
                if self._peak_memory > limits.memory:
                    raise _ProcessEnded(_no_memory(limits)) from None
                if time.monotonic() > deadline:
                    detail = f"after {limits.seconds:g} s (the setting file_seconds)"
                    raise _ProcessEnded(SkipReason(SkipKind.TIMED_OUT, detail)) from None
            except EOFError:
                raise _ProcessEnded(self._exit_reason()) from None

    def ready(self) -> Confinement:
        """Wait until the process is ready, and return what confines it."""
        self._confinement = self._confinement or self._first_message()
        return self._confinement

    def _first_message(self) -> Confinement:
        with suppress(EOFError, MalformedMessage):
            match decoded(self._process.reply()):
                case [Ready(confinement)]:
                    return confinement
        raise RuntimeError("the process that reads files can't be started")

    def _exit_reason(self) -> SkipReason:
        """Why the process ended by itself."""
        code = self._process.exit_code()
        # Libraries that run out of memory end the process in different ways.
        if code == NO_MEMORY or (code < 0 and self._peak_memory > self._limits.memory / 2):
            return _no_memory(self._limits)
        return SkipReason(SkipKind.CRASHED, _exit_name(code))


def reading_confinement() -> Confinement:
    """Start a reading process to see what confines it on this machine."""
    process = _Process(_READER, Limits(seconds=60, memory=1_000_000_000, output=0))
    try:
        return process.ready()
    finally:
        process.end()


def _resident_bytes(pid: int) -> int:
    """The memory of a process in bytes; 0 on systems without /proc."""
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

"""Starts a process for untrusted files, and talks to it.

The process inherits its standard input and output, no other open files, and only those variables of
the environment that its libraries need. It confines itself before it reads the first file.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, Queue
from typing import IO, Any, Final

from chatbot.confinement.messages import (
    PASSES_FILES,
    MalformedMessage,
    read_message,
    send_request,
)

# The most replies that wait unread.
_QUEUED_REPLIES: Final = 4
# Variables without secrets that change how libraries compute, and one that Windows needs.
_PASSED: Final = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "OMP_NUM_THREADS", "SYSTEMROOT")


def module_command(module: str) -> tuple[str, ...]:
    """The command that runs a module.

    `-P` keeps the working folder off the import path. It may be the corpus, whose files must not be
    imported.
    """
    return (sys.executable, "-P", "-m", module)


class ConfinedProcess:
    """A child process; it ends when `end` is called, or when this process ends.

    A thread collects its replies, because not every system can wait for a pipe with a timeout, and
    because the process may stop in the middle of a reply.
    """

    def __init__(self, command: Sequence[str], *, largest_reply: int) -> None:
        """Start the command. Replies may have at most `largest_reply` bytes."""
        self._largest = largest_reply
        mine, theirs = socket.socketpair() if PASSES_FILES else (None, None)
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            command,
            stdin=theirs.fileno() if theirs else subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=_environment(),
            # Ctrl-C must reach only this process, which then ends its child.
            process_group=0 if os.name == "posix" else None,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._stdin: socket.socket | IO[bytes] | None = mine or self._process.stdin
        if theirs:
            theirs.close()
        self._replies: Queue[bytes | Exception] = Queue(_QUEUED_REPLIES)
        self._over = False
        self._thread = threading.Thread(target=self._collect, daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def send(self, request: Any, descriptor: int | None = None) -> None:
        """Send a request, and an open file with it; nothing happens if the process has ended."""
        assert self._stdin
        with suppress(OSError):
            send_request(self._stdin, request, descriptor)

    def _collect(self) -> None:
        assert self._process.stdout
        try:
            while True:
                self._replies.put(read_message(self._process.stdout, largest=self._largest))
        # A process that is killed may leave its last reply incomplete.
        except (EOFError, OSError, ValueError, MalformedMessage) as end:
            self._replies.put(end)

    def reply(self, timeout: float | None = None) -> bytes:
        """The next reply, still encoded.

        Raises TimeoutError, EOFError when the process has ended, or MalformedMessage.
        """
        if self._over:
            raise EOFError
        try:
            reply = self._replies.get(timeout=timeout)
        except Empty:
            raise TimeoutError from None
        if isinstance(reply, bytes):
            return reply
        self._over = True
        raise reply if isinstance(reply, MalformedMessage) else EOFError

    def alive(self) -> bool:
        """Whether the process hasn't ended yet."""
        return self._process.poll() is None

    def exit_code(self) -> int:
        """The exit code of a process that ended by itself; -N after signal N."""
        return self._process.wait()

    def end(self) -> None:
        """Kill the process and release its thread and pipes."""
        self._process.kill()
        if sys.is_finalizing():
            return  # The thread has ended, so no reply arrives, and the pipes are closed anyway.
        # The thread may be blocked on a full queue.
        while not self._over:
            self._over = isinstance(self._replies.get(), Exception)
        self._thread.join()
        self._process.wait()
        for stream in (self._stdin, self._process.stdout):
            with suppress(OSError):
                if stream:
                    stream.close()


def _environment() -> dict[str, str]:
    """An environment in which the child can import everything that this process can."""
    passed = {name: os.environ[name] for name in _PASSED if name in os.environ}
    folders = (folder or str(Path.cwd()) for folder in sys.path)
    return {**passed, "PYTHONPATH": os.pathsep.join(folders)}

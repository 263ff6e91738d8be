"""A Ray cluster, reached through a process of its own."""

from __future__ import annotations

import os
import pickle
import socket
import subprocess
import sys
import threading
from concurrent.futures import Future
from importlib.util import find_spec
from multiprocessing.connection import Connection
from typing import Any, Final

from chatbot.confinement.child import module_command
from chatbot.errors import ClusterError, UsageError
from chatbot.ingestion.cluster.cluster_messages import (
    Failed,
    Finished,
    Lost,
    Refused,
    Start,
    Started,
    Task,
    Unfit,
)

_NOT_INSTALLED: Final = "Ray isn't installed. Install it with: pip install 'chatbot[scale]'"
_DRIVER: Final = module_command("chatbot.ingestion.cluster.ray_driver")


class Cluster:
    """The cluster at an address; its workers run tasks for one job.

    `processors` is the number of tasks that run at a time.
    """

    def __init__(self, address: str, job: str) -> None:
        """Connect. Raises ClusterError, or UsageError for something that is no address."""
        self._address = checked_address(address)
        if find_spec("ray") is None:
            raise ClusterError(_NOT_INSTALLED)
        mine, theirs = socket.socketpair()
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            [*_DRIVER, str(theirs.fileno())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            # Ctrl-C must reach only this process, which then ends the other.
            start_new_session=True,
        )
        theirs.close()
        self._link = Connection(mine.detach())
        self._tasks: dict[int, Future[Any]] = {}
        self._number = 0
        self._lock = threading.Lock()
        self._failure: Exception | None = None
        try:
            self._link.send(Start(self._address, job))
            self.processors = self._started()
        except BaseException:
            self.close()
            raise
        self._thread = threading.Thread(target=self._collect, daemon=True)
        self._thread.start()

    def _started(self) -> int:
        try:
            reply = self._link.recv()
        # If Ray finds nothing at the address, it ends its process after a while.
        except (EOFError, OSError):
            raise _unreachable(self._address, "it doesn't answer") from None
        if isinstance(reply, Started):
            return max(1, reply.processors)
        raise _unreachable(self._address, reply.reason)

    def submit(self, name: str, argument: Any) -> Future[Any]:
        """Run a task of `worker_tasks` on a worker.

        The future may raise ClusterError; a bug on the worker raises RuntimeError.
        """
        future: Future[Any] = Future()
        content = pickle.dumps(argument)
        with self._lock:
            if self._failure:
                raise self._failure
            number, self._number = self._number, self._number + 1
            self._tasks[number] = future
        try:
            self._link.send(Task(number, name, content))
        except OSError:
            self._end(_lost(self._address))
        return future

    def close(self) -> None:
        """End the process, and with it all tasks on the cluster."""
        self._process.kill()
        self._process.wait()
        self._link.close()

    def _collect(self) -> None:
        """Give each future its result, until the process has ended."""
        try:
            while True:
                self._take(self._link.recv())
        except (EOFError, OSError, pickle.UnpicklingError):
            self._end(_lost(self._address))

    def _take(self, reply: Any) -> None:
        match reply:
            case Finished(number, result):
                self._tasks.pop(number).set_result(pickle.loads(result))  # noqa: S301 - from a worker of ours
            case Unfit(number, sentence):
                self._tasks.pop(number).set_exception(ClusterError(sentence))
            case Lost(number, reason):
                self._tasks.pop(number).set_exception(_batch_lost(reason))
            case Refused(reason):
                self._end(_lost(self._address, reason))
            case Failed(number, trace) if number in self._tasks:
                self._tasks.pop(number).set_exception(RuntimeError(trace))
            case Failed(_, trace):
                self._end(RuntimeError(trace))

    def _end(self, failure: Exception) -> None:
        """Fail everything that is still asked for."""
        with self._lock:
            self._failure = self._failure or failure
            tasks, self._tasks = self._tasks, {}
        for future in tasks.values():
            future.set_exception(self._failure)


def checked_address(address: str) -> str:
    """The address of a cluster: `auto`, or HOST:PORT. Raises UsageError."""
    host, _, port = address.rpartition(":")
    if address == "auto" or (host and "/" not in host and port.isdecimal()):
        return address
    raise UsageError(f"{address!r} isn't a Ray cluster. Give --ray auto, or --ray HOST:PORT.")


def _unreachable(address: str, reason: str) -> ClusterError:
    return ClusterError(
        f"There is no Ray cluster to use at {address} ({reason}). Start one on each machine, "
        f"including this one, as docs/scale.md says."
    )


def _lost(address: str, reason: str = "it no longer answers") -> ClusterError:
    return ClusterError(
        f"The Ray cluster at {address} was lost ({reason}); the earlier build is untouched. "
        f"Start the cluster again, and repeat the command."
    )


def _batch_lost(reason: str) -> ClusterError:
    return ClusterError(
        f"Every worker that Ray gave the same batch was lost ({reason}); the earlier build is "
        f"untouched. Look for the cause in Ray's logs; it may be too little memory."
    )

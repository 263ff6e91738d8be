"""The process that talks to Ray: `python -m chatbot.ingestion.cluster.ray_driver DESCRIPTOR`.

It ends when the build closes the connection with this descriptor. If the cluster is lost for a
minute, Ray ends it.
"""

from __future__ import annotations

import logging
import os
import socket
import sys
import time
import traceback
from functools import partial
from multiprocessing.connection import Connection
from threading import Lock
from typing import Any, Final

# Ray reads this when it is imported; nothing is reported to anybody.
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"

import ray
from ray._private import services

from chatbot.ingestion.cluster.cluster_messages import (
    OK,
    UNFIT,
    Failed,
    Finished,
    Lost,
    Refused,
    Reply,
    Start,
    Started,
    Task,
    Unfit,
)

# How often Ray repeats a task whose worker is lost.
_RETRIES: Final = 5
_CONNECT_SECONDS: Final = 5
_LOOK_SECONDS: Final = 2
# How long to wait for a machine when none is left.
_EMPTY_SECONDS: Final = 30


# Ray sends this function itself, because the package may be missing on the worker.
def _perform(job: str, name: str, argument: bytes) -> tuple[str, Any]:
    """Run a task on a worker: its result, or why the worker can't take part."""
    try:
        from chatbot.ingestion.cluster.worker_tasks import perform
    except ImportError as failure:
        machine = socket.gethostname()
        return UNFIT, (
            f"The worker on {machine} doesn't have this program ({failure}). Install the same "
            f"version there with: pip install 'chatbot[scale]'"
        )
    return perform(job, name, argument)


class _Driver:
    """Passes tasks to Ray, and their results back."""

    def __init__(self, link: Connection, job: str) -> None:
        self._link = link
        self._job = job
        self._sending = Lock()
        self._running = 0
        self._work = ray.remote(_perform).options(
            num_cpus=1, max_retries=_RETRIES, scheduling_strategy="SPREAD"
        )

    def send(self, reply: Reply) -> None:
        """Send a reply; the build may be gone."""
        with self._sending:
            try:
                self._link.send(reply)
            except OSError:
                os._exit(0)

    def run(self) -> None:
        """Pass on tasks until the build closes the connection."""
        self.send(Started(_processors()))
        last_seen = time.monotonic()
        while True:
            if self._link.poll(_LOOK_SECONDS):
                try:
                    task: Task = self._link.recv()
                except EOFError:
                    return
                self._running += 1
                future = self._work.remote(self._job, task.name, task.argument).future()
                future.add_done_callback(partial(self._finish, task.number))
            elif not self._running or _processors():
                last_seen = time.monotonic()
            elif time.monotonic() - last_seen > _EMPTY_SECONDS:
                self.send(Refused("no machine is left in it"))
                return

    def _finish(self, number: int, future: Any) -> None:
        self._running -= 1
        self.send(_reply(number, future))


def _reply(number: int, future: Any) -> Reply:
    try:
        status, value = future.result()
    except ray.exceptions.RayTaskError as failure:
        return Failed(number, str(failure))
    except ray.exceptions.RayError as failure:
        return Lost(number, _first_line(failure))
    return Finished(number, value) if status == OK else Unfit(number, value)


def _processors() -> int:
    return int(ray.cluster_resources().get("CPU", 0))


def _connect(address: str) -> None:
    """Connect to a running cluster. Raises OSError, RuntimeError or ValueError."""
    if address == "auto":
        address = services.get_ray_address_from_environment(address, None) or address
    host, _, port = address.rpartition(":")
    if host:
        # Ray itself tries for a minute.
        socket.create_connection((host, int(port)), _CONNECT_SECONDS).close()
    if host == "127.0.0.1" and not _listens(services.get_node_ip_address(), int(port)):
        # Ray replaces the loopback by this machine's address in the network, but a cluster that
        # was started on the loopback listens nowhere else.
        services.resolve_ip_for_localhost = lambda name: name
    ray.init(address=address, logging_level=logging.ERROR, log_to_driver=False)


def _listens(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(_CONNECT_SECONDS)
        return probe.connect_ex((host, port)) == 0


def _first_line(failure: BaseException) -> str:
    return (str(failure).strip().splitlines() or [type(failure).__name__])[0].rstrip(".")


def main() -> None:
    """Serve one build."""
    link = Connection(int(sys.argv[1]))
    start: Start = link.recv()
    try:
        _connect(start.address)
    except (OSError, RuntimeError, ValueError) as failure:
        link.send(Refused(_first_line(failure)))
        return
    driver = _Driver(link, start.job)
    try:
        driver.run()
    except Exception:  # noqa: BLE001 - a bug must reach the build, which prints it
        driver.send(Failed(-1, traceback.format_exc()))
    # Ray would wait for running tasks; the cluster ends them with this process.
    os._exit(0)


if __name__ == "__main__":
    main()

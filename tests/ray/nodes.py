"""A Ray cluster on the loopback, in a process of its own: a head without processors, three nodes.

It prints its address. A line on its input kills a busy worker, a node or the head; it answers each.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from ray.cluster_utils import Cluster

NODES: Final = 3
_WAIT_SECONDS: Final = 30
_LOOPBACK: Final = {
    "node_ip_address": "127.0.0.1",
    "object_store_memory": 80_000_000,
    "include_dashboard": False,
}


def _busy_workers(nodes: list[Any]) -> Iterator[int]:
    """The process numbers of workers that run a task now."""
    raylets = {node.all_processes["raylet"][0].process.pid for node in nodes}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            command = (folder / "cmdline").read_text()
        except OSError:
            continue
        if parent in raylets and command.startswith("ray::_perform"):
            yield int(folder.name)


def _kill_worker(nodes: list[Any]) -> str:
    end = time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < end:
        for number in _busy_workers(nodes):
            os.kill(number, signal.SIGKILL)
            return f"killed {number}"
        time.sleep(0.01)
    return "no worker was busy"


def main() -> None:
    """Serve until the input ends."""
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, **_LOOPBACK})
    nodes = [cluster.add_node(wait=False, num_cpus=1, **_LOOPBACK) for _ in range(NODES)]
    cluster.wait_for_nodes()
    print(cluster.address, flush=True)  # noqa: T201
    for line in sys.stdin:
        match line.strip():
            case "worker":
                answer = _kill_worker(nodes)
            case "node":
                cluster.remove_node(nodes.pop(), allow_graceful=False)
                answer = "killed a node"
            case _:
                cluster.remove_node(cluster.head_node, allow_graceful=False)
                answer = "killed the head"
        print(answer, flush=True)  # noqa: T201
    cluster.shutdown()


if __name__ == "__main__":
    main()

"""Runs one system in its own process: `child SYSTEM MODEL build CORPUS INDEX`, or `ask INDEX`.

`build` prints its cost as JSON. `ask` reads a JSON object with the questions `first` (one),
`warm_up` and `asked` from standard input. It prints a line as soon as the first is answered, then
one with times and documents. Connections to other machines are blocked and reported.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.benchmarks.peers.system import System

_tried: set[str] = set()


def main() -> None:
    """Print one or two lines of JSON."""
    sys.addaudithook(_block_network)
    # Output of the libraries must not mix with the lines of JSON.
    answers, sys.stdout = sys.stdout, sys.stderr
    name, model, task, *paths = sys.argv[1:]
    make = partial(import_module(f"tests.benchmarks.peers.{name}").Peer, Path(model))
    do: Callable[..., Iterator[dict[str, Any]]] = _build if task == "build" else _ask
    for figures in do(make, *map(Path, paths)):
        line = {**figures, "megabytes": _peak_megabytes(), "tried_to_reach": sorted(_tried)}
        print(json.dumps(line), file=answers, flush=True)


def _build(make: Callable[[], System], corpus: Path, index: Path) -> Iterator[dict[str, Any]]:
    began, used = time.perf_counter(), time.process_time()
    built = make().build(corpus, index)
    seconds, core_seconds = time.perf_counter() - began, time.process_time() - used
    yield {"seconds": seconds, "core_seconds": core_seconds, **built._asdict()}


def _ask(make: Callable[[], System], index: Path) -> Iterator[dict[str, Any]]:
    questions = json.load(sys.stdin)
    peer = make()
    peer.open(index)
    yield {"documents": peer.documents(peer.ask(questions["first"]))}
    for question in questions["warm_up"]:
        peer.ask(question)
    milliseconds, results = [], []
    for question in questions["asked"]:
        began = time.perf_counter()
        answer = peer.ask(question)
        milliseconds.append(1000 * (time.perf_counter() - began))
        results.append(list(dict.fromkeys(peer.documents(answer)))[:10])
    yield {"milliseconds": milliseconds, "found": results}


def _block_network(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuse to resolve or connect to any host except this one."""
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event == "socket.connect" and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    if host not in {None, "", "localhost", "127.0.0.1", "::1"}:
        _tried.add(str(host))
        raise OSError(f"{host} is not this machine")


def _peak_megabytes() -> float:
    """The peak memory of this process; on Linux `ru_maxrss` would include the parent's."""
    status = Path("/proc/self/status")
    if status.exists():
        peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(peak.split()[1]) / 1000
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


main()

"""One system in a process of its own: `child SYSTEM MODEL build CORPUS INDEX`, or `ask INDEX`.

`build` prints what it cost as JSON. `ask` reads a JSON object with questions `first` (one),
`warm_up` and `asked` from standard input, prints a line as soon as the first is answered, and then
what answering cost and found. No address outside the machine can be reached; what tried to is
told.
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
    sys.addaudithook(_stay_here)
    # Whatever a library prints must not come between the lines of JSON.
    answers, sys.stdout = sys.stdout, sys.stderr
    name, model, task, *paths = sys.argv[1:]
    make = partial(import_module(f"tests.benchmarks.peers.{name}").Peer, Path(model))
    do: Callable[..., Iterator[dict[str, Any]]] = _build if task == "build" else _ask
    for found in do(make, *map(Path, paths)):
        told = {**found, "megabytes": _peak_megabytes(), "tried_to_reach": sorted(_tried)}
        print(json.dumps(told), file=answers, flush=True)


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
    milliseconds, found = [], []
    for question in questions["asked"]:
        began = time.perf_counter()
        answer = peer.ask(question)
        milliseconds.append(1000 * (time.perf_counter() - began))
        found.append(list(dict.fromkeys(peer.documents(answer)))[:10])
    yield {"milliseconds": milliseconds, "found": found}


def _stay_here(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuse to look up or reach any host but this one."""
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
    """The most memory that this process ever had; `ru_maxrss` would count the parent's too."""
    status = Path("/proc/self/status")
    if status.exists():
        peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(peak.split()[1]) / 1000
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


main()

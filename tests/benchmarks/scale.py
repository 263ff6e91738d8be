"""What an index in Milvus costs.

    python -m tests.benchmarks.scale [QUESTIONS]        by default 100 questions of scifact

The index of scifact is copied to a milvus-lite server on this machine, and questions are asked of
both. A table for larger corpora is computed from the costs of a passage and of a question. Only
what is above that table was run.
"""

from __future__ import annotations

import json
import math
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, Final

import numpy as np

from chatbot.assistant import Chatbot
from chatbot.evaluation.question_set import load_question_set
from chatbot.index.milvus.connection import Connection
from chatbot.index_address import MilvusAddress, milvus_address
from chatbot.ingestion.build_index import copy_index
from chatbot.settings import load_settings
from tests.benchmarks.indexes import HOME, open_set
from tests.milvus.conftest import running_server
from tests.shared import EVALUATION

SET: Final = "scifact"
_RETRIEVED: Final = 10
_GIB: Final = 2**30
# Assumptions of the computed table.
_NODE_GIB: Final = 64
_USED: Final = 0.7
_SCAN_BYTES_A_SECOND: Final = 10e9
_EMBEDDED_A_SECOND: Final = 100
_CORES: Final = 16
_TABLE: Final = (10_000_000, 100_000_000, 1_000_000_000)


class Clock:
    """The time in which at least one call of some methods is under way, and the calls of each."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.calls: Counter[str] = Counter()
        self._active = 0
        self._since = 0.0
        self._lock = threading.Lock()

    def timed(self, method: Callable[..., Any]) -> Callable[..., Any]:
        """The method, counted and timed."""

        def call(*arguments: Any, **options: Any) -> Any:
            with self._lock:
                self.calls[method.__name__] += 1
                self._since = self._since if self._active else time.perf_counter()
                self._active += 1
            try:
                return method(*arguments, **options)
            finally:
                with self._lock:
                    self._active -= 1
                    if not self._active:
                        self.seconds += time.perf_counter() - self._since

        return call


def main(most: int = 100) -> None:
    """Copy, ask, compare, and compute."""
    with (
        open_set(SET) as folder,
        tempfile.TemporaryDirectory() as home,
        running_server(Path(home)) as server,
    ):
        address = milvus_address(Path(server.index()))
        assert address
        figures: dict[str, Any] = {}
        measures: tuple[Callable[[], dict[str, Any]], ...] = (
            lambda: _copy(address, folder),
            lambda: _stored(address, folder, Path(home) / "data"),
            lambda: _ask(address, folder, most),
        )
        for measure in measures:
            part = measure()
            print(json.dumps(part, indent=1), flush=True)
            figures |= part
    _compute(figures)


def _copy(address: MilvusAddress, folder: Chatbot) -> dict[str, Any]:
    start = time.perf_counter()
    assert copy_index(HOME / SET, load_settings(), address)
    seconds = time.perf_counter() - start
    passages = len(folder.build)
    return {"passages": passages, "copied a second": round(passages / seconds)}


def _stored(address: MilvusAddress, folder: Chatbot, data: Path) -> dict[str, Any]:
    """Bytes a passage, by part, from a sample of entities."""
    connection = Connection(address)
    collection = next(name for name in connection.collections() if "_passages_" in name)
    rows = connection.matching(collection, "doc < 200", ["dense", "words", "details"])
    files = connection.matching(f"{address.name}_files", "build > 0 and doc == 0", ["data"])
    outline = sum(len(each["data"]) for each in files) * 3 / 4
    texts = connection.matching(f"{address.name}_files", "doc > 0 and doc < 200", ["data"])
    connection.close()
    return {
        "vector bytes": round(np.mean([len(row["dense"]) * 4 for row in rows])),
        "words bytes": round(np.mean([len(row["words"]) * 8 for row in rows])),
        "details bytes": round(np.mean([sum(map(len, row["details"])) for row in rows])),
        "text bytes": round(sum(len(text["data"]) for text in texts) / len(rows)),
        "outline bytes, compressed": round(outline / len(folder.build)),
        "milvus-lite bytes on disk": round(
            sum(path.stat().st_size for path in data.rglob("*") if path.is_file())
            / len(folder.build)
        ),
    }


def _ask(address: MilvusAddress, folder: Chatbot, most: int) -> dict[str, Any]:
    questions = [each.text for each in load_question_set(EVALUATION / SET)][:most]
    clock = Clock()
    Connection.search = clock.timed(Connection.search)  # type: ignore[method-assign]
    Connection.fetch = clock.timed(Connection.fetch)  # type: ignore[method-assign]
    totals, totals_there = [], []
    settings = folder.settings.model_copy(update={"index": Path(str(address))})
    with Chatbot.open(settings=settings) as milvus:
        milvus.retrieve(questions[0])
        clock.seconds = 0
        clock.calls.clear()
        for question in questions:
            start = time.perf_counter()
            milvus.retrieve(question, top_k=_RETRIEVED)
            middle = time.perf_counter()
            folder.retrieve(question, top_k=_RETRIEVED)
            totals.append(middle - start)
            totals_there.append(time.perf_counter() - middle)
        ping = min(_ping(milvus) for _ in range(20))
    count = len(questions)
    return {
        "questions": count,
        "question ms": round(median(totals) * 1000),
        "waiting for milvus-lite ms": round(clock.seconds / count * 1000),
        "searches": clock.calls["search"] / count,
        "fetches": clock.calls["fetch"] / count,
        "round trip ms": round(ping * 1000, 1),
        "folder ms": round(median(totals_there) * 1000),
    }


def _ping(milvus: Chatbot) -> float:
    connection: Connection = milvus._service._builds._connection  # type: ignore[attr-defined]
    start = time.perf_counter()
    connection.collections()
    return time.perf_counter() - start


def _compute(figures: dict[str, Any]) -> None:
    """A table for larger corpora, from the measured costs and the assumptions above."""
    print("\nComputed, not run: Milvus in a cluster, exact search.")
    print(
        f"{'passages':>14} {'memory GiB':>11} {'nodes':>6} {'stored GiB':>11} "
        f"{'outline GiB':>12} {'embedding h, 1 machine':>23} {'scan s':>7} {'retrieved/s':>11}"
    )
    memory_each = figures["vector bytes"] + figures["words bytes"]
    stored_each = memory_each + figures["details bytes"] + figures["text bytes"]
    for passages in _TABLE:
        memory = passages * memory_each / _GIB
        nodes = math.ceil(memory / (_NODE_GIB * _USED))
        scan = passages * figures["vector bytes"] / nodes / _SCAN_BYTES_A_SECOND
        print(
            f"{passages:>14,} {memory:>11,.0f} {nodes:>6,} {passages * stored_each / _GIB:>11,.0f} "
            f"{passages * figures['outline bytes, compressed'] / _GIB:>12,.1f} "
            f"{passages / _EMBEDDED_A_SECOND / 3600:>23,.0f} {scan:>7.1f} "
            f"{_CORES / (figures['folder ms'] / 1000):>11,.0f}"
        )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

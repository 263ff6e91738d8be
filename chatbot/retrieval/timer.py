"""The time that each stage of an answer takes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar

# Opens a context for each stage by its name, for whoever follows a request through its stages.
FOLLOWING: ContextVar[Callable[[str], AbstractContextManager[object]]] = ContextVar(
    "following", default=nullcontext
)


class Timer:
    """Measures stages in milliseconds; the total runs from the creation of the timer."""

    def __init__(self) -> None:
        self._start = time.perf_counter()
        self._stages: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the duration of the block to a stage."""
        start = time.perf_counter()
        with FOLLOWING.get()(name):
            yield
        elapsed = (time.perf_counter() - start) * 1e3
        self._stages[name] = self._stages.get(name, 0.0) + elapsed

    def milliseconds(self) -> dict[str, float]:
        """The time of each stage in the order they began, then the `total`."""
        total = (time.perf_counter() - self._start) * 1e3
        return {name: round(value, 3) for name, value in (*self._stages.items(), ("total", total))}

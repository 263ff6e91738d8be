"""A build stage that can run while another stage runs in the foreground."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Lock
from types import TracebackType
from typing import Final, Self

from chatbot.encoder import Advance

_REPORT_SECONDS: Final = 0.1


class StageCancelled(Exception):
    """The background stage was cancelled before it was done."""


class BackgroundStage:
    """Work in a separate thread. Leaving the block early cancels it.

    `work` receives a function and calls it regularly with the number of steps just done. After a
    cancellation that call raises StageCancelled.
    """

    def __init__(self, work: Callable[[Advance], object]) -> None:
        self._work = work
        self._working = Lock()
        self._steps = 0
        self._cancelled = False
        self._executor = ThreadPoolExecutor(1)
        self._future: Future[object] | None = None

    def start(self) -> None:
        """Start now, in the background; without this call, `finish` starts the work."""
        self._future = self._executor.submit(self._run)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._cancelled = True
        self._executor.shutdown()
        with self._working:  # The executor doesn't know its thread if `start` was interrupted.
            pass

    def _run(self) -> None:
        with self._working:
            self._advance(0)
            self._work(self._advance)

    def _advance(self, steps: int) -> None:
        if self._cancelled:
            raise StageCancelled
        self._steps += steps

    def failing_with(self, advance: Advance) -> Advance:
        """Wrap the foreground's `advance`: it also raises the error of the background work."""

        def advance_unless_failed(steps: int) -> None:
            if self._future and self._future.done():
                self._future.result()
            advance(steps)

        return advance_unless_failed

    def finish(self, advance: Advance) -> None:
        """Wait for the work and report its steps to `advance`. Raises the work's error."""
        future = self._future or self._executor.submit(self._run)
        reported, finished = 0, False
        while not finished:
            finished = bool(wait([future], _REPORT_SECONDS).done)
            steps = self._steps
            advance(steps - reported)
            reported = steps
        future.result()

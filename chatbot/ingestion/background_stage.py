"""A stage of a build that may be worked at while another goes on."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial
from types import TracebackType
from typing import Final, Self

from chatbot.encoder import Advance

_TOLD_EVERY_SECONDS: Final = 0.1


class Stopped(Exception):
    """The work is not wanted any more."""


class Beside:
    """Work in a thread of its own; who leaves before it is done stops it.

    `work` is given what it must call with the steps it has done, and every now and then, for it is
    stopped by what that raises.
    """

    def __init__(self, work: Callable[[Advance], object]) -> None:
        self._steps = 0
        self._stopped = False
        self._thread = ThreadPoolExecutor(1)
        self._do = partial(work, self._advance)
        self._work: Future[object] | None = None

    def begin(self) -> None:
        """Have it begin; otherwise it does when it is waited for."""
        self._work = self._thread.submit(self._do)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopped = True
        self._thread.shutdown()

    def _advance(self, steps: int) -> None:
        if self._stopped:
            raise Stopped
        self._steps += steps

    def watched(self, advance: Advance) -> Advance:
        """The same function for the stage that goes on, raising what the work has failed with."""

        def advance_unless_failed(steps: int) -> None:
            if self._work and self._work.done():
                self._work.result()
            advance(steps)

        return advance_unless_failed

    def finish(self, advance: Advance) -> None:
        """Wait until the work is done, telling its steps; raises what it has failed with."""
        work = self._work or self._thread.submit(self._do)
        told, done = 0, False
        while not done:
            done = bool(wait([work], _TOLD_EVERY_SECONDS).done)
            steps = self._steps
            advance(steps - told)
            told = steps
        work.result()

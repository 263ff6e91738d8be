"""Progress of a build, stage by stage, and the time that each stage took."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar

_T = TypeVar("_T")


class Progress(Protocol):
    """Receives the progress of a build."""

    def stage(self, name: str, total: int) -> None:
        """A stage of `total` steps begins."""
        ...

    def advance(self, steps: int) -> None:
        """The current stage has done `steps` more steps."""
        ...

    def end(self) -> None:
        """The build is over, successful or not."""
        ...


class SilentProgress:
    """Ignores the progress."""

    def stage(self, name: str, total: int) -> None: ...

    def advance(self, steps: int) -> None: ...

    def end(self) -> None: ...


class Stages:
    """Times the stages of a build and reports them to a `Progress`.

    A background stage is timed from the end of the stage that it runs alongside.
    """

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str, total: int) -> Iterator[None]:
        """Time a stage of `total` steps."""
        self.progress.stage(name, total)
        start = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - start, 3)

    def track(self, items: Iterable[_T]) -> Iterator[_T]:
        """Yield the items; each one that has been processed is a step of the current stage."""
        for item in items:
            yield item
            self.progress.advance(1)

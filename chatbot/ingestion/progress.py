"""How a long build tells of its stages, and how long each was waited for."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar

_T = TypeVar("_T")


class Progress(Protocol):
    """Whoever watches a long build."""

    def stage(self, name: str, total: int) -> None:
        """A stage begins, with so many steps."""
        ...

    def advance(self, steps: int) -> None:
        """So many steps of the stage are done."""
        ...

    def end(self) -> None:
        """The build is over, well or not."""
        ...


class Unwatched:
    """Nobody watches."""

    def stage(self, name: str, total: int) -> None: ...

    def advance(self, steps: int) -> None: ...

    def end(self) -> None: ...


class Stages:
    """Times the stages of a build and tells whoever watches.

    What was begun beside another stage counts from that one's end.
    """

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str, total: int) -> Iterator[None]:
        self.progress.stage(name, total)
        began = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - began, 3)

    def each(self, things: Iterable[_T]) -> Iterator[_T]:
        for thing in things:
            yield thing
            self.progress.advance(1)

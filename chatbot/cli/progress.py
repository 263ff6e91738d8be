"""Progress bars on standard error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from chatbot.cli.console import err


@contextmanager
def progress_bar(name: str, total: int) -> Iterator[Callable[[int], None]]:
    """A progress bar; the value is a function that takes the number of steps done."""
    with _bar() as bar:
        task = bar.add_task(name, total=total)
        yield lambda steps: bar.advance(task, steps)


class BuildProgress:
    """A bar for each stage of a build that has work to do."""

    def __init__(self) -> None:
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def stage(self, name: str, total: int) -> None:
        self.end()
        if total:
            self._bar = _bar()
            self._bar.start()
            self._task = self._bar.add_task(name, total=total)

    def advance(self, steps: int) -> None:
        if self._bar and self._task is not None:
            self._bar.advance(self._task, steps)

    def end(self) -> None:
        """Leave the bar on the screen; the next stage gets a new line."""
        if self._bar:
            self._bar.stop()
            self._bar = None


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description:>14}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=err,
    )

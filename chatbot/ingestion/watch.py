"""Following a corpus as people change it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from watchfiles import watch

from chatbot.settings import Settings

_QUIET_MILLISECONDS = 1_500


def changes(settings: Settings) -> Iterator[None]:
    """One item for each burst of changes to the corpus, until interrupted.

    Copying a folder or saving a document makes many changes; they count as one when they are
    less than a moment apart.
    """
    index = settings.index.resolve()
    for found in watch(settings.corpus, debounce=_QUIET_MILLISECONDS, raise_interrupt=True):
        if not all(Path(path).resolve().is_relative_to(index) for _, path in found):
            yield

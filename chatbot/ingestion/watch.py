"""Following a corpus as people change it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from watchfiles import Change, watch

from chatbot.errors import CorpusError
from chatbot.ingestion import ignore_rules as ignore
from chatbot.settings import Settings

# A burst is over when nothing more has changed for the first, or has gone on for the second.
_QUIET_MILLISECONDS = 500
_LONGEST_MILLISECONDS = 10_000
_FIRST_MILLISECONDS = 1_000


def changes(settings: Settings) -> Iterator[None]:
    """One item soon after the start, then one for each burst of changes, until interrupted.

    The first stands for what changed before anyone watched. Copying a folder or saving a document
    makes many changes; they count as one when they are less than a moment apart. Raises
    CorpusError where the corpus goes away.
    """
    corpus, index = settings.corpus.resolve(), settings.index.resolve()
    alone = corpus.is_file()

    def counts(_: Change, name: str) -> bool:
        """Whether a build would notice: hidden files and the index are none of the corpus."""
        path = Path(name)
        if path.name == ignore.FILE:
            path = path.parent  # hidden itself, it decides what is not
        if alone:
            return path == corpus
        hidden = any(part.startswith(".") for part in path.relative_to(corpus).parts)
        return not (hidden or path.is_relative_to(index))

    behind = True
    for found in watch(
        # Editors put a new file in the place of the old, which only its folder notices.
        corpus.parent if alone else corpus,
        recursive=not alone,
        watch_filter=counts,
        step=_QUIET_MILLISECONDS,
        debounce=_LONGEST_MILLISECONDS,
        rust_timeout=_FIRST_MILLISECONDS,
        yield_on_timeout=True,
        ignore_permission_denied=True,
    ):
        if found and not corpus.exists():
            raise CorpusError(f"The corpus {corpus} has gone away. Put it back and start again.")
        if found or behind:
            behind = False
            yield

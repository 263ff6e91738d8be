"""Watches a corpus for changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from watchfiles import Change, watch

from chatbot.errors import CorpusError
from chatbot.ingestion import access_rules, ignore_rules
from chatbot.ingestion.own_files import own_names
from chatbot.settings import Settings

# A burst ends after a quiet period, or at the latest after the longest duration.
_QUIET_MILLISECONDS = 500
_LONGEST_MILLISECONDS = 10_000
_FIRST_MILLISECONDS = 1_000


def changes(settings: Settings) -> Iterator[None]:
    """Yield once soon after the start, then once per burst of changes, until interrupted.

    The first yield stands for changes made before the watch began. Copying a folder or saving a
    document makes many changes at once; a burst counts as one. Raises CorpusError if the corpus
    disappears.
    """
    corpus, index = settings.corpus.resolve(), settings.index.resolve()
    single_file = corpus.is_file()
    rules, own = access_rules.rules_file(corpus), own_names(settings)

    def is_relevant(_: Change, name: str) -> bool:
        """Whether a build would notice the change: not in a hidden file or the chatbot's own."""
        path = Path(name)
        if path == rules:
            return True
        if path.name in (ignore_rules.FILE, ignore_rules.GIT):
            path = path.parent  # this hidden file decides which files are excluded
        if single_file:
            return path == corpus
        inside = path.relative_to(corpus)
        hidden = any(part.startswith(".") for part in inside.parts)
        is_own = any(place.as_posix() in own for place in (inside, *inside.parents))
        return not (hidden or is_own or path.is_relative_to(index))

    first = True
    for burst in watch(
        # Editors replace a file with a new one; only a watch on the folder notices.
        corpus.parent if single_file else corpus,
        recursive=not single_file,
        watch_filter=is_relevant,
        step=_QUIET_MILLISECONDS,
        debounce=_LONGEST_MILLISECONDS,
        rust_timeout=_FIRST_MILLISECONDS,
        yield_on_timeout=True,
        ignore_permission_denied=True,
    ):
        if burst and not corpus.exists():
            raise CorpusError(f"The corpus {corpus} no longer exists. Put it back and start again.")
        if burst or first:
            first = False
            yield

"""The chatbot's own files, which may lie in the corpus. They have questions, hashes and secrets."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from chatbot.index.catalog import storable
from chatbot.settings import FILE, Settings

# SQLite's own files are beside a database.
_ENDINGS: Final = ("", "-wal", "-shm", "-journal")


def own_names(settings: Settings) -> frozenset[str]:
    """The names in the corpus of feedback, users, audit log and settings; the index isn't one."""
    corpus = settings.corpus.resolve()
    kept = (settings.feedback_file, settings.users_file, settings.audit_files, Path(FILE))
    names = [
        storable(path.relative_to(corpus).as_posix())
        for path in (path.resolve() for path in kept)
        if path.is_relative_to(corpus)
    ]
    return frozenset(name + ending for name in names for ending in _ENDINGS)

"""Which files a corpus has.

Hidden files are left out, and what `.chatbotignore` names; links are listed and not followed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from chatbot.errors import CorpusError, SkipKind, SkipReason, UsageError
from chatbot.index.catalog import storable
from chatbot.ingestion.ignore_rules import FILE, Ignored

_LINK = SkipReason(SkipKind.LINK)


class FoundFile(NamedTuple):
    """A file of the corpus; `name` is its path from there, storable, with forward slashes.

    `problem` says why it is not read, where that is plain to see: it is closed to us, as a whole
    folder may be, or too large, or a link.
    """

    name: str
    path: Path
    size: int
    modified_ns: int
    problem: SkipReason | None = None


class Scan(NamedTuple):
    """The files of a corpus by name, and how many more `.chatbotignore` leaves out."""

    files: list[FoundFile]
    ignored: int


def scan(corpus: Path, *, index: Path, largest: int) -> Scan:
    """The files of a corpus, which may be a single file.

    The index folder may lie inside and is left out. `largest` is in bytes. Raises CorpusError
    where there is no corpus, or nothing in it, and UsageError where it is the index.
    """
    if not corpus.exists():
        raise CorpusError(
            f"There is no corpus at {corpus}. "
            f"Put your documents there, or name their folder with --corpus."
        )
    walk = _Walk(index.resolve(), largest)
    if corpus.resolve() == walk.index:
        raise UsageError(f"{corpus} can't be both the corpus and the index. Name two folders.")
    if corpus.is_file():
        return Scan([walk.file(corpus, storable(corpus.name))], 0)
    found = sorted(walk.files(corpus, "", Ignored()))
    if not found and walk.ignored:
        raise CorpusError(
            f"Of the corpus {corpus} {FILE} leaves out all {walk.ignored:,} files. "
            f"Take a pattern out of it."
        )
    if not found:
        raise CorpusError(f"The corpus {corpus} has no files. Put documents into it.")
    return Scan(found, walk.ignored)


class _Walk:
    """A walk through a corpus, which counts what it leaves out."""

    def __init__(self, index: Path, largest: int) -> None:
        self._largest = largest
        self.index = index
        self.ignored = 0

    def files(self, folder: Path, prefix: str, above: Ignored) -> Iterator[FoundFile]:
        """All files of a folder and below; nothing but files and folders counts.

        `prefix` is what their names begin with.
        """
        try:
            entries = list(os.scandir(folder))
            ignored = above.within(folder)
        except OSError as failure:
            yield FoundFile(prefix or "./", folder, 0, 0, SkipReason.not_opened(failure))
            return
        for entry in entries:
            if entry.name.startswith("."):
                continue
            path, name = Path(entry.path), prefix + storable(entry.name)
            if ignored(path, folder=entry.is_dir(follow_symlinks=False)):
                self.ignored += sum(1 for _ in self._all_files(entry))
            elif entry.is_symlink():
                yield FoundFile(name, path, 0, 0, _LINK)
            elif entry.is_file():
                yield self.file(path, name)
            elif entry.is_dir() and path.resolve() != self.index:
                yield from self.files(path, f"{name}/", ignored)

    def _all_files(self, entry: os.DirEntry[str]) -> Iterator[str]:
        """What is left out with an entry: itself, or every file in it that is not hidden."""
        if not entry.is_dir(follow_symlinks=False):
            yield entry.path
            return
        for _, folders, names in os.walk(entry.path):
            folders[:] = [name for name in folders if not name.startswith(".")]
            yield from (name for name in names if not name.startswith("."))

    def file(self, path: Path, name: str) -> FoundFile:
        """What there is to know of a file before it is opened."""
        try:
            status = path.stat()
        except OSError as failure:
            return FoundFile(name, path, 0, 0, SkipReason.not_opened(failure))
        problem = None
        if status.st_size > self._largest:
            detail = (
                f"{status.st_size / 1e6:,.1f} MB; the setting file_megabytes "
                f"allows {self._largest / 1e6:,.1f}"
            )
            problem = SkipReason(SkipKind.TOO_LARGE, detail)
        elif not os.access(path, os.R_OK):
            problem = SkipReason(SkipKind.PERMISSION_DENIED)
        return FoundFile(name, path, status.st_size, status.st_mtime_ns, problem)

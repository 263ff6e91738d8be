"""List the files of a corpus.

Hidden files and those that `.chatbotignore` excludes are left out. Links are listed but not
followed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from chatbot.errors import CorpusError, SkipKind, SkipReason, UsageError
from chatbot.index.catalog import storable
from chatbot.ingestion.ignore_rules import FILE, IgnoreRules

_LINK = SkipReason(SkipKind.LINK)


class FoundFile(NamedTuple):
    """A file of the corpus. `name` is its path in the corpus, storable, with forward slashes.

    `problem` says why it can't be read, if that is known without opening it: no permission, too
    large, or a link. A folder without permission is listed the same way.
    """

    name: str
    path: Path
    size: int
    modified_ns: int
    problem: SkipReason | None = None


class Scan(NamedTuple):
    """The files of a corpus in order of their names, and the number of ignored files."""

    files: list[FoundFile]
    ignored: int


def scan(corpus: Path, *, index: Path, largest: int) -> Scan:
    """List the files of a corpus, which may be a single file.

    The index folder may lie in the corpus and is left out. `largest` is in bytes. Raises
    CorpusError if the corpus is missing or empty, and UsageError if it is the index.
    """
    if not corpus.exists():
        raise CorpusError(
            f"There is no corpus at {corpus}. "
            f"Put your documents there, or name their folder with --corpus."
        )
    walk = _CorpusWalk(index.resolve(), largest)
    if corpus.resolve() == walk.index:
        raise UsageError(f"{corpus} can't be both the corpus and the index. Name two folders.")
    if corpus.is_file():
        return Scan([walk.file(corpus, storable(corpus.name))], 0)
    files = sorted(walk.files(corpus, "", IgnoreRules()))
    if not files and walk.ignored:
        raise CorpusError(
            f"{FILE} excludes all {walk.ignored:,} files of the corpus {corpus}. "
            f"Remove a pattern from it."
        )
    if not files:
        raise CorpusError(f"The corpus {corpus} has no files. Put documents into it.")
    return Scan(files, walk.ignored)


class _CorpusWalk:
    """Walks through a corpus and counts the ignored files."""

    def __init__(self, index: Path, largest: int) -> None:
        self._largest = largest
        self.index = index
        self.ignored = 0

    def files(self, folder: Path, prefix: str, rules: IgnoreRules) -> Iterator[FoundFile]:
        """All files in a folder and its subfolders, without devices, sockets and the like.

        `prefix` begins their names. `rules` are those of the folders above.
        """
        try:
            entries = list(os.scandir(folder))
            rules = rules.within(folder)
        except OSError as failure:
            yield FoundFile(prefix or "./", folder, 0, 0, SkipReason.not_opened(failure))
            return
        for entry in entries:
            if entry.name.startswith("."):
                continue
            path, name = Path(entry.path), prefix + storable(entry.name)
            if rules.ignore(path, folder=entry.is_dir(follow_symlinks=False)):
                self.ignored += sum(1 for _ in self._ignored_files(entry))
            elif entry.is_symlink():
                yield FoundFile(name, path, 0, 0, _LINK)
            elif entry.is_file():
                yield self.file(path, name)
            elif entry.is_dir() and path.resolve() != self.index:
                yield from self.files(path, f"{name}/", rules)

    def _ignored_files(self, entry: os.DirEntry[str]) -> Iterator[str]:
        """The ignored files of an entry: the file itself, or every file in it that isn't hidden."""
        if not entry.is_dir(follow_symlinks=False):
            yield entry.path
            return
        for _, folders, names in os.walk(entry.path):
            folders[:] = [name for name in folders if not name.startswith(".")]
            yield from (name for name in names if not name.startswith("."))

    def file(self, path: Path, name: str) -> FoundFile:
        """Describe a file without opening it."""
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

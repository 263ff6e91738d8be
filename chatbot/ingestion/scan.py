"""Which files a corpus has. Hidden files are left out; links are listed and not followed."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from chatbot.errors import CorpusError, UsageError
from chatbot.index.catalog import storable

_LINK = "a link, which is not followed"


class FoundFile(NamedTuple):
    """A file of the corpus; `name` is its path from there, storable, with forward slashes.

    `problem` says why it is not read, where that is plain to see: it is closed to us, as a whole
    folder may be, or too large, or a link.
    """

    name: str
    path: Path
    size: int
    modified_ns: int
    problem: str | None = None


def scan(corpus: Path, *, index: Path, largest: int) -> list[FoundFile]:
    """The files of a corpus by name; a corpus may be a single file.

    The index folder may lie inside and is left out. `largest` is in bytes. Raises CorpusError
    where there is no corpus, or nothing in it, and UsageError where it is the index.
    """
    if not corpus.exists():
        raise CorpusError(
            f"There is no corpus at {corpus}. "
            f"Put your documents there, or name their folder with --corpus."
        )
    walk = _Walk(corpus, index.resolve(), largest)
    if corpus.resolve() == walk.index:
        raise UsageError(f"{corpus} can't be both the corpus and the index. Name two folders.")
    if corpus.is_file():
        return [replace(walk, corpus=corpus.parent).file(corpus)]
    found = sorted(walk.files(corpus))
    if not found:
        raise CorpusError(f"The corpus {corpus} has no files. Put documents into it.")
    return found


@dataclass(frozen=True, slots=True)
class _Walk:
    corpus: Path
    index: Path
    largest: int

    def files(self, folder: Path) -> Iterator[FoundFile]:
        """All files of a folder and below; nothing but files and folders counts."""
        try:
            entries = list(os.scandir(folder))
        except OSError as failure:
            yield FoundFile(f"{self._name(folder)}/", folder, 0, 0, _reason(failure))
            return
        for entry in entries:
            path = Path(entry.path)
            if entry.name.startswith("."):
                continue
            if entry.is_symlink():
                yield FoundFile(self._name(path), path, 0, 0, _LINK)
            elif entry.is_file():
                yield self.file(path)
            elif entry.is_dir() and path.resolve() != self.index:
                yield from self.files(path)

    def file(self, path: Path) -> FoundFile:
        try:
            status = path.stat()
        except OSError as failure:
            return FoundFile(self._name(path), path, 0, 0, _reason(failure))
        problem = None
        if status.st_size > self.largest:
            problem = (
                f"too large ({status.st_size / 1e6:,.1f} MB; the setting file_megabytes "
                f"allows {self.largest / 1e6:,.1f})"
            )
        elif not os.access(path, os.R_OK):
            problem = os.strerror(errno.EACCES).lower()
        return FoundFile(self._name(path), path, status.st_size, status.st_mtime_ns, problem)

    def _name(self, path: Path) -> str:
        return storable(path.relative_to(self.corpus).as_posix())


def _reason(failure: OSError) -> str:
    return (failure.strerror or "can't be read").lower()

"""List the files of a corpus.

Hidden files and those that the ignore rules exclude are left out. Links, pipes, sockets and
devices are listed but not opened.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple

from chatbot.errors import CorpusError, SkipKind, SkipReason, UsageError
from chatbot.index.catalog import storable
from chatbot.index.corpus_files import OpenFile, not_regular, open_file
from chatbot.ingestion import access_rules
from chatbot.ingestion.ignore_rules import FILE, IgnoreRules


class FoundFile(NamedTuple):
    """A file of the corpus. `name` is its path in the corpus, storable, with forward slashes.

    `problem` says why it can't be read, if that is known without opening it: no permission, too
    large, a link, or no regular file. A folder without permission is listed the same way.
    """

    name: str
    path: Path
    size: int
    modified_ns: int
    problem: SkipReason | None = None
    corpus: Path | None = None

    def open(self) -> OpenFile:
        """Open the file. Raises UnreadableFile if it is no longer a regular file in the corpus."""
        return open_file(self.path, inside=self.corpus)


class Scan(NamedTuple):
    """The files of a corpus in order of their names, and the number of ignored files by cause."""

    files: list[FoundFile]
    ignored_by: dict[str, int]

    @property
    def ignored(self) -> int:
        """The number of ignored files."""
        return sum(self.ignored_by.values())


def scan(
    corpus: Path,
    *,
    index: Path,
    largest: int,
    own: Collection[str] = (),
    may_be_empty: bool = False,
) -> Scan:
    """List the files of a corpus, which may be a single file.

    The index folder may lie in the corpus and is left out, and so are the files and folders with
    the names `own`. `largest` is in bytes. Raises
    CorpusError if the corpus is missing or, unless it may be, empty, and UsageError if it is the
    index.
    """
    if not corpus.exists():
        raise CorpusError(
            f"There is no corpus at {corpus}. "
            f"Put your documents there, or name their folder with --corpus."
        )
    walk = _CorpusWalk(index.resolve(), largest, own, None if corpus.is_file() else corpus)
    if corpus.resolve() == walk.index:
        raise UsageError(
            f"{corpus} can't be both the corpus and the index. Name two different folders."
        )
    if corpus.is_file():
        return Scan([walk.file(corpus.resolve(), storable(corpus.name))], {})
    if not corpus.is_dir():
        raise CorpusError(f"The corpus {corpus} is neither a folder nor a file. Name another one.")
    files = sorted(walk.files(corpus, "", IgnoreRules.of_corpus(corpus)))
    if not files and walk.ignored and not may_be_empty:
        raise _all_ignored(corpus, walk.ignored)
    if not files and not may_be_empty:
        raise CorpusError(f"The corpus {corpus} has no files. Put documents into it.")
    return Scan(files, dict(walk.ignored))


def _all_ignored(corpus: Path, ignored: Counter[str]) -> CorpusError:
    total = f"all {ignored.total():,} files of the corpus {corpus}"
    if [*ignored] == [FILE]:
        return CorpusError(f"{FILE} excludes {total}. Remove a pattern from it.")
    return CorpusError(
        f"{' and '.join(sorted(ignored))} patterns exclude {total}. "
        f"Include some with a pattern such as !*.md in {corpus / FILE}."
    )


def too_large(size: int, largest: int) -> SkipReason:
    """The reason for skipping a file of this size."""
    detail = f"{size / 1e6:,.1f} MB; the setting file_megabytes allows {largest / 1e6:,.1f}"
    return SkipReason(SkipKind.TOO_LARGE, detail)


class _CorpusWalk:
    """Walks through a corpus and counts the ignored files by cause."""

    def __init__(
        self, index: Path, largest: int, own: Collection[str], corpus: Path | None
    ) -> None:
        self._largest = largest
        self._own = own
        self._corpus = corpus
        self.index = index
        self.ignored: Counter[str] = Counter()

    def files(self, folder: Path, prefix: str, rules: IgnoreRules) -> Iterator[FoundFile]:
        """All files in a folder and its subfolders.

        `prefix` begins their names. `rules` are those of the folders above.
        """
        try:
            entries = list(os.scandir(folder))
            rules = rules.within(folder)
        except OSError as failure:
            yield FoundFile(prefix or "./", folder, 0, 0, SkipReason.not_opened(failure))
            return
        for entry in entries:
            if prefix and entry.name == access_rules.FILE:
                raise access_rules.nested_rules_error(Path(entry.path))
            if entry.name.startswith("."):
                continue
            path, name = Path(entry.path), prefix + storable(entry.name)
            if name in self._own:
                continue
            if cause := rules.cause(path, folder=entry.is_dir(follow_symlinks=False)):
                self.ignored[cause] += sum(1 for _ in self._ignored_files(entry))
            elif not entry.is_dir(follow_symlinks=False):
                yield self.file(path, name)
            elif path.resolve() != self.index:
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
            status = path.lstat()
        except OSError as failure:
            return FoundFile(name, path, 0, 0, SkipReason.not_opened(failure))
        if problem := not_regular(status.st_mode):
            return FoundFile(name, path, 0, 0, problem)
        if status.st_size > self._largest:
            problem = too_large(status.st_size, self._largest)
        elif not os.access(path, os.R_OK):
            problem = SkipReason(SkipKind.PERMISSION_DENIED)
        return FoundFile(name, path, status.st_size, status.st_mtime_ns, problem, self._corpus)

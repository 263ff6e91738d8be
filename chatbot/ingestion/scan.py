"""Which files a corpus has. Links are not followed and hidden files are left out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from chatbot.errors import CorpusError


class FoundFile(NamedTuple):
    """A file of the corpus; `name` is its path from there, with forward slashes.

    `problem` says why it can't even be looked at, as with a folder that is closed to us.
    """

    name: str
    path: Path
    size: int
    modified_ns: int
    problem: str | None = None


def scan(corpus: Path, *, leave_out: Path) -> list[FoundFile]:
    """The files of a corpus by name; a corpus may be a single file.

    `leave_out` is the index folder, which may lie inside. Raises CorpusError where there is no
    corpus, or nothing in it.
    """
    if not corpus.exists():
        raise CorpusError(
            f"There is no corpus at {corpus}. "
            f"Put your documents there, or name their folder with --corpus."
        )
    if corpus.is_file():
        return [_found(corpus.parent, corpus)]
    found = sorted(_walk(corpus, corpus, leave_out.resolve()))
    if not found:
        raise CorpusError(f"The corpus {corpus} has no files. Put documents into it.")
    return found


def _walk(corpus: Path, folder: Path, leave_out: Path) -> Iterator[FoundFile]:
    try:
        entries = list(os.scandir(folder))
    except OSError as failure:
        yield FoundFile(f"{_name(corpus, folder)}/", folder, 0, 0, _reason(failure))
        return
    for entry in entries:
        path = Path(entry.path)
        if entry.name.startswith(".") or entry.is_symlink():
            continue
        if entry.is_file():
            yield _found(corpus, path)
        elif entry.is_dir() and path.resolve() != leave_out:
            yield from _walk(corpus, path, leave_out)


def _found(corpus: Path, path: Path) -> FoundFile:
    try:
        status = path.stat()
    except OSError as failure:
        return FoundFile(_name(corpus, path), path, 0, 0, _reason(failure))
    return FoundFile(_name(corpus, path), path, status.st_size, status.st_mtime_ns)


def _name(corpus: Path, path: Path) -> str:
    # A name that is no valid text would break every file format that it is written into.
    return path.relative_to(corpus).as_posix().encode("utf-8", "backslashreplace").decode()


def _reason(failure: OSError) -> str:
    return (failure.strerror or "can't be read").lower()

"""Opens a file of the corpus: the file itself, never what a link or a device points to.

Somebody who may write to the corpus could replace a file or a folder between two checks. So each
folder is opened from its parent, and every check applies to what was opened.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from chatbot.errors import SkipKind, SkipReason, UnreadableFile

# Windows opens by path and has no such protection.
_FROM_FOLDERS: Final = os.open in os.supports_dir_fd
_FILE: Final = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
# Passing through a folder needs no permission to list it.
_PASS: Final = getattr(os, "O_PATH", os.O_RDONLY) | getattr(os, "O_DIRECTORY", 0)
_FOLDER: Final = _PASS | getattr(os, "O_NOFOLLOW", 0)
_KINDS: Final = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFDIR: "a folder",
}


class OpenFile(NamedTuple):
    """A regular file that is open for reading; whoever gets it closes the descriptor."""

    path: Path
    descriptor: int
    size: int
    modified_ns: int

    def close(self) -> None:
        """Close the descriptor."""
        os.close(self.descriptor)


def not_regular(mode: int) -> SkipReason | None:
    """Why a file with this mode can't be read; None if it is a regular file."""
    if stat.S_ISREG(mode):
        return None
    if stat.S_ISLNK(mode):
        return SkipReason(SkipKind.LINK)
    return SkipReason(SkipKind.SPECIAL, _KINDS.get(stat.S_IFMT(mode), ""))


def open_file(path: Path, *, inside: Path | None = None) -> OpenFile:
    """Open a regular file. No part of its path below the folder `inside` may be a link.

    Without `inside`, only the file itself mustn't be one. Raises UnreadableFile.
    """
    folder = inside or path.parent
    try:
        descriptor = _open(folder, path.relative_to(folder).parts)
    except OSError as failure:
        if failure.errno in (errno.ELOOP, errno.ENOTDIR):
            raise UnreadableFile(SkipKind.LINK) from failure
        raise UnreadableFile(*SkipReason.not_opened(failure)) from failure
    status = os.fstat(descriptor)
    return OpenFile(path, descriptor, status.st_size, status.st_mtime_ns)


def _open(folder: Path, parts: Sequence[str]) -> int:
    if not _FROM_FOLDERS:
        _check(os.lstat(folder.joinpath(*parts)))
        return os.open(folder.joinpath(*parts), _FILE | getattr(os, "O_BINARY", 0))
    # The folder itself is the user's choice, and may be a link.
    handle = os.open(folder, _PASS)
    try:
        for part in parts[:-1]:
            inner = os.open(part, _FOLDER, dir_fd=handle)
            os.close(handle)
            handle = inner
        # A device may react to being opened, so it isn't; what was opened is checked again.
        _check(os.stat(parts[-1], dir_fd=handle, follow_symlinks=False))
        descriptor = os.open(parts[-1], _FILE, dir_fd=handle)
    finally:
        os.close(handle)
    try:
        _check(os.fstat(descriptor))
    except UnreadableFile:
        os.close(descriptor)
        raise
    return descriptor


def _check(status: os.stat_result) -> None:
    if reason := not_regular(status.st_mode):
        raise UnreadableFile(*reason)

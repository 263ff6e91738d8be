"""The SHA-256 of files, computed again only if a file's time or size changes."""

from __future__ import annotations

import hashlib
import os
import stat
import threading
import time
from collections import OrderedDict
from pathlib import Path
from typing import Final, NamedTuple

_REMEMBERED: Final = 10_000
# A file that was written a moment ago may be written again without a change of its time.
_SETTLED_SECONDS: Final = 2.0


class _Version(NamedTuple):
    device: int
    inode: int
    modified_ns: int
    size: int


_lock = threading.Lock()
_hashes: OrderedDict[tuple[Path, _Version], str] = OrderedDict()


def sha256_of(path: Path) -> tuple[str, os.stat_result]:
    """The SHA-256 of a regular file, and its status when it was read. Raises OSError.

    One file is read at a time: sixteen requests for a large file read it once.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    descriptor = os.open(path, flags | getattr(os, "O_BINARY", 0))
    with os.fdopen(descriptor, "rb") as stream, _lock:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(f"{path} isn't a regular file")
        version = _Version(status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size)
        digest = _hashes.get((path, version))
        if digest is None:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            if time.time() - status.st_mtime > _SETTLED_SECONDS:
                _hashes[path, version] = digest
                if len(_hashes) > _REMEMBERED:
                    _hashes.popitem(last=False)
        return digest, status

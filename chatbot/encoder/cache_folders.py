"""Folders of compiled models in the cache: published whole, and removed when no longer used."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

PARTIAL: Final = ".compiling-"
_UNUSED_SECONDS: Final = 86_400


def publish(home: Path, marker: str, write: Callable[[Path], None]) -> None:
    """Write a folder beside its place and rename it to `home`, so that `home` is always complete.

    `marker` is a file of every complete folder.
    """
    home.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.parent, prefix=PARTIAL) as partial:
        write(Path(partial))
        # Another process may have published it meanwhile, and may be reading it.
        if not (home / marker).is_file():
            shutil.rmtree(home, ignore_errors=True)
            Path(partial).replace(home)
            Path(partial).mkdir()  # the context manager removes it


def remove_unused(folders: Iterable[Path]) -> None:
    """Remove those folders that are older than a day; younger ones may be in use."""
    oldest = time.time() - _UNUSED_SECONDS
    for folder in folders:
        with suppress(OSError):  # already gone, or no permission
            if folder.stat().st_mtime < oldest:
                shutil.rmtree(folder)

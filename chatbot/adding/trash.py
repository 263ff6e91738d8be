"""Deleted and replaced files, which can be put back until they expire.

    .trash/ID/by              who deleted it
    .trash/ID/file/PATH       the file, under its own path

The id begins with the time. The folder is hidden, so no build sees it.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_FILE: Final = "file"
_BY: Final = "by"
_ID: Final = re.compile(r"[0-9]{19}-[0-9a-f]{8}")


@dataclass(frozen=True, slots=True)
class TrashedFile:
    """A file in the trash: its id, the path that it had, when it was deleted, and by whom."""

    trash_id: str
    name: str
    deleted: float
    by: str
    size: int


class Trash:
    """The trash in a folder, which need not exist."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, path: Path, name: str, by: str) -> None:
        """Keep a file that will be deleted or replaced under its name; it stays where it is."""
        entry = self._folder / f"{time.time_ns():019}-{secrets.token_hex(4)}"
        kept = entry / _FILE / name
        kept.parent.mkdir(parents=True)
        (entry / _BY).write_text(by, "utf-8")
        try:
            os.link(path, kept)
        except OSError:  # not every file system has links
            shutil.copy2(path, kept)

    def files(self) -> list[TrashedFile]:
        """What can be put back, the latest first."""
        if not self._folder.is_dir():
            return []
        found = []
        for entry in sorted(self._folder.iterdir(), reverse=True):
            with suppress(FileNotFoundError):  # put back or forgotten meanwhile
                if _ID.fullmatch(entry.name) and (kept := self._kept(entry)):
                    by = (entry / _BY).read_text("utf-8")
                    name = kept.relative_to(entry / _FILE).as_posix()
                    deleted = int(entry.name[:19]) / 1e9
                    found.append(TrashedFile(entry.name, name, deleted, by, kept.stat().st_size))
        return found

    def find(self, trash_id: str) -> tuple[TrashedFile, Path] | None:
        """A file by its id, with its path in the trash."""
        for each in self.files():
            if each.trash_id == trash_id:
                return each, self._folder / trash_id / _FILE / each.name
        return None

    def remove(self, trash_id: str) -> None:
        """Forget a file for good."""
        shutil.rmtree(self._folder / trash_id, ignore_errors=True)

    def empty(self, *, older_than: float) -> None:
        """Forget everything that was deleted before a moment, and what can't be read."""
        if not self._folder.is_dir():
            return
        readable = {each.trash_id: each.deleted for each in self.files()}
        for entry in self._folder.iterdir():
            if readable.get(entry.name, 0.0) < older_than:
                shutil.rmtree(entry, ignore_errors=True)

    def _kept(self, entry: Path) -> Path | None:
        if not (entry / _BY).is_file():
            return None
        return next((path for path in (entry / _FILE).rglob("*") if path.is_file()), None)

"""Who added which document: one JSON pair per line; the last one for a name counts.

Losing a line does no harm: then only people who see every document can see who added the file.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection
from pathlib import Path

log = logging.getLogger(__name__)


class Owners:
    """The file at a path, which need not exist; the caller allows one writer at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, str] = {}
        self._read: tuple[int, int] | None = None

    def of(self, name: str) -> str:
        """Who added a document; empty if nobody knows."""
        return self._all().get(name, "")

    def set(self, name: str, by: str) -> None:
        """Note who has added a document."""
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(f"{json.dumps([name, by])}\n")
        except OSError as failure:
            log.warning("%s can't be written (%s)", self._path, failure)

    def forget_all_but(self, names: Collection[str]) -> None:
        """Forget documents that are gone."""
        kept = {name: by for name, by in self._all().items() if name in names}
        if kept == self._known:
            return
        lines = "".join(f"{json.dumps([name, by])}\n" for name, by in kept.items())
        new = self._path.with_name(f"{self._path.name}.new")
        try:
            new.write_text(lines, "utf-8")
            new.replace(self._path)
        except OSError as failure:
            log.warning("%s can't be written (%s)", self._path, failure)

    def _all(self) -> dict[str, str]:
        """What the file has; it's read again if it has changed."""
        try:
            status = self._path.stat()
        except OSError:
            return {}
        version = status.st_mtime_ns, status.st_size
        if self._read != version:
            known: dict[str, str] = {}
            for line in self._path.read_text("utf-8", errors="replace").splitlines():
                try:
                    name, by = json.loads(line)
                except (ValueError, TypeError):
                    continue  # a crash cut the line off
                known[str(name)] = str(by)
            # Only now, because other threads look names up meanwhile.
            self._known, self._read = known, version
        return self._known

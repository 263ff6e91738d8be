"""The audit log: who asked what, and which documents they were shown.

It's a folder with a file for each day, in UTC. Each line is a JSON object. Several servers may
write to it. If an event can't be recorded, nothing is shown, because a log with gaps proves
nothing.
"""

from __future__ import annotations

import errno
import json
import os
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from chatbot.access.audit_events import AuditEvent
from chatbot.errors import StorageError

_DAY: Final = re.compile(r"(\d{4}-\d\d-\d\d)\.jsonl")


class AuditLog:
    """The files in a folder, which need not exist; files older than `days` are deleted, 0 keeps."""

    def __init__(self, folder: Path, *, days: float) -> None:
        self._folder = folder.absolute()
        self._days = days
        self._today = ""

    def record(self, event: AuditEvent, **asker: Any) -> None:
        """Write an event and who caused it. Raises StorageError."""
        now = datetime.now(UTC)
        entry = {
            "time": now.isoformat(timespec="milliseconds"),
            **asker,
            "action": event.action,
            **event.details,
            "build": event.build,
            "documents": event.documents,
        }
        line = json.dumps(entry, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
        try:
            self._begin_day(now.date())
            _append(self._folder / f"{self._today}.jsonl", line)
        except OSError as failure:
            raise StorageError(
                f"The audit log {self._folder} can't be written ({failure.strerror}). Make it "
                f"writable, or name another folder in the setting audit_folder."
            ) from failure

    def _begin_day(self, day: date) -> None:
        if self._today == day.isoformat():
            return
        self._folder.mkdir(mode=0o700, exist_ok=True)
        if self._days:
            oldest = (day - timedelta(days=self._days)).isoformat()
            for path in self._folder.iterdir():
                if (name := _DAY.fullmatch(path.name)) and name[1] < oldest:
                    path.unlink(missing_ok=True)
        self._today = day.isoformat()


def _append(path: Path, line: bytes) -> None:
    """Add a line in one go, so that lines of several processes don't mix."""
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
    handle = os.open(path, flags, 0o600)
    try:
        size = os.fstat(handle).st_size
        # A full disk may have cut the last line short.
        if size and os.lseek(handle, size - 1, os.SEEK_SET) and os.read(handle, 1) != b"\n":
            line = b"\n" + line
        if os.write(handle, line) != len(line):
            raise OSError(errno.ENOSPC, "no space is left")
    finally:
        os.close(handle)

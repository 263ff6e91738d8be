"""What Word and PowerPoint before 2007 state about a file, and its streams."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from olefile import OleFileIO

from chatbot.errors import SkipKind, UnreadableFile
from chatbot.readers.decoding.decode import decode
from chatbot.readers.file_properties import own_author, own_title
from chatbot.types import Metadata

# Programs state the year 1601 or 1980 for a date that they don't know.
_UNSET_YEAR: Final = 1980


class OleFile:
    """The streams of an OLE file, and its properties. Raises UnreadableFile if it is damaged."""

    def __init__(self, data: bytes) -> None:
        try:
            self._file = OleFileIO(data)
        except (OSError, ValueError, IndexError, TypeError) as failure:
            raise UnreadableFile(SkipKind.DAMAGED, f"it can't be opened ({failure})") from failure

    def streams(self) -> list[str]:
        """The names of all streams, each after the storages that hold it."""
        return ["/".join(path) for path in self._file.listdir()]

    def has(self, name: str) -> bool:
        """Whether there is a stream with this name."""
        return bool(self._file.exists(name))

    def stream(self, name: str) -> bytes:
        """The bytes of a stream. Raises UnreadableFile if it is missing or damaged."""
        try:
            return bytes(self._file.openstream(name).read())
        except (OSError, ValueError, IndexError) as failure:
            raise UnreadableFile(SkipKind.DAMAGED, f"{name} can't be read") from failure

    def properties(self) -> tuple[str | None, Metadata]:
        """The title and the metadata that the file states."""
        try:
            stated = self._file.get_metadata()
        except Exception:  # noqa: BLE001 - olefile raises errors of any kind on odd properties
            return None, Metadata()
        dates = (stated.last_saved_time, stated.create_time)
        usable = (date for date in dates if isinstance(date, datetime) and date.year > _UNSET_YEAR)
        date = next(usable, None)
        encoding = f"cp{stated.codepage}"
        return own_title(_text(stated.title, encoding)), Metadata(
            author=own_author(_text(stated.author, encoding)),
            date=f"{date:%Y-%m-%d}" if date else None,
        )


def _text(value: object, encoding: str) -> str:
    if isinstance(value, bytes):
        try:
            return decode(value.rstrip(b"\0"), declared=encoding)
        except UnreadableFile:
            return ""
    return value if isinstance(value, str) else ""

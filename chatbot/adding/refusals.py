"""Why a document isn't added, replaced, deleted or put back. Each code has its sentence."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from chatbot.errors import ChatbotError, NotFound, StorageError, UsageError

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


class NotAdded(UsageError):
    """A file can't be added as it is; the message names the file and the next step."""


class NameTaken(NotAdded):
    """There is a document with this name; it may be replaced."""


class NoRoom(StorageError):
    """There is no room for another document: a limit of the settings, or the disk."""


class AddingOff(ChatbotError):
    """This server doesn't take documents; the message says why."""


def gone(name: str) -> NotFound:
    """The refusal for a document that isn't there, or no longer."""
    return NotFound(
        f"There is no added document {name!r}. Reload the list.", code="adding_gone", name=name
    )


def taken(name: str) -> NameTaken:
    """The refusal for a second document with the same name."""
    return NameTaken(
        f"There is a document {name!r} already. Replace it, or rename yours.",
        code="adding_taken",
        name=name,
    )


def disk_full(path: Path) -> NoRoom:
    """The refusal for a disk without room."""
    return NoRoom(
        f"The disk of {path} is full. Free some space, then add the document again.",
        code="adding_disk",
    )


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn the operating system's refusals into sentences."""
    try:
        yield
    except OSError as failure:
        if failure.errno in _FULL:
            raise disk_full(path) from failure
        raise StorageError(
            f"{path} can't be written ({failure.strerror}). Make it writable for the server.",
            code="adding_unwritable",
        ) from failure

"""The files that an evaluation writes."""

from __future__ import annotations

from pathlib import Path

from chatbot.errors import StorageError


def check_writable(path: Path, option: str) -> None:
    """Check, before a long run, that a file can be written; its content stays as it is.

    Raises StorageError.
    """
    is_new = not path.exists()
    try:
        path.open("ab").close()
    except OSError as failure:
        raise _unwritable(path, option, failure) from failure
    if is_new:
        path.unlink()


def write(path: Path, text: str, option: str) -> None:
    """Write a file. Raises StorageError."""
    try:
        # A path in the text may have characters that UTF-8 can't encode.
        path.write_text(text, "utf-8", errors="replace")
    except OSError as failure:
        raise _unwritable(path, option, failure) from failure


def _unwritable(path: Path, option: str, failure: OSError) -> StorageError:
    return StorageError(
        f"{path} can't be written ({failure.strerror}). Name another file with {option}."
    )

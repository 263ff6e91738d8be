"""Back up an index with its feedback, users and settings to one file, and restore it.

The file is a tar archive: the files of the current build, copies of the feedback and of users and
tokens, and `chatbot.toml`. Servers may go on answering and storing feedback meanwhile.
"""

from __future__ import annotations

import os
import shutil
import stat
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import IO, Final

from chatbot.access.access_copies import copy_access, restore_access
from chatbot.access.access_file import AccessFile
from chatbot.access.tokens import Tokens
from chatbot.access.users import Users
from chatbot.errors import ChatbotError, StorageError
from chatbot.feedback import FeedbackStore, feedback_store
from chatbot.index import layout
from chatbot.index.manifest import check_whole
from chatbot.index_address import milvus_address
from chatbot.settings import FILE as SETTINGS
from chatbot.settings import Settings

_BUILD: Final = "build"
_FEEDBACK: Final = "feedback.sqlite"
_ACCESS: Final = "access.sqlite"
_UNREADABLE: Final = (
    *(tarfile.TarError, EOFError, FileNotFoundError, IsADirectoryError),
    *(NotADirectoryError, PermissionError),
)
# A build that replaces the current one may delete the one that is being copied.
_TRIES: Final = 3


class BackupError(ChatbotError):
    """A backup can't be written, or a file isn't a backup."""


@dataclass(frozen=True, slots=True)
class Restored:
    """The restored build, the numbers of thumbs and of users and tokens added.

    `settings` says whether the settings were written.
    """

    build: str
    thumbs: int
    access: int
    settings: bool


def back_up(settings: Settings, target: Path) -> str:
    """Write the backup, whole or not at all, and return the name of its build.

    Raises IndexMissing, IndexDamaged, StorageError, BackupError.
    """
    _require_folder(settings)
    if not target.parent.is_dir():
        raise BackupError(f"There is no folder {target.parent}. Create it, or name another file.")
    if target.is_dir():
        raise BackupError(f"{target} is a folder. Name a file in it.")
    for attempt in range(1, _TRIES + 1):
        folder = layout.current(settings.index)
        try:
            check_whole(folder)
            with _new_file(target) as stream:
                _write(stream, folder, settings, compressed=target.suffix == ".gz")
        except (ChatbotError, FileNotFoundError):
            if attempt == _TRIES or layout.is_published(settings.index, folder.name):
                raise
        except OSError as failure:
            raise BackupError(
                f"{target} can't be written ({failure.strerror}). Name another file."
            ) from failure
        else:
            return folder.name
    raise AssertionError


def _write(stream: IO[bytes], folder: Path, settings: Settings, *, compressed: bool) -> None:
    with (
        TemporaryDirectory() as temporary,
        tarfile.open(fileobj=stream, mode="w|gz" if compressed else "w|") as archive,
    ):
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                name = path.relative_to(folder).as_posix()
                archive.add(path, f"{_BUILD}/{folder.name}/{name}", recursive=False)
        feedback, access = (Path(temporary) / name for name in (_FEEDBACK, _ACCESS))
        feedback_store(settings).copy_to(feedback)
        copy_access(AccessFile(settings.users_file), access)
        for path in (feedback, access, Path(SETTINGS)):
            if path.is_file():
                archive.add(path, path.name, recursive=False)


@contextmanager
def _new_file(target: Path) -> Iterator[IO[bytes]]:
    """A file that only its owner can read, and that appears once it is complete."""
    partial = target.with_name(f".{target.name}.partial")
    partial.unlink(missing_ok=True)
    handle = os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def restore(settings: Settings, source: Path) -> Restored:
    """Put the build of a backup into service, and add its feedback, users and settings.

    Nothing changes if the backup is damaged. Raises IndexBusy, IndexDamaged, StorageError,
    BackupError.
    """
    _require_folder(settings)
    with layout.writing(settings.index), TemporaryDirectory() as temporary:
        extras = Path(temporary)
        with layout.partial_build(settings.index, "restored") as partial:
            name = _extract(source, partial, extras)
            check_whole(partial)
            _check_extras(extras, source)
            if layout.is_published(settings.index, name):
                check_whole(settings.index / "builds" / name)
                layout.put_in_service(settings.index, name)
            else:
                named = partial.with_name(partial.name.replace("restored", name))
                partial.rename(named)
                layout.publish(settings.index, named, keep=settings.keep_builds)
        thumbs = access = 0
        if (extras / _FEEDBACK).exists():
            thumbs = feedback_store(settings).merge(FeedbackStore(extras / _FEEDBACK))
        if (extras / _ACCESS).exists():
            access = restore_access(AccessFile(settings.users_file), extras / _ACCESS)
        written = (extras / SETTINGS).exists() and _restore_settings(extras / SETTINGS)
    return Restored(name, thumbs, access, written)


def _check_extras(extras: Path, source: Path) -> None:
    """Raise BackupError if feedback, users and tokens can't all be read."""
    feedback, access = FeedbackStore(extras / _FEEDBACK), AccessFile(extras / _ACCESS)
    try:
        _ = feedback.thumbs(), feedback.days(1), Users(access).all(), Tokens(access).all()
    except StorageError as failure:
        reason = failure.__cause__ or "a later version of the chatbot wrote them"
        raise BackupError(
            f"The feedback, users or tokens in {source} can't be read ({reason}). "
            f"Name another backup."
        ) from failure


def _restore_settings(source: Path) -> bool:
    """Write the settings file if there is none, with its old mode: it may have secrets."""
    target = Path(SETTINGS).absolute()
    try:
        handle = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(source.read_bytes())
        target.chmod(stat.S_IMODE(source.stat().st_mode))
    except FileExistsError:
        return False
    except OSError as failure:
        raise BackupError(
            f"Everything is restored but {target}, which can't be written ({failure.strerror}). "
            f"Make it writable, and restore again."
        ) from failure
    return True


def _extract(source: Path, build: Path, extras: Path) -> str:
    """Extract the build into one folder and everything else into another; return its name."""
    names = set()
    try:
        with tarfile.open(source, "r|*") as archive:
            for member in archive:
                match PurePosixPath(member.name).parts:
                    case (str(first), str(name), *rest) if first == _BUILD and rest:
                        names.add(name)
                        target = build.joinpath(*rest)
                    case (str(first),) if first in (_FEEDBACK, _ACCESS, SETTINGS):
                        target = extras / first
                    case _:
                        raise _not_a_backup(source)
                content = archive.extractfile(member) if member.isfile() else None
                if content is None or ".." in member.name.split("/"):
                    raise _not_a_backup(source)
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("wb") as stream:
                    shutil.copyfileobj(content, stream)
                if target.parent == extras:
                    target.chmod(member.mode & 0o777 | 0o600)
    except _UNREADABLE as failure:
        raise BackupError(
            f"{source} can't be read ({failure}). Name a file that chatbot backup has written."
        ) from failure
    if len(names) != 1 or names & {"", ".", ".."} or "restored" in names:
        raise _not_a_backup(source)
    return names.pop()


def _require_folder(settings: Settings) -> None:
    if address := milvus_address(settings.index):
        raise BackupError(f"The index {address} is in Milvus. Back it up as docs/scale.md says.")


def _not_a_backup(source: Path) -> BackupError:
    return BackupError(f"{source} isn't a backup. Make one with: chatbot backup FILE")

"""The layout of an index folder, and publishing a build: whole or not at all.

    CURRENT                 the name of the build in service
    builds/NAME/            a published build, never changed
    builds/.partial-NAME/   a build being written or deleted; if its writer died, the next build
                            removes it
    .CURRENT                the next CURRENT, until it is renamed
    .lock                   held while writing

A build is written under its partial name, synchronised to disk and renamed. Then CURRENT is
replaced by a rename. Whenever a writer dies, CURRENT names a whole build.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from chatbot.errors import IndexBusy, IndexDamaged, IndexMissing, StorageError, UsageError
from chatbot.index.manifest import FILE as MANIFEST
from chatbot.index.manifest import build_number

# The time of a build, or what an administrator has called a copy.
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}")
CATALOG = "catalog.sqlite"
DENSE = "dense.faiss"
LEXICAL = "lexical"
ROWS = "rows.npy"
SENTENCES = "sentences.npy"
TITLES = "titles.npy"
DOCUMENTS = "documents.npy"

_PARTIAL = ".partial-"
_NEXT = ".CURRENT"
_STORAGE_ERRORS = frozenset(
    {
        errno.ENOSPC,
        errno.EDQUOT,
        errno.EACCES,
        errno.EPERM,
        errno.EROFS,
        errno.EIO,
        errno.EFBIG,
        errno.ENOTDIR,
        errno.EEXIST,
    }
)


def current_name(index: Path) -> str:
    """The name in CURRENT, or an empty text if it can't be read."""
    try:
        return (index / "CURRENT").read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def current(index: Path) -> Path:
    """The folder of the build in service. Raises IndexMissing, IndexDamaged."""
    try:
        name = (index / "CURRENT").read_text("utf-8").strip()
    except (FileNotFoundError, NotADirectoryError):
        raise IndexMissing(index) from None
    except (OSError, UnicodeDecodeError) as failure:
        raise IndexDamaged(index, f"CURRENT can't be read ({failure})") from failure
    if not is_published(index, name):
        raise IndexDamaged(index, f"CURRENT names the build {name[:60]!r}, which is not there")
    return index / "builds" / name


def is_published(index: Path, name: str) -> bool:
    """Whether a build with this name is published; the name may be anything."""
    plain = _PLAIN_NAME.fullmatch(name)
    return bool(plain) and (index / "builds" / name / MANIFEST).is_file()


def build_names(index: Path) -> list[str]:
    """The names of published builds, oldest first.

    The number in the manifest decides, because the clock may have been set back in between.
    """
    names = [path.parent.name for path in (index / "builds").glob(f"*/{MANIFEST}")]
    published = [name for name in names if name[0] != "."]
    return sorted(published, key=lambda name: (build_number(index / "builds" / name), name))


def next_number(index: Path) -> int:
    """The number of the next build, higher than those of all builds."""
    folders = (index / "builds" / name for name in build_names(index))
    return 1 + max(map(build_number, folders), default=0)


def fallbacks(index: Path, name: str) -> list[str]:
    """The other builds in the order in which they may replace this one.

    First the earlier ones, the newest first, then the later ones, which somebody may have rolled
    back.
    """
    earlier, later = _around(index, name)
    return [*reversed(earlier), *reversed(later)]


def _around(index: Path, name: str) -> tuple[list[str], list[str]]:
    """The builds before and after one; if its number can't be read, all others are before."""
    names = build_names(index)
    if name not in names or not build_number(index / "builds" / name):
        return [other for other in names if other != name], []
    position = names.index(name)
    return names[:position], names[position + 1 :]


def new_name() -> str:
    """A name for a new build: the time, to the microsecond."""
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%S-%f")


@contextmanager
def writing(index: Path) -> Iterator[None]:
    """Lock an index folder for writing, and remove what killed writers left.

    Raises IndexBusy while another process holds the lock, and StorageError if the folder can't be
    written. A full disk inside the block raises StorageError too.
    """
    with _storage_errors(index):
        (index / "builds").mkdir(parents=True, exist_ok=True)
        lock = FileLock(index / ".lock", blocking=False)
        try:
            lock.acquire()
        except Timeout:
            raise IndexBusy(index) from None
        try:
            for leftover in (index / "builds").glob(f"{_PARTIAL}*"):
                shutil.rmtree(leftover, ignore_errors=True)
            (index / _NEXT).unlink(missing_ok=True)
            yield
        finally:
            lock.release()


@contextmanager
def partial_build(index: Path, name: str) -> Iterator[Path]:
    """An empty folder to write the build into; removed unless `publish` renames it."""
    folder = index / "builds" / f"{_PARTIAL}{name}"
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def final_name(folder: Path) -> str:
    """The name under which a partial build will be published."""
    return folder.name.removeprefix(_PARTIAL)


def synchronise_files(folder: Path) -> None:
    """Synchronise the files of a partial build to disk, without those in its subfolders."""
    for path in folder.iterdir():
        if path.is_file():
            synchronise(path)


def publish(index: Path, folder: Path, *, keep: int) -> Path:
    """Put a finished partial build into service and drop the oldest beyond `keep`."""
    for path in folder.rglob("*"):
        synchronise(path)
    final = folder.with_name(final_name(folder))
    with _next_current(index, final.name):
        folder.rename(final)
        synchronise(final.parent)
    for name in build_names(index)[:-keep]:
        if name != final.name:
            _delete(index / "builds" / name)
    return final


def put_in_service(index: Path, name: str) -> None:
    """Make a published build the current one; the caller holds the lock."""
    with _next_current(index, name):
        pass


def roll_back(index: Path, *, check: Callable[[Path], object] | None = None) -> str:
    """Put the build before the current one into service and return its name.

    `check` is called with its folder first. If it finds damage, the build before that is taken. The
    current build itself may be damaged. Raises UsageError if there is no earlier build,
    IndexMissing, IndexDamaged, IndexBusy or StorageError.
    """
    if not build_names(index):
        current(index)
    with writing(index):
        name = current_name(index)
        earlier, _ = _around(index, name)
        if not earlier:
            raise UsageError(f"There is no build before {name} in {index} to roll back to.")
        previous = _newest_whole(index, earlier, check)
        put_in_service(index, previous)
    return previous


def _newest_whole(index: Path, names: Sequence[str], check: Callable[[Path], object] | None) -> str:
    """The last of the builds without damage. Raises IndexDamaged for the last if there is none."""
    damages = []
    for name in reversed(names):
        try:
            if check:
                check(index / "builds" / name)
        except IndexDamaged as damage:
            damages.append(damage)
        else:
            return name
    raise damages[0]


@contextmanager
def _next_current(index: Path, name: str) -> Iterator[None]:
    """Make CURRENT name this build after the block; disk space is only needed before the block."""
    next_file = index / _NEXT
    try:
        next_file.write_text(name + "\n", "utf-8")
        synchronise(next_file)
        yield
        next_file.replace(index / "CURRENT")
    finally:
        next_file.unlink(missing_ok=True)
    synchronise(index)


def _delete(build: Path) -> None:
    """Rename a build before removing it, so that no partly removed build is ever visible."""
    hidden = build.with_name(_PARTIAL + build.name)
    with suppress(OSError):  # Windows keeps open files; the next build tries again.
        build.rename(hidden)
        shutil.rmtree(hidden)


def synchronise(path: Path) -> None:
    """Synchronise a file or folder to disk."""
    if os.name == "nt" and path.is_dir():
        return  # Windows can't synchronise a folder, and a rename doesn't need it.
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _storage_errors(index: Path) -> Iterator[None]:
    try:
        yield
    except OSError as failure:
        if failure.errno in _STORAGE_ERRORS:
            raise StorageError.while_writing(index, failure.strerror) from failure
        raise

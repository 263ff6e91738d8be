"""The folder of added documents: `added` in the corpus.

    added/PATH           a document
    added/.incoming/     files that are on their way; what a crash leaves there is removed later
    added/.trash/        deleted and replaced files
    added/.owners.jsonl  who added which

A file is complete and synchronised to disk before it appears under its name, in one step, in the
same file system. So a build sees the whole file or none.
"""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from chatbot.adding.added_names import check_kind, safe_path
from chatbot.adding.owners import Owners
from chatbot.adding.refusals import AddingOff, NoRoom, NotAdded, disk_full, gone, storage_errors
from chatbot.adding.refusals import taken as name_taken
from chatbot.adding.trash import Trash, TrashedFile
from chatbot.index.layout import synchronise
from chatbot.settings import Settings

log = logging.getLogger(__name__)

FOLDER: Final = "added"
OFF: Final = "Adding documents is turned off (the setting adding). Ask the administrator."
_INCOMING: Final = ".incoming"
_TRASH: Final = ".trash"
_OWNERS: Final = ".owners.jsonl"
# A build needs room, too.
_SPARE_BYTES: Final = 100_000_000
_ABANDONED_SECONDS: Final = 3600.0


@dataclass(frozen=True, slots=True)
class AddedFile:
    """A file on disk; `name` is its path below `added`."""

    name: str
    size: int
    modified_ns: int


class Shelf:
    """Adds, replaces, deletes and puts back documents; safe to use from several threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._root = settings.corpus.absolute() / FOLDER
        self._trash = Trash(self._root / _TRASH)
        self._lock = threading.Lock()
        self._usage: tuple[int, int] | None = None  # bytes and files; unknown until needed
        self.incoming = self._root / _INCOMING
        self.owners = Owners(self._root / _OWNERS)

    @property
    def hours_in_trash(self) -> float:
        """How long a deleted document can be put back."""
        return self._settings.trash_hours

    def check_open(self, corpus_of_build: str = "") -> None:
        """Raise AddingOff unless documents can be added; `corpus_of_build` is in the manifest."""
        corpus = self._settings.corpus
        if not self._settings.adding:
            raise AddingOff(OFF, code="adding_off")
        if corpus.is_file():
            raise AddingOff(
                f"The corpus {corpus} is a single file. Use a folder to add documents.",
                code="adding_single",
            )
        if corpus_of_build and corpus_of_build != str(corpus.resolve()):
            # The next build would replace every document by those of another folder.
            raise AddingOff(
                f"The index was built from {corpus_of_build}, but the setting corpus names "
                f"{corpus}. Start the server with that folder to add documents.",
                code="adding_elsewhere",
            )
        if self._root.is_symlink():
            raise AddingOff(
                f"{self._root} is a link. Replace it with a folder.", code="adding_link"
            )

    def begin(self) -> None:
        """Remove what was abandoned or deleted long ago.

        Newer uploads stay: they may be another server's, which uses the same corpus.
        """
        if not self._root.is_symlink():
            self.tidy()
            self.owners.forget_all_but({file.name for file in self.files()})

    def tidy(self) -> None:
        """Remove abandoned uploads, and empty the trash of what was deleted long ago."""
        now = time.time()
        with self._lock:
            self._usage = None
            self._trash.empty(older_than=now - self._settings.trash_hours * 3600)
            for path in self.incoming.rglob("*"):
                with suppress(OSError):  # taken or removed in the meantime, or not empty
                    if path.lstat().st_mtime < now - _ABANDONED_SECONDS:
                        path.rmdir() if path.is_dir() else path.unlink()

    # -- reading -----------------------------------------------------------------------------

    def files(self) -> list[AddedFile]:
        """Every added document, in order of its name."""
        return sorted(self._walk(self._root), key=lambda file: file.name)

    def file(self, name: str) -> AddedFile | None:
        """One document by its name, if it's there."""
        try:
            status = self._checked(name).lstat()
        except (OSError, NotAdded):
            return None
        return AddedFile(name, status.st_size, status.st_mtime_ns)

    def folders(self) -> list[str]:
        """The folders below `added`."""
        parents = {parent for file in self.files() for parent in Path(file.name).parents}
        return sorted(parent.as_posix() for parent in parents if parent != Path())

    def trashed(self) -> list[TrashedFile]:
        """What can be put back, the latest first."""
        return self._trash.files()

    def _walk(self, folder: Path, prefix: str = "") -> Iterator[AddedFile]:
        try:
            entries = list(os.scandir(folder))
        except OSError:
            return
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from self._walk(Path(entry.path), f"{prefix}{entry.name}/")
            elif entry.is_file(follow_symlinks=False):
                with suppress(FileNotFoundError):  # deleted since the folder was listed
                    status = entry.stat(follow_symlinks=False)
                    yield AddedFile(f"{prefix}{entry.name}", status.st_size, status.st_mtime_ns)

    # -- writing -----------------------------------------------------------------------------

    def new_upload(self) -> Path:
        """An unused path for a file on its way."""
        with storage_errors(self._root):
            self.incoming.mkdir(parents=True, exist_ok=True)
        return self.incoming / secrets.token_hex(16)

    def check_room(self, size: int) -> None:
        """Refuse a file of this size if it can't be kept. Raises NotAdded, NoRoom."""
        largest = self._settings.file_megabytes
        if size > largest * 1e6:
            raise NotAdded(
                f"The file is larger than {largest:g} MB (the setting file_megabytes). Split it.",
                code="adding_size",
                limit=f"{largest:g}",
            )
        self.check_disk(size)

    def place(self, upload: Path, name: str, *, folder: str = "", by: str, replace: bool) -> str:
        """Add a file that has arrived at `upload`, and return its name.

        With `replace`, a document of the same name goes to the trash. Raises NotAdded, NameTaken,
        NoRoom, StorageError; then the upload is still there.
        """
        path = safe_path(name, folder)
        check_kind(path)
        with self._lock, storage_errors(self._root):
            target = self._checked(path)
            size = upload.stat().st_size
            exists = os.path.lexists(target)
            if exists and not replace:
                raise name_taken(path)
            self.check_room(size)
            used, files = self._used()
            replaced = target.lstat().st_size if exists else 0
            self._make_room(used - replaced + size, files + (not exists), to_trash=replaced)
            target.parent.mkdir(parents=True, exist_ok=True)
            if exists:
                self._trash.keep(target, path, by)
            # Whoever may read the corpus may read the file, for example to build.
            os.utime(upload)  # a build that began earlier hasn't seen it
            upload.chmod(self._root.parent.stat().st_mode & 0o666 | 0o600)
            synchronise(upload)
            upload.replace(target)
            synchronise(target.parent)
            self._usage = used - replaced + size, files + (not exists)
            self.owners.set(path, by)
        log.info("%s %s added/%s", by, "replaced" if exists else "added", path)
        return path

    def delete(self, name: str, *, by: str) -> None:
        """Move a document to the trash. Raises NotFound, StorageError."""
        with self._lock, storage_errors(self._root):
            target = self._existing(name)
            self._usage = None
            self._trash.keep(target, name, by)
            target.unlink()
            self._remove_empty_folders(target.parent)
        log.info("%s deleted added/%s", by, name)

    def restore(self, trash_id: str, *, by: str) -> str:
        """Put a document back, and return its name.

        A newer one of that name goes to the trash in its place. Raises NotFound, StorageError.
        """
        with self._lock, storage_errors(self._root):
            found = self._trash.find(trash_id)
            if found is None:
                raise gone(trash_id)
            self._usage = None
            trashed, kept = found
            target = self._checked(trashed.name)
            target.parent.mkdir(parents=True, exist_ok=True)
            if os.path.lexists(target):
                self._trash.keep(target, trashed.name, by)
            os.utime(kept)
            kept.replace(target)
            synchronise(target.parent)
            self._trash.remove(trash_id)
            self.owners.set(trashed.name, by)
        log.info("%s restored added/%s", by, trashed.name)
        return trashed.name

    def _checked(self, name: str) -> Path:
        """The path of a document. Raises NotAdded.

        No folder on the way to it may be a link, or a document with the name of that folder.
        """
        path = self._root
        for part in safe_path(name).split("/"):
            if path.is_symlink():
                raise NotAdded(f"{path} is a link. Choose another folder.", code="adding_link")
            if path.is_file():
                raise name_taken(path.relative_to(self._root).as_posix())
            path /= part
        return path

    def _existing(self, name: str) -> Path:
        try:
            target = self._checked(name)
        except NotAdded:
            raise gone(name) from None
        if target.is_symlink() or not target.is_file():
            raise gone(name)
        return target

    def check_disk(self, size: int) -> None:
        """Raise NoRoom if the disk doesn't have room for this number of bytes."""
        folder = next(each for each in (self._root, *self._root.parents) if each.exists())
        if shutil.disk_usage(folder).free < size + _SPARE_BYTES:
            raise disk_full(folder)

    def _used(self) -> tuple[int, int]:
        """The bytes and the number of all documents."""
        if self._usage is None:
            files = self.files()
            self._usage = sum(file.size for file in files), len(files)
        return self._usage

    def _make_room(self, used: int, files: int, *, to_trash: int) -> None:
        """Keep within the limits, if need be by dropping the oldest of the trash. Raises NoRoom."""
        most = self._settings.added_megabytes * 1e6
        if used > most or files > self._settings.added_files:
            raise NoRoom(
                f"The limit for added documents is {self._settings.added_files:,} files and "
                f"{self._settings.added_megabytes:g} MB in all. Delete some, or ask the "
                f"administrator to raise added_files or added_megabytes.",
                code="adding_quota",
                files=self._settings.added_files,
                megabytes=f"{self._settings.added_megabytes:g}",
            )
        trashed = self._trash.files()
        used += sum(each.size for each in trashed) + to_trash
        while trashed and used > most:
            oldest = trashed.pop()
            self._trash.remove(oldest.trash_id)
            used -= oldest.size

    def _remove_empty_folders(self, folder: Path) -> None:
        with suppress(OSError):  # not empty
            while folder != self._root:
                folder.rmdir()
                folder = folder.parent

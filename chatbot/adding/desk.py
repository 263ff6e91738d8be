"""What a person may do with added documents. Every change requests a build.

For people who may not know of a document, it doesn't exist, except that its name is taken.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from chatbot.adding.added_documents import AddedDocument, Viewer, added_documents
from chatbot.adding.added_names import safe_path
from chatbot.adding.build_queue import BuildProgress, BuildQueue
from chatbot.adding.refusals import gone, storage_errors, taken
from chatbot.adding.shelf import FOLDER, Shelf
from chatbot.adding.trash import TrashedFile
from chatbot.errors import ChatbotError
from chatbot.index.opened_build import Build
from chatbot.settings import Settings

_NOTE: Final = ".held"


class Pending(NamedTuple):
    """A file that has arrived under the name of a document, until a person decides.

    A note beside it has the other fields, so that any server process can ask the person and act.
    """

    arrived: int
    name: str
    by: str
    upload: Path

    @property
    def note(self) -> Path:
        return self.upload.with_suffix(_NOTE)


class AddingDesk:
    """Adds, lists, replaces, deletes and restores documents on behalf of people; thread-safe.

    `whole_build` gives the build in service, or raises a ChatbotError.
    """

    def __init__(self, settings: Settings, whole_build: Callable[[], Build]) -> None:
        self.shelf = Shelf(settings)
        self.queue = BuildQueue(settings)
        self._whole_build = whole_build

    def begin(self) -> None:
        """Remove what an earlier process left unfinished, and build what it had changed."""
        self.shelf.begin()
        try:
            self.check_open()
        except ChatbotError:
            return
        build = self._whole()
        known = self.listing(Viewer("", build, everything=True))
        indexed = build.catalog.names().files_below(FOLDER) if build else []
        # Deleted before a crash, and still answering.
        gone = {file.path for file in indexed} - {f"{FOLDER}/{each.file.name}" for each in known}
        if gone or any(each.state == "waiting" for each in known):
            self.queue.request()

    def close(self) -> None:
        """Stop the running build."""
        self.queue.close()

    def check_open(self) -> None:
        """Raise AddingOff unless documents can be added here."""
        build = self._whole()
        self.shelf.check_open(build.manifest.corpus if build else "")

    @property
    def progress(self) -> BuildProgress:
        """What the build is doing."""
        return self.queue.progress

    def listing(self, viewer: Viewer) -> list[AddedDocument]:
        """The added documents that a person may know of, by name."""
        return added_documents(self.shelf, self._whole(), viewer, self.queue.progress.began_ns)

    def trashed(self, viewer: Viewer) -> list[TrashedFile]:
        """What a person may put back: what they deleted, or everything; the latest first."""
        trashed = self.shelf.trashed()
        return [each for each in trashed if viewer.everything or each.by == viewer.name]

    def add(
        self, upload: Path, name: str, viewer: Viewer, *, folder: str = "", replace: bool = False
    ) -> str:
        """Add a file that has arrived, and return its name. Raises what `Shelf.place` does."""
        self.check_open()
        path = safe_path(name, folder)
        if replace and self.shelf.file(path) and not self._mine(path, viewer):
            raise taken(path)
        placed = self.shelf.place(upload, path, by=viewer.name, replace=replace)
        self.queue.request()
        return placed

    def hold(self, upload: Path, name: str, viewer: Viewer) -> bool:
        """Keep a file until its person decides about it; False if they may not replace."""
        if not self._mine(name, viewer):
            return False
        held = Pending(time.time_ns(), name, viewer.name, self.shelf.new_upload())
        with storage_errors(held.upload):
            upload.replace(held.upload)
            os.utime(held.upload)  # the time to decide begins now
            held.note.write_text(json.dumps(held[:3]), "utf-8")
        return True

    def pending(self, viewer: Viewer) -> list[Pending]:
        """The files that wait for a person's decision, in the order in which they arrived."""
        waiting = []
        for note in self.shelf.incoming.glob(f"*{_NOTE}"):
            with suppress(OSError, ValueError, TypeError):  # decided, or cut short by a full disk
                arrived, name, by = json.loads(note.read_text("utf-8"))
                held = Pending(arrived, name, by, note.with_suffix(""))
                if held.by == viewer.name and held.upload.exists():
                    waiting.append(held)
        return sorted(waiting)

    def decide(self, viewer: Viewer, *, replace: bool) -> int:
        """Replace the documents for which a file waits, or drop the files; return their number."""
        decided = self.pending(viewer)
        for held in decided:
            if replace:
                self.add(held.upload, held.name, viewer, replace=True)
            held.upload.unlink(missing_ok=True)
            held.note.unlink(missing_ok=True)
        return len(decided)

    def delete(self, name: str, viewer: Viewer) -> None:
        """Move a document to the trash. Raises NotFound, StorageError, AddingOff."""
        self.check_open()
        if not self._mine(name, viewer):
            raise gone(name)
        self.shelf.delete(name, by=viewer.name)
        self.queue.request()

    def restore(self, trash_id: str, viewer: Viewer) -> str:
        """Put a document back, and return its name.

        Raises NotFound, StorageError, AddingOff; NameTaken if its name is now another person's.
        """
        self.check_open()
        found = next((each for each in self.trashed(viewer) if each.trash_id == trash_id), None)
        if found is None:
            raise gone(trash_id)
        if self.shelf.file(found.name) and not self._mine(found.name, viewer):
            raise taken(found.name)
        name = self.shelf.restore(trash_id, by=viewer.name)
        self.queue.request()
        return name

    def _mine(self, name: str, viewer: Viewer) -> bool:
        return any(each.file.name == name and each.mine for each in self.listing(viewer))

    def _whole(self) -> Build | None:
        try:
            return self._whole_build()
        except ChatbotError:
            return None

"""The builds of an index in Milvus, opened from their outlines."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from chatbot.errors import (
    IndexDamaged,
    IndexMismatch,
    IndexMissing,
    IndexUnusable,
    MilvusError,
    UsageError,
)
from chatbot.index import layout
from chatbot.index.build_parts import Parts
from chatbot.index.manifest import FILE as MANIFEST
from chatbot.index.milvus.connection import Connection
from chatbot.index.milvus.entity import StoredText, unpack_text
from chatbot.index.milvus.milvus_catalog import MilvusCatalog
from chatbot.index.milvus.milvus_parts import (
    MilvusDense,
    MilvusSentences,
    MilvusWords,
    StoredPassages,
)
from chatbot.index.milvus.outline import open_entities, open_words
from chatbot.index.milvus.state import BuildEntry, State, StateFile
from chatbot.index.milvus.stored_files import StoredFiles, document_file
from chatbot.index.milvus.stored_outline import fetch_outline
from chatbot.index.milvus.visibility import Visibility
from chatbot.index.opened_build import Build
from chatbot.index_address import MilvusAddress
from chatbot.milvus_settings import MilvusAccess

# How long a server goes on with the state that it last read.
_STATE_SECONDS: Final = 1.0


class MilvusBuilds:
    """The builds of an index in Milvus; `cache` is a folder of this machine for their outlines."""

    def __init__(self, address: MilvusAddress, access: MilvusAccess, cache: Path) -> None:
        self.address = address
        self._connection = Connection(address, access)
        self._files = StoredFiles(self._connection)
        self._state_file = StateFile(self._connection, self._files)
        self._outlines = address.folder(cache) / "outlines"
        self._known: tuple[float, State] | None = None
        self._downloading = threading.Lock()

    def __str__(self) -> str:
        return str(self.address)

    def _state(self) -> State:
        """The state, at most a second old. Raises IndexMissing, MilvusError."""
        known = self._known
        if known and time.monotonic() - known[0] < _STATE_SECONDS:
            return known[1]
        try:
            state = self._state_file.read()
        except MilvusError:
            if not known:
                raise
            # The question itself finds out whether the server is back.
            state = known[1]
        if state is None or not state.builds:
            raise IndexMissing(str(self))
        self._known = time.monotonic(), state
        return state

    def current(self) -> str:
        """The name of the build in service. Raises IndexMissing, MilvusError."""
        return self._state().current

    def named_current(self) -> str:
        """The name of the build in service; empty if there is none."""
        with suppress(IndexMissing):
            return self._state().current
        return ""

    def fallbacks(self, name: str) -> list[str]:
        """The other builds in the order in which they may replace this one."""
        earlier, later = self._state().around(name)
        return [*reversed(earlier), *reversed(later)]

    def holds(self, name: str) -> bool:
        """Whether a build with this name is kept."""
        return self._state().entry(name) is not None

    def folder(self, name: str) -> Path:
        """The outline of a build, downloaded unless it is here. Raises IndexDamaged."""
        state = self._state()
        folder = self._folder_of(self._entry(name))
        with self._downloading:
            if not (folder / MANIFEST).is_file():
                kept = {self._folder_of(entry).parent for entry in state.builds}
                for other in self._outlines.glob("[0-9]*"):
                    if other not in kept:
                        shutil.rmtree(other, ignore_errors=True)
                self._download(name, folder)
        return folder

    def _entry(self, name: str) -> BuildEntry:
        entry = self._state().entry(name)
        if entry is None:
            raise IndexDamaged(str(self), f"the build {name[:60]!r} is not there")
        return entry

    def _folder_of(self, entry: BuildEntry) -> Path:
        # A build may be dropped and copied again; then it has another number.
        return self._outlines / str(entry.number) / entry.name

    def _download(self, name: str, folder: Path) -> None:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=self._outlines, prefix=".") as temporary:
            part = Path(temporary) / name
            fetch_outline(self._files, name, part)
            # Another process may have been faster.
            with suppress(OSError):
                part.rename(folder)

    def open(self, name: str) -> Build:
        """Open a kept build. Raises IndexDamaged, IndexUnusable, MilvusError."""
        open_parts = partial(self._parts, self._entry(name))
        try:
            return Build(self.folder(name), open_parts)
        except IndexMismatch as failure:
            raise IndexUnusable(str(self), failure.problem, command="chatbot build") from failure
        except IndexDamaged:
            # Damage on this machine is repaired by another download.
            shutil.rmtree(self._folder_of(self._entry(name)), ignore_errors=True)
            return Build(self.folder(name), open_parts)

    def _parts(self, entry: BuildEntry, build: Build) -> Parts:
        visibility = Visibility(open_entities(build.folder), build.doc_of_row[:-1])
        passages = StoredPassages(self._connection, entry.passages, visibility)
        manifest = build.manifest
        return Parts(
            catalog=MilvusCatalog(
                build.folder / layout.CATALOG, passages, self._texts_reader(visibility)
            ),
            dense=MilvusDense(passages),
            lexical=MilvusWords(
                passages,
                open_words(build.folder),
                build.rights.numbers,
                manifest.analyzers.stemmers,
            ),
            sentences=MilvusSentences(passages, int(build.first_sentence[-1]), manifest.dimensions),
        )

    def _texts_reader(
        self, visibility: Visibility
    ) -> Callable[[list[int]], Mapping[int, StoredText]]:
        def read(numbers: list[int]) -> Mapping[int, StoredText]:
            names = {number: document_file(visibility.number(number)) for number in numbers}
            contents = self._files.get_all(names.values())
            if len(contents) != len(names):
                raise IndexDamaged(
                    str(self), f"it lacks texts of documents ({len(names) - len(contents):,})"
                )
            return {number: unpack_text(contents[name]) for number, name in names.items()}

        return read

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def roll_back(self) -> str:
        """Put the build before the current one into service and return its name."""
        if self._state_file.read(fresh=True) is None:
            raise IndexMissing(str(self))
        with self._state_file.writing("rollback") as (state, _):
            earlier, _ = state.around(state.current)
            if not earlier:
                raise UsageError(
                    f"There is no build before {state.current} in {self} to roll back to."
                )
            self._state_file.write(replace(state, current=earlier[-1]), before=state)
        self._known = None
        return earlier[-1]

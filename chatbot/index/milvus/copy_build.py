"""Copy a build from a folder to Milvus, whole or not at all.

Only documents that no kept build has are copied. The outline follows, then the state, which
publishes the build. Last, what no kept build sees is deleted.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from chatbot.errors import IndexDamaged, MilvusError
from chatbot.index import layout
from chatbot.index.folder_build import FolderBuild
from chatbot.index.lexical.forward import CircleCounter, CircleCounts
from chatbot.index.milvus.connection import Connection
from chatbot.index.milvus.entity import StoredPassage, entity_of, listed, pack_text
from chatbot.index.milvus.outline import Entities, open_entities, write_outline
from chatbot.index.milvus.slim_catalog import content_keys
from chatbot.index.milvus.state import BuildEntry, State, StateFile, published
from chatbot.index.milvus.stored_files import StoredFiles
from chatbot.index.milvus.stored_outline import fetch_outline, store_outline
from chatbot.index_address import MilvusAddress
from chatbot.milvus_settings import OPEN_ACCESS, MilvusAccess

# About 3 MB in one request.
_BATCH: Final = 200
_LISTED: Final = 1_000
_TEXTS: Final = 100
_TEXT_BYTES: Final = 4_000_000


def copy_build(
    build: FolderBuild,
    address: MilvusAddress,
    access: MilvusAccess = OPEN_ACCESS,
    *,
    keep: int,
    dense_index: str = "FLAT",
    fresh: bool = False,
    advance: Callable[[int], object] = lambda _: None,
) -> bool:
    """Publish a build of a folder in Milvus; False if it is already in service there.

    `fresh` copies everything, as if Milvus had nothing of the build. `dense_index` is the type of
    the index over vectors, for a collection that doesn't exist yet. The caller holds the lock of
    the folder. `advance` is called with numbers of passages copied, or there already.

    Raises IndexBusy, IndexUnusable, MilvusError, UsageError.
    """
    connection = Connection(address, access)
    try:
        return _Copy(build, connection, keep, dense_index, fresh, advance).run()
    finally:
        connection.close()


@dataclass(slots=True)
class _Copy:
    build: FolderBuild
    connection: Connection
    keep: int
    dense_index: str
    fresh: bool
    advance: Callable[[int], object]

    def run(self) -> bool:
        files = StoredFiles(self.connection)
        state_file = StateFile(self.connection, files)
        owner = f"{socket.gethostname()}:{self.build.folder.absolute().parent}"
        with state_file.writing(owner) as (found, keep_lock):
            state = self._vacuumed(files, state_file, found, keep_lock)
            if state.current == self.build.name:
                return False
            if state.entry(self.build.name):
                state_file.write(replace(state, current=self.build.name), before=state)
            else:
                state = self._publish(files, state_file, state, keep_lock)
                self._vacuumed(files, state_file, state, keep_lock)
        return True

    def _publish(
        self,
        files: StoredFiles,
        state_file: StateFile,
        state: State,
        keep_lock: Callable[[], None],
    ) -> State:
        manifest = self.build.manifest
        passages = f"{self.connection.address.name}_passages_{manifest.dimensions}"
        entry = BuildEntry(manifest.name, state.last_build + 1, passages)
        self.connection.create_passages(passages, manifest.dimensions, self.dense_index)
        entities, last_doc = self._number(files, state, entry)
        new = entities.documents[:, 1] == entry.number
        words = self._copy_passages(entities, new, entry, keep_lock)
        self._copy_texts(files, entities, new, entry.number, keep_lock)
        with TemporaryDirectory() as temporary:
            folder = Path(temporary)
            write_outline(folder, self.build, entities, words)
            keep_lock()
            store_outline(files, folder, entry.name, build=entry.number)
        after = published(state, entry, last_doc=last_doc, keep=self.keep)
        state_file.write(after, before=state)
        return after

    def _number(self, files: StoredFiles, state: State, entry: BuildEntry) -> tuple[Entities, int]:
        """The number of each document: that of a kept build with the same content, or a new one."""
        manifest = self.build.manifest
        salt = repr((manifest.model_fingerprint, manifest.analyzers.version, manifest.dimensions))
        salt += self.build.lexical.typical.tobytes().hex()
        keys = content_keys(self.build.folder / layout.CATALOG, salt.encode())
        kept = [
            _entities(files, other.name).documents
            for other in state.builds
            if other.passages == entry.passages and not self.fresh
        ]
        known = np.unique(np.concatenate([np.empty((0, 3), np.int64), *kept]), axis=0)
        by_key = {key: (number, build) for number, build, key in known.tolist()}
        last_doc = state.last_doc
        documents = np.empty((len(keys), 3), np.int64)
        for doc, key in enumerate(keys.tolist()):
            if key not in by_key:
                last_doc += 1
                by_key[key] = last_doc, entry.number
            documents[doc] = *by_key[key], key
        brought = np.isin(known[:, 1], documents[:, 1])
        gone = np.setdiff1d(known[brought, 0], documents[:, 0])
        return Entities(documents, gone), last_doc

    # -- copying -----------------------------------------------------------------------------

    def _copy_passages(
        self,
        entities: Entities,
        new: NDArray[np.bool_],
        entry: BuildEntry,
        keep_lock: Callable[[], None],
    ) -> CircleCounts:
        """Copy the passages of new documents; the statistics of the terms of all passages."""
        counter = CircleCounter()
        batch: list[dict[str, Any]] = []
        copied = 0
        for entity in self._new_entities(entities, new, entry.number, counter):
            batch.append(entity)
            if len(batch) == _BATCH:
                copied += self._put(entry.passages, batch, keep_lock)
                batch = []
        copied += self._put(entry.passages, batch, keep_lock)
        self.advance(len(self.build) - copied)
        # A strong read: from here on everybody sees them.
        there = self.connection.count(entry.passages, f"build == {entry.number}")
        if there != copied:
            raise MilvusError.refused(
                self.connection.address.server, f"it has {there:,} of {copied:,} new passages"
            )
        return counter.counts()

    def _put(
        self, passages: str, batch: list[dict[str, Any]], keep_lock: Callable[[], None]
    ) -> int:
        if batch:
            self.connection.put(passages, batch)
        keep_lock()
        self.advance(len(batch))
        return len(batch)

    def _new_entities(
        self,
        entities: Entities,
        new: NDArray[np.bool_],
        number: int,
        counter: CircleCounter,
    ) -> Iterator[dict[str, Any]]:
        build = self.build
        doc_of_row = build.doc_of_row[:-1]
        first_rows = np.searchsorted(doc_of_row, np.arange(len(new)))
        circles = build.rights.numbers[doc_of_row]
        for block in build.lexical.by_passage():
            size = len(block.bounds) - 1
            counter.add(block, circles[block.first : block.first + size])
            rows = np.arange(block.first, block.first + size)
            rows = rows[new[doc_of_row[rows]]]
            for start in range(0, len(rows), _BATCH):
                batch = rows[start : start + _BATCH]
                for row, passage in zip(batch.tolist(), self._stored(batch), strict=True):
                    doc = doc_of_row[row]
                    begin, end = block.bounds[row - block.first : row - block.first + 2]
                    yield entity_of(
                        passage,
                        doc=int(entities.documents[doc, 0]),
                        ordinal=int(row - first_rows[doc]),
                        build=number,
                        components=block.components[begin:end],
                        impacts=block.impacts[begin:end],
                    )

    def _stored(self, rows: NDArray[np.int64]) -> Iterator[StoredPassage]:
        vectors = self.build.dense.vectors(rows)
        texts = self.build.passages(rows.tolist())
        for row, vector, passage in zip(rows.tolist(), vectors, texts, strict=True):
            terms, _ = self.build.lexical.sentence_terms(row, row + 1)
            yield StoredPassage(
                vector, self.build.sentence_rows(row, row), np.array(terms), passage.text
            )

    def _copy_texts(
        self,
        files: StoredFiles,
        entities: Entities,
        new: NDArray[np.bool_],
        number: int,
        keep_lock: Callable[[], None],
    ) -> None:
        """Store the texts of new documents."""
        contents: dict[int, bytes] = {}
        for doc in np.flatnonzero(new).tolist():
            document = self.build.catalog.document_numbered(doc)
            contents[int(entities.documents[doc, 0])] = pack_text(document)
            if len(contents) == _TEXTS or sum(map(len, contents.values())) > _TEXT_BYTES:
                files.put_documents(contents, build=number)
                contents = {}
                keep_lock()
        files.put_documents(contents, build=number)

    # -- deleting ----------------------------------------------------------------------------

    def _vacuumed(
        self,
        files: StoredFiles,
        state_file: StateFile,
        state: State,
        keep_lock: Callable[[], None],
    ) -> State:
        """Delete what a killed writer left, and what only dropped builds see."""
        collections = [
            name
            for name in self.connection.collections()
            if name.startswith(f"{self.connection.address.name}_passages_")
        ]
        for collection in (*collections, files.collection):
            self.connection.delete(collection, f"build > {state.last_build}")
        for entry in state.dropped:
            unseen = np.empty(0, np.int64)
            # Without an outline, nobody knows what the builds share, so nothing is deleted. If it's
            # that of the dropped build, a killed writer has deleted the rest.
            with suppress(IndexDamaged):
                kept = [
                    _entities(files, other.name).documents[:, 0]
                    for other in state.builds
                    if other.passages == entry.passages
                ]
                own = _entities(files, entry.name).documents[:, 0]
                unseen = np.setdiff1d(own, np.concatenate([unseen, *kept]))
            for start in range(0, len(unseen), _LISTED):
                condition = f"doc in {listed(unseen[start : start + _LISTED])}"
                self.connection.delete(entry.passages, condition)
                files.delete(condition)
                keep_lock()
            files.delete(f"doc == 0 and build == {entry.number}")
        used = {entry.passages for entry in state.builds}
        for collection in collections:
            if state.builds and collection not in used:
                self.connection.drop(collection)
        if not state.dropped:
            return state
        vacuumed = replace(state, dropped=())
        state_file.write(vacuumed, before=state)
        return vacuumed


def _entities(files: StoredFiles, name: str) -> Entities:
    with TemporaryDirectory() as temporary:
        folder = Path(temporary) / "outline"
        fetch_outline(files, name, folder)
        entities = open_entities(folder)
        return Entities(np.array(entities.documents), np.array(entities.gone))

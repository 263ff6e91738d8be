"""The state of each added document: ready, waiting for a build, or why it can't be read.

The state is computed from the disk and the build in service, so it's right after a restart, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from chatbot.adding.shelf import FOLDER, AddedFile, Shelf
from chatbot.errors import SkipReason
from chatbot.index.document_listing import ListedFile
from chatbot.index.opened_build import Build

# "closed": in the index, but its groups don't include the person who asks.
# "left_out": the last build ignored it, by the rules of the corpus.
State = Literal["ready", "waiting", "skipped", "closed", "left_out"]


@dataclass(frozen=True, slots=True)
class AddedDocument:
    """An added file, who added it, and its state.

    If it's ready, `doc_id` and `title` are those of its first document, and `documents` is their
    number. If it's skipped, `reason` says why. `mine` says that the person may delete it.
    """

    file: AddedFile
    by: str
    state: State
    mine: bool = True
    doc_id: str = ""
    title: str = ""
    documents: int = 0
    reason: SkipReason | None = None


@dataclass(frozen=True, slots=True)
class Viewer:
    """The person who asks, by name, and what they may see of the build in service, if there is one.

    `everything` says that nothing is hidden from them.
    """

    name: str
    build: Build | None
    everything: bool


def added_documents(
    shelf: Shelf, whole: Build | None, viewer: Viewer, began_ns: int
) -> list[AddedDocument]:
    """The files that a person may know of, by name.

    Those are the files whose documents they may see, and what they added themselves: nobody knows
    who may see a file before it has been read. A file that isn't in the `whole` build although it
    is older than `began_ns`, when that build listed the files, was left out.
    """
    return list(_known(shelf, whole, viewer, began_ns))


def _known(
    shelf: Shelf, whole: Build | None, viewer: Viewer, began_ns: int
) -> Iterator[AddedDocument]:
    every, visible = _rows(whole), _rows(viewer.build)
    # A build that finds the same content under a newer time keeps the older time.
    seen_ns = max(began_ns, int(whole.made.timestamp() * 1e9) if whole else 0)
    for file in shelf.files():
        path = f"{FOLDER}/{file.name}"
        by = shelf.owners.of(file.name)
        seen, row = visible.get(path), every.get(path)
        own = viewer.everything or (bool(by) and by == viewer.name)
        if seen and viewer.build:
            mine = own or viewer.build.catalog.holds_whole_file(seen.doc_id)
            yield _in_build(file, by, seen, seen_ns, mine=mine)
        elif own and row and not viewer.everything and not row.reason:
            yield AddedDocument(file, by, "closed")
        elif own and row:
            yield _in_build(file, by, row, seen_ns, mine=True)
        elif own:
            left_out = file.modified_ns < began_ns
            yield AddedDocument(file, by, "left_out" if left_out else "waiting")


def _rows(build: Build | None) -> dict[str, ListedFile]:
    files = build.catalog.names().files_below(FOLDER) if build else []
    return {file.path: file for file in files}


def _in_build(
    file: AddedFile, by: str, read: ListedFile, seen_ns: int, *, mine: bool
) -> AddedDocument:
    is_new = read.modified_ns != file.modified_ns and file.modified_ns >= seen_ns
    if read.size != file.size or is_new:
        return AddedDocument(file, by, "waiting", mine)
    if read.reason:
        return AddedDocument(file, by, "skipped", mine, reason=read.reason)
    return AddedDocument(file, by, "ready", mine, read.doc_id, read.title, read.documents)

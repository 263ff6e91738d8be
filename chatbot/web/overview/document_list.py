"""The list of documents: search by name, pages, and whether each file is unchanged."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from chatbot.index.catalog import FileRow
from chatbot.index.opened_build import Build, FileState
from chatbot.text.clean import one_line
from chatbot.types import DocumentSummary

PAGE_SIZE: Final = 50
_LONGEST_SEARCH: Final = 200
_MOST_DIGITS: Final = 8


@dataclass(frozen=True, slots=True)
class ListedDocument:
    """A document, and whether its file is unchanged since it was indexed."""

    summary: DocumentSummary
    state: FileState


@dataclass(frozen=True, slots=True)
class DocumentsPage:
    """A page, from 1, of the documents whose names have all the words of a search."""

    words: str
    documents: tuple[ListedDocument, ...]
    matching: int
    indexed: int
    page: int
    pages: int

    @property
    def first(self) -> int:
        """The number of the first document on this page, from 1."""
        return (self.page - 1) * PAGE_SIZE + 1


def documents_page(build: Build, search: str, number: str) -> DocumentsPage:
    """A page by its number; page 1 for text that isn't a number, the last page beyond the end."""
    search = one_line(search[:_LONGEST_SEARCH])
    page = int(number) if number.isdecimal() and len(number) <= _MOST_DIGITS else 1
    page = max(page, 1)
    names = build.catalog.names()
    listing = names.listing(search, first=(page - 1) * PAGE_SIZE, most=PAGE_SIZE)
    pages = max(-(-listing.matching // PAGE_SIZE), 1)
    if page > pages:
        page = pages
        listing = names.listing(search, first=(page - 1) * PAGE_SIZE, most=PAGE_SIZE)
    states: dict[str, FileState] = {}  # several documents may share a file
    documents = []
    for summary in build.summaries(listing.doc_ids):
        file = build.catalog.file_of(summary.doc_id)
        if file.path not in states:
            states[file.path] = file_state(build, file)
        documents.append(ListedDocument(summary, states[file.path]))
    indexed = build.manifest.documents
    return DocumentsPage(search, tuple(documents), listing.matching, indexed, page, pages)


def file_state(build: Build, file: FileRow) -> FileState:
    """Like `Build.file_state`, but reads a file only if its time differs and its size doesn't."""
    try:
        status = file.on_disk(Path(build.manifest.corpus)).stat()
    except OSError:
        return "gone"
    if status.st_size != file.size:
        return "changed"
    return "same" if status.st_mtime_ns == file.modified_ns else build.file_state(file)

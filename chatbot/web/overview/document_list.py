"""The list of documents: search by name, pages, and whether each file is unchanged."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from chatbot.index.catalog import FileRow, storable
from chatbot.index.document_listing import Order
from chatbot.index.facets import FacetValue
from chatbot.index.opened_build import Build, FileState
from chatbot.text.clean import one_line
from chatbot.types import DocumentSummary, Filters

PAGE_SIZE: Final = 50
_LONGEST_SEARCH: Final = 200
_MOST_FOLDERS: Final = 200
_MOST_DIGITS: Final = 8


@dataclass(frozen=True, slots=True)
class ListedDocument:
    """A document, and whether its file is unchanged since it was indexed."""

    summary: DocumentSummary
    state: FileState


@dataclass(frozen=True, slots=True)
class DocumentsPage:
    """A page, from 1, of the documents in a folder whose names have all the words of a search.

    `folders` are all there are, with the number of documents in each.
    """

    words: str
    folder: str
    order: Order
    folders: tuple[FacetValue, ...]
    documents: tuple[ListedDocument, ...]
    matching: int
    indexed: int
    page: int
    pages: int

    @property
    def first(self) -> int:
        """The number of the first document on this page, from 1."""
        return (self.page - 1) * PAGE_SIZE + 1


def documents_page(
    build: Build, search: str, number: str, folder: str = "", order: Order = "name"
) -> DocumentsPage:
    """A page by its number; page 1 for text that isn't a number, the last page beyond the end."""
    filters = Filters(folder=(storable(folder),) if folder else ())
    search = one_line(search[:_LONGEST_SEARCH])
    page = int(number) if number.isdecimal() and len(number) <= _MOST_DIGITS else 1
    page = max(page, 1)
    names = build.catalog.names()
    find = partial(
        names.listing, search, most=PAGE_SIZE, filters=filters, in_authors=True, order=order
    )
    listing = find(first=(page - 1) * PAGE_SIZE)
    pages = max(-(-listing.matching // PAGE_SIZE), 1)
    if page > pages:
        page = pages
        listing = find(first=(page - 1) * PAGE_SIZE)
    states: dict[str, FileState] = {}  # several documents may share a file
    documents = []
    for summary in build.summaries(listing.doc_ids):
        file = build.catalog.file_of(summary.doc_id)
        if file.path not in states:
            states[file.path] = file_state(build, file)
        documents.append(ListedDocument(summary, states[file.path]))
    indexed = build.manifest.documents
    facets = build.catalog.facets(Filters(), most=_MOST_FOLDERS).facets
    folders = next((facet.values for facet in facets if facet.name == "folder"), ())
    return DocumentsPage(
        search,
        folder,
        order,
        tuple(sorted(folders)),
        tuple(documents),
        listing.matching,
        indexed,
        page,
        pages,
    )


def file_state(build: Build, file: FileRow) -> FileState:
    """Like `Build.file_state`, but reads a file only if its time differs and its size doesn't."""
    try:
        status = file.on_disk(Path(build.manifest.corpus)).stat()
    except OSError:
        return "gone"
    if status.st_size != file.size:
        return "changed"
    return "same" if status.st_mtime_ns == file.modified_ns else build.file_state(file)

"""All documents: looked for by name, a page at a time, each with what became of its file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from chatbot.index.catalog import FileRow
from chatbot.index.opened_build import Build, FileState
from chatbot.text.clean import one_line
from chatbot.types import DocumentSummary

PAGE: Final = 50
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class ListedDocument:
    """A document and whether its file is still as it was indexed."""

    summary: DocumentSummary
    state: FileState


@dataclass(frozen=True, slots=True)
class DocumentsPage:
    """A page, from 1, of the documents whose names have the words that were looked for."""

    words: str
    documents: tuple[ListedDocument, ...]
    matching: int
    indexed: int
    page: int
    pages: int


def documents_page(build: Build, words: str, wanted: str) -> DocumentsPage:
    """The page that is wanted; the nearest that there is for any other number or text."""
    words = one_line(words[:_LONGEST])
    page = int(wanted) if wanted.isdecimal() and len(wanted) < 9 else 1
    page = max(page, 1)
    found = build.catalog.names().listing(words, first=(page - 1) * PAGE, most=PAGE)
    pages = max(-(-found.matching // PAGE), 1)
    if page > pages:
        page = pages
        found = build.catalog.names().listing(words, first=(page - 1) * PAGE, most=PAGE)
    states: dict[str, FileState] = {}  # many documents may be of one file
    listed = []
    for summary in build.summaries(found.doc_ids):
        file = build.catalog.file_of(summary.doc_id)
        if file.path not in states:
            states[file.path] = file_state(build, file)
        listed.append(ListedDocument(summary, states[file.path]))
    return DocumentsPage(
        words, tuple(listed), found.matching, build.manifest.documents, page, pages
    )


def file_state(build: Build, file: FileRow) -> FileState:
    """As `Build.file_state`, which reads the whole file; here only where size and time differ."""
    try:
        now = file.on_disk(Path(build.manifest.corpus)).stat()
    except OSError:
        return "gone"
    if now.st_size != file.size:
        return "changed"
    return "same" if now.st_mtime_ns == file.modified_ns else build.file_state(file)

"""The catalogue of a build: files, documents and passages, in one SQLite file.

Within a build, a row number identifies a passage and a document number a document. Outside the
index, the `passage_id` identifies a passage and the `doc_id` a document.
"""

from __future__ import annotations

import json
import re
import sqlite3
import threading
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import numpy as np

from chatbot.errors import IndexDamaged, SkipKind, SkipReason
from chatbot.index.catalog_rows import DOCUMENT, SUMMARY, document_of, passage_of, summary_of
from chatbot.index.document_listing import DocumentListing
from chatbot.index.facets import Facets, count_facets
from chatbot.index.filter_conditions import conditions_of
from chatbot.index.newer_versions import newer_versions
from chatbot.index.visible_rows import restrict
from chatbot.types import Document, DocumentSummary, Filters, Passage

# The metadata key under which readers give the groups that a document names.
GROUPS: Final = "groups"

_FILE = "path, size, modified_ns, sha256, skipped, detail, files.media_type"

# An invalid byte of a file name: a surrogate in Python, stored as an escape.
_ESCAPED_BYTE = re.compile(r"\\u(dc[89a-f][0-9a-f])")


def storable(name: str) -> str:
    """A file name as valid text, which every output format needs."""
    return name.encode("utf-8", "backslashreplace").decode()


class FileRow(NamedTuple):
    """A file of the corpus as it was read.

    If the file isn't in the index, `skipped` is the kind of reason and `detail` explains it.
    `path` is a storable name. `sha256` and `media_type` are empty if the file couldn't be opened.
    """

    path: str
    size: int
    modified_ns: int
    sha256: str
    skipped: str | None = None
    detail: str = ""
    media_type: str = ""

    @property
    def reason(self) -> SkipReason | None:
        """Why the file is not in the index; None if it is."""
        return SkipReason(SkipKind(self.skipped), self.detail) if self.skipped else None

    def skipped_for(self, reason: SkipReason | None) -> FileRow:
        """The row with this reason."""
        kind, detail = reason or (None, "")
        return self._replace(skipped=kind, detail=detail)

    def on_disk(self, corpus: Path) -> Path:
        """The file's path in a corpus; a corpus may also be a single file."""
        if corpus.is_file():
            return corpus
        name = _ESCAPED_BYTE.sub(lambda match: chr(int(match[1], 16)), self.path)
        return corpus / name


class Catalog:
    """A published catalogue, read-only; safe to use from several threads.

    The file stays open, so a catalogue is readable even after its build is deleted. It closes
    itself when it is garbage-collected.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        try:
            # Immutable: SQLite takes no locks, so the folder may be read-only.
            self._connection = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode=ro&immutable=1",
                uri=True,
                check_same_thread=False,
            )
        except sqlite3.DatabaseError as failure:
            raise self._damaged(failure) from failure
        # SQLite itself only folds the case of ASCII.
        self._connection.create_function("folded", 1, str.casefold, deterministic=True)
        self._closing = weakref.finalize(self, self._connection.close)
        self._rows("SELECT count(*) FROM documents")

    def close(self) -> None:
        """Close the file."""
        self._closing()

    def restricted(self, documents: Sequence[int]) -> Catalog:
        """The same catalogue as if it had only the documents with these numbers."""
        catalog = self._reopened()
        restrict(catalog._connection, documents)  # noqa: SLF001 - of the same class
        return catalog

    def _reopened(self) -> Catalog:
        return Catalog(self._path)

    def _rows(self, query: str, values: Sequence[Any] = ()) -> list[Any]:
        try:
            with self._lock:
                return self._connection.execute(query, values).fetchall()
        except sqlite3.DatabaseError as failure:
            raise self._damaged(failure) from failure

    def _damaged(self, failure: sqlite3.DatabaseError) -> IndexDamaged:
        return IndexDamaged(self._path.parent, f"{self._path.name} can't be read ({failure})")

    # -- files -------------------------------------------------------------------------------

    def files(self) -> list[FileRow]:
        """Every file of the corpus, skipped ones too, by path."""
        return [FileRow(*row) for row in self._rows(f"SELECT {_FILE} FROM files ORDER BY path")]

    def skipped_parts(self) -> list[tuple[str, SkipReason]]:
        """(path, reason) of each file inside a file that isn't in the index, by path."""
        rows = self._rows("SELECT path, skipped, detail FROM parts ORDER BY path, skipped, detail")
        return [(path, SkipReason(SkipKind(kind), detail)) for path, kind, detail in rows]

    def formats(self) -> list[tuple[str, int, int]]:
        """(media type, files, files in the index) for each media type, most files first."""
        return self._rows(
            "SELECT media_type, count(*), count(*) - count(skipped) FROM files "
            "GROUP BY media_type ORDER BY count(*) DESC, media_type"
        )

    def languages(self, table: Literal["documents", "passages"]) -> dict[str, int]:
        """The number of documents or passages in each language, most first; "" if unknown."""
        return dict(
            self._rows(
                f"SELECT coalesce(language, ''), count(*) FROM {table} "
                "GROUP BY 1 ORDER BY count(*) DESC, 1"
            )
        )

    def sentences(self) -> int:
        """The number of sentences."""
        ((count,),) = self._rows("SELECT coalesce(sum(length(sentences) / 8), 0) FROM passages")
        return int(count)

    def duplicates(self) -> int:
        """The number of documents whose text an earlier document has too."""
        ((count,),) = self._rows("SELECT count(*) - count(DISTINCT fingerprint) FROM documents")
        return int(count)

    def file_of(self, doc_id: str) -> FileRow:
        """The file that a document was read from."""
        (row,) = self._rows(
            f"SELECT {_FILE} FROM documents JOIN files USING (file) WHERE doc_id = ?",
            (doc_id,),
        )
        return FileRow(*row)

    def holds_whole_file(self, doc_id: str) -> bool:
        """Whether a document's file has nothing in it that the catalogue was restricted from."""
        rows = self._rows(
            "SELECT 1 FROM documents AS own WHERE doc_id = ? "
            "AND (SELECT count(*) FROM main.documents AS every WHERE every.file = own.file) "
            "= (SELECT count(*) FROM documents AS seen WHERE seen.file = own.file) "
            "AND (SELECT count(*) FROM main.parts AS every WHERE every.file = own.file) "
            "= (SELECT count(*) FROM parts AS seen WHERE seen.file = own.file)",
            (doc_id,),
        )
        return bool(rows)

    def stated_groups(self) -> list[tuple[str, str, str | None]]:
        """(file, id, groups that the document names itself) of every document, by number."""
        return self._rows(
            f"""SELECT path, doc_id, json_extract(extra, '$."{GROUPS}"') """
            "FROM documents JOIN files USING (file) ORDER BY doc"
        )

    # -- documents ---------------------------------------------------------------------------

    def document(self, doc_id: str) -> Document | None:
        """The document with this id, or None."""
        rows = self._rows(f"SELECT {DOCUMENT} FROM documents WHERE doc_id = ?", (doc_id,))
        return document_of(rows[0]) if rows else None

    def summaries(self, doc_ids: Sequence[str] | None = None) -> list[DocumentSummary]:
        """These documents without their text, in this order; by default all, by number."""
        if doc_ids is None:
            return [summary_of(row) for row in self._rows(f"SELECT {SUMMARY} FROM documents")]
        rows = self._rows(
            f"SELECT {SUMMARY} FROM json_each(?) JOIN documents ON doc_id = value",
            (json.dumps(list(doc_ids)),),
        )
        by_id = {row[0]: summary_of(row) for row in rows}
        return [by_id[doc_id] for doc_id in doc_ids]

    def titles(self) -> list[str]:
        """The titles of all documents, by number."""
        return [title for (title,) in self._rows("SELECT title FROM documents ORDER BY doc")]

    def read_ahead(self, doc_ids: Sequence[str]) -> None:
        """Told that the texts of these documents are needed soon; a file has them at hand."""

    def text(self, doc_id: str) -> tuple[str, str]:
        """A document's text and its expected hash; both are empty if there is no such document."""
        query = "SELECT text, fingerprint FROM documents WHERE doc_id = ?"
        rows = self._rows(query, (doc_id,))
        return rows[0] if rows else ("", "")

    def document_numbered(self, number: int) -> Document:
        """The document with this number."""
        return document_of(
            *self._rows(f"SELECT {DOCUMENT} FROM documents WHERE doc = ?", (number,))
        )

    def documents(self) -> Iterator[Document]:
        """Every document, by number, fetched one at a time."""
        numbers = self._rows("SELECT doc FROM documents ORDER BY doc")
        return (self.document_numbered(number) for (number,) in numbers)

    def ids(self, filters: Filters) -> list[str]:
        """The ids of the documents that the filters admit, by number."""
        conditions, values = conditions_of(filters)
        query = f"SELECT doc_id FROM documents WHERE {' AND '.join(conditions)} ORDER BY doc"
        return [doc_id for (doc_id,) in self._rows(query, values)]

    def matching(self, filters: Filters) -> np.ndarray[Any, np.dtype[np.int64]]:
        """The numbers of the documents that the filters admit, ascending."""
        conditions, values = conditions_of(filters)
        query = f"SELECT doc FROM documents WHERE {' AND '.join(conditions)} ORDER BY doc"
        return np.fromiter((number for (number,) in self._rows(query, values)), np.int64)

    def newer_versions(self, doc_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """The newer versions of each of these documents that has any, newest first."""
        return newer_versions(self._rows, doc_ids)

    def names(self) -> DocumentListing:
        """The listing of documents: search by name, and counts."""
        return DocumentListing(self._rows, conditions_of)

    def facets(self, filters: Filters, *, most: int) -> Facets:
        """The possible values of each filter, with the number of documents each admits."""
        return count_facets(self._rows, conditions_of, filters, most=most)

    def headings(self, most: int) -> list[str]:
        """At most `most` distinct section headings, in the order of the passages."""
        query = (
            "SELECT DISTINCT value FROM (SELECT section FROM passages GROUP BY section "
            "ORDER BY min(row)), json_each(section) LIMIT ?"
        )
        return [heading for (heading,) in self._rows(query, (most,))]

    # -- passages ----------------------------------------------------------------------------

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """The passages of these rows, in this order."""
        records = self._rows(
            "SELECT row, doc_id, ordinal, start, stop, section, pages, lead, heads, "
            "sentences, passages.language, substr(text, start + 1, stop - start) "
            "FROM json_each(?) JOIN passages ON row = value JOIN documents USING (doc)",
            (json.dumps([int(row) for row in rows]),),
        )
        passages = {record[0]: passage_of(*record[1:]) for record in records}
        return [passages[int(row)] for row in rows]

    def passage_rows(self, doc_id: str) -> range:
        """The rows of a document's passages, which are consecutive."""
        ((first, last),) = self._rows(
            "SELECT min(row), max(row) FROM passages JOIN documents USING (doc) WHERE doc_id = ?",
            (doc_id,),
        )
        return range(0) if first is None else range(first, last + 1)

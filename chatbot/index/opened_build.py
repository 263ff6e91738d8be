"""A published build, opened: hits, vectors and passages for retrieval."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chatbot.errors import IndexDamaged
from chatbot.index import layout
from chatbot.index.array_files import ScatteredRows, open_rows
from chatbot.index.catalog import Catalog, FileRow
from chatbot.index.dense import DenseIndex
from chatbot.index.int8_vectors import Quantised, cosines
from chatbot.index.lexical import LexicalIndex
from chatbot.index.manifest import FILE as MANIFEST
from chatbot.index.manifest import QUICK_BYTES, check_contents, read_manifest
from chatbot.index.ties import Rows, Scores
from chatbot.types import Document, DocumentSummary, Filters, Passage, Span

FileState = Literal["same", "changed", "gone"]

_CACHED_TEXTS = 256
_CACHED_FILTERS = 16


class Allowed(NamedTuple):
    """The documents that filters admit, as ascending numbers, and a flag for each row."""

    documents: Rows
    rows: NDArray[np.bool_]


class Build:
    """One immutable index, read in place; safe to read from several threads."""

    def __init__(self, folder: Path) -> None:
        """Open a build. Raises IndexDamaged if its files don't agree with its manifest."""
        self.folder = folder
        self.manifest = read_manifest(folder)
        check_contents(folder, self.manifest, largest=QUICK_BYTES)
        try:
            self.made = datetime.fromisoformat(self.manifest.created)
        except (TypeError, ValueError) as failure:
            raise IndexDamaged(folder, f"{MANIFEST} has no valid time ({failure})") from failure
        self.catalog = Catalog(folder / layout.CATALOG)
        self.dense = DenseIndex(folder / layout.DENSE)
        self.lexical = LexicalIndex(folder / layout.LEXICAL)
        self._sentences = ScatteredRows(folder / layout.SENTENCES)
        self.titles: Quantised = open_rows(folder / layout.TITLES)
        self.document_vectors: Quantised = open_rows(folder / layout.DOCUMENTS)
        # The document number and first sentence of each row; the last line has the totals.
        table = open_rows(folder / layout.ROWS)
        self._intact_text = lru_cache(_CACHED_TEXTS)(self._read_intact_text)
        self._cached_admitted = lru_cache(_CACHED_FILTERS)(self._find_admitted)
        self._doc, self._first_sentence = np.ascontiguousarray(table.T)
        manifest = self.manifest
        for items, size, owners, expected in (
            ("rows", len(table) - 1, "passages", manifest.passages),
            ("vectors", len(self.dense), "passages", manifest.passages),
            ("indexed passages", len(self.lexical), "passages", manifest.passages),
            ("vectors", len(self._sentences), "sentences", manifest.sentences),
            ("vectors", len(self.titles), "documents", manifest.documents),
            ("components", self.titles.shape[-1], "dimensions", manifest.dimensions),
        ):
            if size != expected:
                raise IndexDamaged(folder, f"{size:,} {items} for {expected:,} {owners}")

    def _read_intact_text(self, doc_id: str) -> str | None:
        text, fingerprint = self.catalog.text(doc_id)
        return text if hashlib.sha256(text.encode()).hexdigest() == fingerprint else None

    @property
    def name(self) -> str:
        return self.folder.name

    def close(self) -> None:
        """Close the catalogue; the other files close when they are garbage-collected."""
        self.catalog.close()

    # -- the two arms ------------------------------------------------------------------------

    def allowed(self, filters: Filters) -> Allowed | None:
        """The documents and rows that the filters admit; None if no filter is set."""
        return self._cached_admitted(filters) if filters else None

    def _find_admitted(self, filters: Filters) -> Allowed:
        return self.allowed_documents(self.catalog.matching(filters))

    def allowed_documents(self, numbers: Sequence[int] | Rows) -> Allowed:
        """Admit only the documents with these numbers, given in ascending order."""
        documents = np.asarray(numbers, np.int64)
        flags = np.zeros(self.manifest.documents, np.bool_)
        flags[documents] = True
        return Allowed(documents, flags[self._doc[:-1]])

    def admitted(self, allowed: Allowed | None) -> int:
        """The number of admitted documents."""
        return self.manifest.documents if allowed is None else len(allowed.documents)

    def dense_hits(
        self, vector: Scores, depth: int, allowed: Allowed | None
    ) -> tuple[Rows, Scores]:
        """The nearest passages to a unit vector and their cosines, best first."""
        return self.dense.search(vector, depth, allowed.rows if allowed else None)

    def lexical_hits(
        self, emphasis: Mapping[str, float], depth: int, allowed: Allowed | None
    ) -> tuple[Rows, Scores]:
        """The passages with the best BM25 for these terms, best first."""
        return self.lexical.search(emphasis, depth, allowed.rows if allowed else None)

    # -- passages and documents --------------------------------------------------------------

    def similarities(self, rows: Rows, vector: Scores) -> Scores:
        """The cosine of each passage with a unit vector."""
        return self.dense.similarities(rows, vector)

    def sentence_similarities(self, rows: Rows, vector: Scores) -> tuple[Scores, Rows]:
        """The cosine of each sentence of these passages with a unit vector, `(sentences,)`.

        Also returns the bounds of each passage's sentences among them, `(len(rows) + 1,)`.
        """
        first = self._first_sentence[rows]
        counts = self._first_sentence[rows + 1] - first
        bounds = np.concatenate([[0], np.cumsum(counts)])
        return cosines(self._sentences.read(first, counts), vector), bounds

    def sentence_rows(self, first: int, last: int) -> Quantised:
        """The sentence vectors of the passages from row `first` to row `last`, included."""
        return self._sentences.mapped[self._first_sentence[first] : self._first_sentence[last + 1]]

    def title_similarities(self, rows: Rows, vector: Scores) -> Scores:
        """The cosine of each passage's document title with a unit vector."""
        return cosines(self.titles[self._doc[rows]], vector)

    def document_similarities(self, rows: Rows, vector: Scores) -> Scores:
        """The cosine of each passage's document vector, a mean, with a unit vector."""
        return cosines(self.document_vectors[self._doc[rows]], vector)

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """The passages of these rows."""
        return self.catalog.passages(rows)

    def owners(self, rows: Rows) -> list[str]:
        """The id of the document of each passage."""
        return [self.document_ids[doc] for doc in self._doc[rows]]

    @cached_property
    def document_ids(self) -> list[str]:
        """The ids of all documents, by number."""
        return self.catalog.ids(Filters())

    def document(self, doc_id: str) -> Document | None:
        """A document by its id."""
        return self.catalog.document(doc_id)

    def documents(self, filters: Filters) -> list[DocumentSummary]:
        """The documents that the filters admit, without their text."""
        return self.catalog.summaries(self.catalog.ids(filters) if filters else None)

    def summaries(self, doc_ids: Sequence[str]) -> list[DocumentSummary]:
        """The documents with these ids, without their text."""
        return self.catalog.summaries(doc_ids)

    def holds(self, doc_id: str, span: Span, quote: str) -> bool:
        """Whether the stored text is intact and has this quote at this span."""
        text = self._intact_text(doc_id)
        return text is not None and span.of(text) == quote

    def file_state(self, file: FileRow) -> FileState:
        """Whether a file of the corpus has changed since it was indexed."""
        try:
            with file.on_disk(Path(self.manifest.corpus)).open("rb") as stream:
                matches = hashlib.file_digest(stream, "sha256").hexdigest() == file.sha256
        except OSError:
            return "gone"
        return "same" if matches else "changed"

    def original(self, doc_id: str) -> bytes | None:
        """The file that a document was read from; None if it changed since it was indexed."""
        file = self.catalog.file_of(doc_id)
        try:
            data = file.on_disk(Path(self.manifest.corpus)).read_bytes()
        except OSError:
            return None
        return data if hashlib.sha256(data).hexdigest() == file.sha256 else None

    # -- terms -------------------------------------------------------------------------------

    def terms(self, text: str) -> list[str]:
        """The terms of a text, as they are indexed, in order."""
        return self.lexical.terms(text)

    def held_terms(self, rows: Rows, terms: Sequence[str]) -> list[NDArray[np.bool_]]:
        """For each passage, which of the terms each sentence has: `(sentences, terms)`."""
        return self.lexical.held_terms(rows, terms)

    def document_frequencies(self, terms: Sequence[str]) -> list[int]:
        """The number of passages that have each term."""
        return [self.lexical.document_frequency(term) for term in terms]

    def __len__(self) -> int:
        return self.manifest.passages

"""A published build, opened: hits, vectors and passages for retrieval."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chatbot.errors import IndexDamaged, IndexMismatch
from chatbot.index import layout
from chatbot.index.array_files import open_rows
from chatbot.index.build_parts import DensePart, Parts, WordsPart
from chatbot.index.catalog import Catalog, FileRow
from chatbot.index.file_hashes import sha256_of
from chatbot.index.int8_vectors import Quantised, cosines
from chatbot.index.lexical import ANALYZER_VERSION
from chatbot.index.manifest import FILE as MANIFEST
from chatbot.index.manifest import QUICK_BYTES, check_contents, read_manifest
from chatbot.index.rights import open_rights
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
    """One immutable index; safe to read from several threads.

    `open_parts` opens the parts that a folder has in files and Milvus has in a collection; a
    `FolderBuild` has them in files. A `VisibleBuild` is the part of a build that some people may
    see.
    """

    catalog: Catalog
    dense: DensePart
    lexical: WordsPart

    def __init__(self, folder: Path, open_parts: Callable[[Build], Parts]) -> None:
        """Open a build whose manifest, catalogue, rights and document vectors are in a folder.

        Raises IndexDamaged if its files don't agree with its manifest, and IndexMismatch if
        another version of the program made its terms.
        """
        self.folder = folder
        self.manifest = manifest = read_manifest(folder)
        version = manifest.analyzers.version
        if version != ANALYZER_VERSION:
            raise IndexMismatch(folder, "analyzers of version", version, ANALYZER_VERSION)
        check_contents(folder, manifest, largest=QUICK_BYTES)
        try:
            self.made = datetime.fromisoformat(manifest.created)
        except (TypeError, ValueError) as failure:
            raise IndexDamaged(folder, f"{MANIFEST} has no valid time ({failure})") from failure
        self.titles: Quantised = open_rows(folder / layout.TITLES)
        self.document_vectors: Quantised = open_rows(folder / layout.DOCUMENTS)
        # The document number and first sentence of each row; the last line has the totals.
        table = open_rows(folder / layout.ROWS)
        self.doc_of_row, self.first_sentence = np.ascontiguousarray(table.T)
        self.rights = open_rights(folder)
        self.catalog, self.dense, self.lexical, self._sentences = open_parts(self)
        self._begin_caches()
        for items, size, owners, expected in (
            ("rows", len(table) - 1, "passages", manifest.passages),
            ("vectors", len(self.dense), "passages", manifest.passages),
            ("indexed passages", len(self.lexical), "passages", manifest.passages),
            ("vectors", len(self._sentences), "sentences", manifest.sentences),
            ("vectors", len(self.titles), "documents", manifest.documents),
            ("rights", len(self.rights.numbers), "documents", manifest.documents),
            ("components", self.titles.shape[-1], "dimensions", manifest.dimensions),
        ):
            if size != expected:
                raise IndexDamaged(folder, f"{size:,} {items} for {expected:,} {owners}")

    def _begin_caches(self) -> None:
        self._intact_text = lru_cache(_CACHED_TEXTS)(self._read_intact_text)
        self._cached_admitted = lru_cache(_CACHED_FILTERS)(self._find_admitted)

    def _read_intact_text(self, doc_id: str) -> str | None:
        text, fingerprint = self.catalog.text(doc_id)
        return text if hashlib.sha256(text.encode()).hexdigest() == fingerprint else None

    @property
    def name(self) -> str:
        return self.folder.name

    def close(self) -> None:
        """Close the catalogue; the other files close when they are garbage-collected."""
        self.catalog.close()

    def _last_row(self) -> Rows:
        """The row of the last passage `(1,)`, or `(0,)` if there is none."""
        return np.arange(len(self))[-1:]

    def probe(self) -> None:
        """Read something of every part. Raises IndexDamaged if one can't be read."""
        row = self._last_row()
        if not row.size:
            return
        try:
            passage = self.passages(row.tolist())[0]
            vector = self.document_vector(passage.doc_id)
            terms = self.terms(passage.text)[:1]
            self.dense_hits(vector, 1, None)
            self.lexical_hits(dict.fromkeys(terms, 1.0), 1, None)
            self.held_terms(row, terms)
            self.sentence_similarities(row, vector)
            self.title_similarities(row, vector)
            intact = self.holds(passage.doc_id, passage.span, passage.text)
        except (OSError, ValueError, LookupError, RuntimeError) as failure:
            raise IndexDamaged(self.folder, f"a part can't be read ({failure})") from failure
        if not intact:
            raise IndexDamaged(self.folder, f"{layout.CATALOG} has changed since the build")

    # -- the two arms ------------------------------------------------------------------------

    def allowed(self, filters: Filters) -> Allowed | None:
        """The documents and rows that the filters admit; None if no filter is set."""
        return self._cached_admitted(filters) if filters else None

    def _find_admitted(self, filters: Filters) -> Allowed:
        return self.allowed_documents(self.catalog.matching(filters))

    def allowed_documents(self, numbers: Sequence[int] | Rows) -> Allowed:
        """Admit only the documents with these numbers, given in ascending order."""
        documents = np.asarray(numbers, np.int64)
        flags = np.zeros(len(self.titles), np.bool_)
        flags[documents] = True
        return Allowed(documents, flags[self.doc_of_row[:-1]])

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
        first = self.first_sentence[rows]
        counts = self.first_sentence[rows + 1] - first
        bounds = np.concatenate([[0], np.cumsum(counts)])
        return cosines(self._sentences.read(rows, first, counts), vector), bounds

    def title_similarities(self, rows: Rows, vector: Scores) -> Scores:
        """The cosine of each passage's document title with a unit vector."""
        return cosines(self.titles[self.doc_of_row[rows]], vector)

    def document_similarities(self, rows: Rows, vector: Scores) -> Scores:
        """The cosine of each passage's document vector, a mean, with a unit vector."""
        return cosines(self.document_vectors[self.doc_of_row[rows]], vector)

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """The passages of these rows."""
        return self.catalog.passages(rows)

    def owners(self, rows: Rows) -> list[str]:
        """The id of the document of each passage."""
        return [self.document_ids[place] for place in self._places(self.doc_of_row[rows])]

    def _places(self, documents: Rows) -> Rows:
        """The places of documents in `document_ids`, given their numbers."""
        return documents

    @cached_property
    def document_ids(self) -> list[str]:
        """The ids of all documents, in the order of their numbers."""
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

    def newer_versions(self, doc_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """The newer versions of each of these documents that has any, newest first."""
        return self.catalog.newer_versions(doc_ids)

    def passage_rows(self, doc_id: str) -> range:
        """The rows of a document's passages."""
        return self.catalog.passage_rows(doc_id)

    def document_vector(self, doc_id: str) -> Scores:
        """The unit vector of a document, the mean of its passages'."""
        first, *_ = self.passage_rows(doc_id)
        vector = self.document_vectors[self.doc_of_row[first]].astype(np.float32)
        unit: Scores = vector / max(float(np.linalg.norm(vector)), 1e-12)
        return unit

    def read_ahead(self, doc_ids: Sequence[str]) -> None:
        """Fetch at once the texts that `holds` will need."""
        self.catalog.read_ahead(doc_ids)

    def holds(self, doc_id: str, span: Span, quote: str) -> bool:
        """Whether the stored text is intact and has this quote at this span."""
        text = self._intact_text(doc_id)
        return text is not None and span.of(text) == quote

    def file_state(self, file: FileRow) -> FileState:
        """Whether a file of the corpus has changed since it was indexed."""
        try:
            digest, _ = sha256_of(file.on_disk(Path(self.manifest.corpus)))
        except OSError:
            return "gone"
        return "same" if digest == file.sha256 else "changed"

    def original(self, doc_id: str) -> tuple[Path, os.stat_result] | None:
        """The file that a document was read from; None if it changed since it was indexed.

        Also None if it holds other documents that may not be seen.
        """
        if not self.catalog.holds_whole_file(doc_id):
            return None
        file = self.catalog.file_of(doc_id)
        path = file.on_disk(Path(self.manifest.corpus))
        try:
            digest, status = sha256_of(path)
        except OSError:
            return None
        return (path, status) if digest == file.sha256 else None

    # -- terms -------------------------------------------------------------------------------

    def terms(self, text: str) -> list[str]:
        """The terms of a text, as they are indexed, in order."""
        return self.lexical.terms(text)

    def variants(self, text: str) -> list[tuple[tuple[str, ...], ...]]:
        """For each piece of a text, its terms in each language that has them."""
        return self.lexical.variants(text)

    def passages_in(self, language: str) -> int:
        """The number of passages in a language."""
        count = self.manifest.languages.get(language)
        return count.passages if count else 0

    @cached_property
    def languages(self) -> list[str]:
        """The languages of the passages, the most frequent first."""
        counts = self.manifest.languages
        tags = [tag for tag, count in counts.items() if tag and count.passages]
        return sorted(tags, key=lambda tag: (-counts[tag].passages, tag))

    def held_terms(self, rows: Rows, terms: Sequence[str]) -> list[NDArray[np.bool_]]:
        """For each passage, which of the terms each sentence has: `(sentences, terms)`."""
        return self.lexical.held_terms(rows, terms)

    def document_frequencies(self, terms: Sequence[str]) -> list[int]:
        """The number of passages that have each term."""
        return [self.lexical.document_frequency(term) for term in terms]

    def __len__(self) -> int:
        return self.manifest.passages

    def __bool__(self) -> bool:
        # One without passages is still a build, and must never be taken for a missing one.
        return True

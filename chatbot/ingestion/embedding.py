"""The vectors of a new build: carried over for unchanged texts, computed for new ones.

Passages are processed in slabs, so memory does not grow with the corpus.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chatbot.encoder import Advance, Encoder
from chatbot.index import layout
from chatbot.index.array_files import open_rows, ranges, save_rows, writing_rows
from chatbot.index.catalog import Catalog
from chatbot.index.catalog_writer import CatalogWriter
from chatbot.index.dense import DenseIndex, Halves, writing_vectors
from chatbot.index.folder_build import FolderBuild
from chatbot.index.int8_vectors import Quantised, quantise
from chatbot.ingestion.passage_context import context_of
from chatbot.readers.document_writer import CELLS
from chatbot.types import Document, Passage

# Passages in a slab.
_SLAB = 4_096


def embedding_text(document: Document, passage: Passage) -> str:
    """The text embedded for a passage: its context, then its own text."""
    return ". ".join([*context_of(document, passage), passage.text])


def sentence_texts(document: Document, passage: Passage) -> list[str]:
    """The texts embedded for the passage's sentences.

    A row of a table is embedded with the names of its columns: "Port Narvik; Depth 12".
    """
    names: list[str] = []
    for line in passage.lead:
        names = _cells(line.text) or names
    texts = []
    for span in passage.sentences:
        text = span.of(document.text)
        cells = _cells(text)
        if span in passage.heads:
            names = cells or names
        elif cells and len(cells) == len(names):
            pairs = zip(names, cells, strict=True)
            text = "; ".join(f"{name} {cell}".strip() for name, cell in pairs if cell)
        texts.append(text)
    return texts


def _cells(line: str) -> list[str]:
    """The cells of a row of a table; none if the line is no row."""
    # The first and the last cell may be empty.
    cells = [cell.strip() for cell in f" {line} ".split(CELLS)]
    return cells if len(cells) > 1 else []


def embedding_key(document: Document, passage: Passage, model_fingerprint: str) -> bytes:
    """A hash that is equal for two passages exactly if all their vectors are equal."""
    parts = [embedding_text(document, passage), *sentence_texts(document, passage)]
    return hashlib.blake2b("\0".join([model_fingerprint, *parts]).encode(), digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class VectorPlan:
    """The position of each vector in the earlier build, or -1 where it must be computed.

    `passages` has one entry per passage row, `titles` and `documents` one per document. A document
    vector is reused only if the whole document was copied, a title vector if any earlier document
    has the title. `table` becomes `rows.npy`: the document number and the first sentence of each
    row, (passages + 1, 2).
    """

    table: NDArray[np.int64]
    passages: NDArray[np.int64]
    titles: NDArray[np.int64]
    documents: NDArray[np.int64]

    @property
    def first_rows(self) -> NDArray[np.int64]:
        """The first row of each document, followed by the total number of rows."""
        return np.searchsorted(self.table[:-1, 0], np.arange(len(self.titles) + 1))

    @property
    def texts_to_embed(self) -> int:
        """The number of passages, sentences and titles without a vector in the earlier build."""
        sentences = np.diff(self.table[:, 1])[self.passages < 0].sum()
        return int(self.passages_to_embed + sentences + (self.titles < 0).sum())

    @property
    def passages_to_embed(self) -> int:
        """The number of passages without a vector in the earlier build."""
        return int((self.passages < 0).sum())


def plan_vectors(writer: CatalogWriter, *, earlier: FolderBuild | None) -> VectorPlan:
    """Compare a new catalogue with the earlier build that its writer copies from."""
    _, documents, passages, sentences = writer.counts
    table = np.empty((passages + 1, 2), np.int64)
    table[passages] = -1, sentences
    earlier_rows = np.full(passages, -1, np.int64)
    earlier_documents = np.full(documents, -1, np.int64)
    if earlier:
        earlier_table = open_rows(earlier.folder / layout.ROWS)
        # Each pair holds the first number in the new build, then that in the earlier build.
        for docs, doc, rows, row, sentence in writer.copied():
            earlier_documents[doc[0] : doc[0] + docs] = np.arange(doc[1], doc[1] + docs)
            earlier_rows[row[0] : row[0] + rows] = np.arange(row[1], row[1] + rows)
            shift = doc[0] - doc[1], sentence[0] - sentence[1]
            table[row[0] : row[0] + rows] = earlier_table[row[1] : row[1] + rows] + shift
    new_rows = np.flatnonzero(earlier_rows < 0)
    table[new_rows] = _pairs(writer.places(new_rows.tolist()))
    earlier_titles = earlier_documents.copy()
    if earlier:
        for positions, matches in (
            (earlier_rows, writer.same_texts),
            (earlier_titles, writer.same_titles),
        ):
            numbers, earlier_numbers = _pairs(matches(np.flatnonzero(positions < 0).tolist())).T
            positions[numbers] = earlier_numbers
    return VectorPlan(table, earlier_rows, earlier_titles, earlier_documents)


def _pairs(pairs: Iterable[tuple[int, int]]) -> NDArray[np.int64]:
    return np.fromiter(pairs, np.dtype("i8,i8")).view(np.int64).reshape(-1, 2)


def write_vectors(
    folder: Path,
    plan: VectorPlan,
    catalog: Catalog,
    *,
    earlier: FolderBuild | None,
    centres: DenseIndex | None,
    open_encoder: Callable[[], Encoder],
    dimensions: int,
    advance: Advance,
) -> int:
    """Write the vectors of passages, sentences, titles and documents.

    `centres` is the earlier dense index if its cell centres are kept. `open_encoder` is called
    only if there is a text to embed. Returns the number of texts embedded; a text that occurs
    several times in a slab, such as a copy of a document, counts once.
    """
    save_rows(folder / layout.ROWS, plan.table)
    writer = _VectorWriter(folder, catalog, plan, earlier, centres, open_encoder, advance)
    writer.write_titles(dimensions)
    writer.write_passages(dimensions)
    return writer.embedded


@dataclass(slots=True)
class _VectorWriter:
    folder: Path
    catalog: Catalog
    plan: VectorPlan
    earlier: FolderBuild | None
    centres: DenseIndex | None
    open_encoder: Callable[[], Encoder]
    advance: Advance
    embedded: int = 0

    def write_titles(self, dimensions: int) -> None:
        earlier = self.earlier.titles if self.earlier else None
        vectors, missing = _carried_over(self.plan.titles, earlier, dimensions)
        if len(missing):
            titles = self.catalog.titles()
            texts = [titles[doc] for doc in missing]
            vectors[missing] = quantise(self._encode(texts))
        save_rows(self.folder / layout.TITLES, vectors)

    def write_passages(self, dimensions: int) -> None:
        """Write the vectors of passages, their sentences and, last, their documents."""
        totals = np.zeros((len(self.plan.documents), dimensions), np.float32)
        passages, sentences = len(self.plan.passages), int(self.plan.table[-1, 1])
        with (
            writing_vectors(
                self.folder / layout.DENSE, passages, dimensions, centres=self.centres
            ) as add,
            writing_rows(
                self.folder / layout.SENTENCES, (sentences, dimensions), np.int8
            ) as append,
        ):
            for first in range(0, passages, _SLAB):
                slab = np.arange(first, min(first + _SLAB, passages))
                vectors, sentence_vectors = self._slab_vectors(slab, dimensions)
                add(vectors, self.plan.passages[slab])
                append(sentence_vectors)
                self._add_to_totals(totals, slab, vectors)
        earlier = self.earlier.document_vectors if self.earlier else None
        means, missing = _carried_over(self.plan.documents, earlier, dimensions)
        # A sum has the direction of the mean, and a cosine depends on the direction only.
        means[missing] = quantise(totals[missing])
        save_rows(self.folder / layout.DOCUMENTS, means)

    def _add_to_totals(
        self, totals: NDArray[np.float32], rows: NDArray[np.int64], vectors: Halves
    ) -> None:
        """Add passage vectors to the sums of documents whose vector isn't carried over."""
        documents = self.plan.table[rows, 0]
        mask = self.plan.documents[documents] < 0
        if mask.any():
            docs, starts = np.unique(documents[mask], return_index=True)
            totals[docs] += np.add.reduceat(vectors[mask].astype(np.float32), starts)

    def _slab_vectors(self, rows: NDArray[np.int64], dimensions: int) -> tuple[Halves, Quantised]:
        """The vectors of consecutive passages, and of their sentences."""
        earlier_rows = self.plan.passages[rows]
        carried, missing = _split(earlier_rows)
        runs = _consecutive_runs(carried, earlier_rows[carried])
        if self.earlier and not len(missing) and len(runs) == 1:
            # Most slabs of a small change: copy them in one piece.
            sentences = self.earlier.sentence_rows(earlier_rows[0], earlier_rows[-1])
            return self.earlier.dense.halves(earlier_rows), sentences
        starts = self.plan.table[rows[0] : rows[-1] + 2, 1] - self.plan.table[rows[0], 1]
        vectors = np.empty((len(rows), dimensions), np.float16)
        sentences = np.empty((starts[-1], dimensions), np.int8)
        if self.earlier and len(carried):
            vectors[carried] = self.earlier.dense.halves(earlier_rows[carried])
            for run in runs:
                first, last = run[0], run[-1]
                sentences[starts[first] : starts[last + 1]] = self.earlier.sentence_rows(
                    earlier_rows[first], earlier_rows[last]
                )
        if len(missing):
            vectors[missing], embedded_sentences = self._embed(rows[missing])
            sentences[ranges(starts[missing], np.diff(starts)[missing])] = embedded_sentences
        return vectors, sentences

    def _embed(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.float32], Quantised]:
        """Embed these passages, and their sentences in order."""
        document = lru_cache(maxsize=8)(self.catalog.document)
        texts: list[str] = []
        sentences: list[str] = []
        for passage in self.catalog.passages(rows.tolist()):
            owner = document(passage.doc_id)
            assert owner is not None
            texts.append(embedding_text(owner, passage))
            sentences += sentence_texts(owner, passage)
        # One call for both, so that batches mix short and long texts.
        vectors = self._encode(texts + sentences)
        return vectors[: len(texts)], quantise(vectors[len(texts) :])

    def _encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """A vector for each text, (texts, dimensions); equal texts are embedded once."""
        positions = {text: number for number, text in enumerate(dict.fromkeys(texts))}
        vectors = self.open_encoder().encode(list(positions), advance=self.advance)
        if repeated := len(texts) - len(positions):
            self.advance(repeated)
        self.embedded += len(positions)
        return vectors[[positions[text] for text in texts]]


def _carried_over(
    positions: NDArray[np.int64], earlier: Quantised | None, dimensions: int
) -> tuple[Quantised, NDArray[np.int64]]:
    """Vectors, (positions, dimensions), copied where possible, and the indices still to fill."""
    vectors = np.empty((len(positions), dimensions), np.int8)
    carried, missing = _split(positions)
    if earlier is not None:
        vectors[carried] = earlier[positions[carried]]
    return vectors, missing


def _consecutive_runs(
    rows: NDArray[np.int64], earlier_rows: NDArray[np.int64]
) -> list[NDArray[np.int64]]:
    """Split `rows` into runs that are also consecutive in `earlier_rows`."""
    cuts = np.flatnonzero((np.diff(rows) != 1) | (np.diff(earlier_rows) != 1)) + 1
    return np.split(rows, cuts)


def _split(positions: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The indices of the vectors that are carried over, and of the others."""
    return np.flatnonzero(positions >= 0), np.flatnonzero(positions < 0)

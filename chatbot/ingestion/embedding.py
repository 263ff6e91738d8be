"""Vectors of a new build: carried over where the same text was embedded before, made otherwise.

Work goes through in slabs of passages, so that memory does not grow with the corpus.
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
from chatbot.index.int8_vectors import Quantised, quantise
from chatbot.index.opened_build import Build
from chatbot.ingestion.passage_context import place_of
from chatbot.types import Document, Passage

_SLAB = 4_096


def embedding_text(document: Document, passage: Passage) -> str:
    """What the passage's vector is made from: where it stands, then what it says."""
    return ". ".join([*place_of(document, passage), passage.text])


def sentence_texts(document: Document, passage: Passage) -> list[str]:
    """What the vectors of the passage's sentences are made from."""
    return [span.of(document.text) for span in passage.sentences]


def embedding_key(document: Document, passage: Passage, model_fingerprint: str) -> bytes:
    """The same for two passages exactly if all their vectors are the same."""
    parts = [embedding_text(document, passage), *sentence_texts(document, passage)]
    return hashlib.blake2b("\0".join([model_fingerprint, *parts]).encode(), digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class Plan:
    """Which vectors are carried over: for each row or document its place before, or -1.

    `documents` are those that were copied as they stood; `titles` have their like, whatever is
    below. `table` is the `rows.npy` of the new build: document number and first sentence of each
    row.
    """

    table: NDArray[np.int64]
    passages: NDArray[np.int64]
    titles: NDArray[np.int64]
    documents: NDArray[np.int64]

    @property
    def first_rows(self) -> NDArray[np.int64]:
        """The first row of each document, and the number of rows."""
        return np.searchsorted(self.table[:-1, 0], np.arange(len(self.titles) + 1))

    @property
    def texts_to_embed(self) -> int:
        """Passages, sentences and titles that no earlier build has vectors for."""
        sentences = np.diff(self.table[:, 1])[self.passages < 0].sum()
        return int(self.passages_to_embed + sentences + (self.titles < 0).sum())

    @property
    def passages_to_embed(self) -> int:
        """Passages that no earlier build has a vector for."""
        return int((self.passages < 0).sum())


def plan_vectors(writer: CatalogWriter, *, earlier: Build | None) -> Plan:
    """Compare a catalogue with the earlier build that it was opened beside."""
    _, documents, passages, sentences = writer.counts
    table = np.empty((passages + 1, 2), np.int64)
    table[passages] = -1, sentences
    before = np.full(passages, -1, np.int64)
    whole = np.full(documents, -1, np.int64)
    if earlier:
        known = open_rows(earlier.folder / layout.ROWS)
        for docs, doc, rows, row, sentence in writer.copied():
            whole[doc[0] : doc[0] + docs] = np.arange(doc[1], doc[1] + docs)
            before[row[0] : row[0] + rows] = np.arange(row[1], row[1] + rows)
            moved = doc[0] - doc[1], sentence[0] - sentence[1]
            table[row[0] : row[0] + rows] = known[row[1] : row[1] + rows] + moved
    fresh = np.flatnonzero(before < 0)
    table[fresh] = _pairs(writer.places(fresh.tolist()))
    titles = whole.copy()
    if earlier:
        for places, same in ((before, writer.same_texts), (titles, writer.same_titles)):
            here, there = _pairs(same(np.flatnonzero(places < 0).tolist())).T
            places[here] = there
    return Plan(table, before, titles, whole)


def _pairs(found: Iterable[tuple[int, int]]) -> NDArray[np.int64]:
    return np.fromiter(found, np.dtype("i8,i8")).view(np.int64).reshape(-1, 2)


def write_vectors(
    folder: Path,
    plan: Plan,
    catalog: Catalog,
    *,
    earlier: Build | None,
    centres: DenseIndex | None,
    open_encoder: Callable[[], Encoder],
    dimensions: int,
    advance: Advance,
) -> int:
    """Write the vectors of passages, sentences, titles and documents beside the catalogue.

    `centres` is the earlier dense index, where its cells are to be kept. `open_encoder` is called
    only if something has to be embedded. Returns how many texts were: of those that stand in
    several places of a slab, such as the copies of a document, one.
    """
    save_rows(folder / layout.ROWS, plan.table)
    work = _Work(folder, catalog, plan, earlier, centres, open_encoder, advance)
    work.titles(dimensions)
    work.passages(dimensions)
    return work.embedded


@dataclass(slots=True)
class _Work:
    folder: Path
    catalog: Catalog
    plan: Plan
    earlier: Build | None
    centres: DenseIndex | None
    encoder: Callable[[], Encoder]
    advance: Advance
    embedded: int = 0

    def titles(self, dimensions: int) -> None:
        known = self.earlier.titles if self.earlier else None
        vectors, new = _carried(self.plan.titles, known, dimensions)
        if len(new):
            titles = self.catalog.titles()
            texts = [titles[doc] for doc in new]
            vectors[new] = quantise(self._encode(texts))
        save_rows(self.folder / layout.TITLES, vectors)

    def passages(self, dimensions: int) -> None:
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
                vectors, said = self._slab(slab, dimensions)
                add(vectors, self.plan.passages[slab])
                append(said)
                self._add_up(totals, slab, vectors)
        known = self.earlier.document_vectors if self.earlier else None
        means, new = _carried(self.plan.documents, known, dimensions)
        # A sum has the direction of the mean, which is all that a cosine asks for.
        means[new] = quantise(totals[new])
        save_rows(self.folder / layout.DOCUMENTS, means)

    def _add_up(
        self, totals: NDArray[np.float32], rows: NDArray[np.int64], vectors: Halves
    ) -> None:
        """Add passages to the sums of their documents, unless those have a vector already."""
        owners = self.plan.table[rows, 0]
        fresh = self.plan.documents[owners] < 0
        if fresh.any():
            docs, starts = np.unique(owners[fresh], return_index=True)
            totals[docs] += np.add.reduceat(vectors[fresh].astype(np.float32), starts)

    def _slab(self, rows: NDArray[np.int64], dimensions: int) -> tuple[Halves, Quantised]:
        """The vectors of these passages, which follow each other, and of their sentences."""
        before = self.plan.passages[rows]
        old, new = _parted(before)
        stretches = _stretches(old, before[old])
        if self.earlier and not len(new) and len(stretches) == 1:
            # As most slabs are where little has changed: they go over without being put together.
            kept = self.earlier.sentence_rows(before[0], before[-1])
            return self.earlier.dense.halves(before), kept
        starts = self.plan.table[rows[0] : rows[-1] + 2, 1] - self.plan.table[rows[0], 1]
        vectors = np.empty((len(rows), dimensions), np.float16)
        sentences = np.empty((starts[-1], dimensions), np.int8)
        if self.earlier and len(old):
            vectors[old] = self.earlier.dense.halves(before[old])
            for places in stretches:
                first, last = places[0], places[-1]
                kept = self.earlier.sentence_rows(before[first], before[last])
                sentences[starts[first] : starts[last + 1]] = kept
        if len(new):
            vectors[new], said = self._embed(rows[new])
            sentences[ranges(starts[new], np.diff(starts)[new])] = said
        return vectors, sentences

    def _embed(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.float32], Quantised]:
        """The vectors of these passages, and of their sentences in order."""
        document = lru_cache(maxsize=8)(self.catalog.document)
        texts: list[str] = []
        sentences: list[str] = []
        for passage in self.catalog.passages(rows.tolist()):
            owner = document(passage.doc_id)
            assert owner is not None
            texts.append(embedding_text(owner, passage))
            sentences += sentence_texts(owner, passage)
        # One call for both, so that short and long texts fill the batches together.
        vectors = self._encode(texts + sentences)
        return vectors[: len(texts)], quantise(vectors[len(texts) :])

    def _encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """A vector for each text; the same text is embedded once."""
        places = {text: place for place, text in enumerate(dict.fromkeys(texts))}
        vectors = self.encoder().encode(list(places), advance=self.advance)
        if repeated := len(texts) - len(places):
            self.advance(repeated)
        self.embedded += len(places)
        return vectors[[places[text] for text in texts]]


def _carried(
    before: NDArray[np.int64], known: Quantised | None, dimensions: int
) -> tuple[Quantised, NDArray[np.int64]]:
    """A row for each place, filled in where it is known from before, and the places to fill."""
    rows = np.empty((len(before), dimensions), np.int8)
    old, new = _parted(before)
    if known is not None:
        rows[old] = known[before[old]]
    return rows, new


def _stretches(here: NDArray[np.int64], there: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Places that follow each other both here and there, together."""
    cuts = np.flatnonzero((np.diff(here) != 1) | (np.diff(there) != 1)) + 1
    return np.split(here, cuts)


def _parted(before: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The places that are carried over, and those that are not."""
    return np.flatnonzero(before >= 0), np.flatnonzero(before < 0)

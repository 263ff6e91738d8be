"""An index in memory, by brute force: the oracle for the index on disk.

It implements `PassageIndex` with loops and with formulas written out. It shares the analyzer and
the section paths of passages with the index on disk, and nothing else. Its results are read-only,
so that a caller that writes into them fails.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chatbot.chunking import chunk
from chatbot.encoder import Encoder
from chatbot.index.lexical import terms_of
from chatbot.ingestion.passage_context import context_of
from chatbot.retrieval.evidence import sentence_text
from chatbot.retrieval.passage_index import Rows, Scores
from chatbot.text.versions import is_newer, sketch_of, version_of
from chatbot.types import (
    Block,
    Document,
    DocumentSummary,
    Filters,
    Metadata,
    Passage,
    Span,
)
from tests.bm25 import Counted

_SENTENCE = re.compile(r"[^\s.][^.]*\.?")


@dataclass(frozen=True)
class Entry:
    """A passage, its vector and those of its sentences; `place` has its title and section path."""

    passage: Passage
    place: str
    vector: Scores
    sentences: Scores


class MemoryIndex:
    """Implements `PassageIndex` by brute force; filters become the ids they admit."""

    def __init__(
        self,
        documents: Sequence[Document],
        entries: Sequence[Entry],
        titles: Mapping[str, Scores],
    ) -> None:
        self._documents = {document.doc_id: document for document in documents}
        self._entries = list(entries)
        self._titles = titles
        self._words = Counted(self._counted((0,)), self._counted((-1, 0, 1)))

    @classmethod
    def of(cls, documents: Sequence[Document], encoder: Encoder, *, budget: int) -> MemoryIndex:
        """Cut and embed documents, in this order."""
        entries = []
        for document in documents:
            for passage in chunk(document, count_tokens=encoder.count_tokens, budget=budget):
                place = context_of(document, passage)
                vector = encoder.encode([". ".join([*place, passage.text])])[0]
                sentences = encoder.encode(_sentence_texts(document, passage))
                entries.append(Entry(passage, "\n".join(place), vector, sentences))
        titles = {document.doc_id: encoder.encode([document.title])[0] for document in documents}
        return cls(documents, entries, titles)

    def _counted(self, reach: Sequence[int]) -> list[Counter[str]]:
        """The terms of each passage and of those at these distances from it, counted."""
        by_place = {(e.passage.doc_id, e.passage.ordinal): e for e in self._entries}
        counted = []
        for entry in self._entries:
            doc_id, ordinal = entry.passage.doc_id, entry.passage.ordinal
            around = [by_place.get((doc_id, ordinal + step)) for step in reach]
            texts = [entry.place, *(near.passage.text for near in around if near)]
            counted.append(Counter(terms_in("\n".join(texts))))
        return counted

    # -- filters -----------------------------------------------------------------------------

    def allowed(self, filters: Filters) -> frozenset[str] | None:
        if not filters:
            return None
        return frozenset(
            doc_id for doc_id, document in self._documents.items() if admits(filters, document)
        )

    def admitted(self, allowed: frozenset[str] | None) -> int:
        return len(self._documents) if allowed is None else len(allowed)

    def _rows(self, allowed: frozenset[str] | None) -> list[int]:
        return [
            row
            for row, entry in enumerate(self._entries)
            if allowed is None or entry.passage.doc_id in allowed
        ]

    # -- the two arms ------------------------------------------------------------------------

    def dense_hits(
        self, vector: Scores, depth: int, allowed: frozenset[str] | None
    ) -> tuple[Rows, Scores]:
        scored = {row: dot(self._entries[row].vector, vector) for row in self._rows(allowed)}
        return best(scored, depth)

    def lexical_hits(
        self, emphasis: Mapping[str, float], depth: int, allowed: frozenset[str] | None
    ) -> tuple[Rows, Scores]:
        scored = {row: self._words.score(row, emphasis) for row in self._rows(allowed)}
        return best({row: score for row, score in scored.items() if score}, depth)

    # -- passages and documents --------------------------------------------------------------

    def similarities(self, rows: Rows, vector: Scores) -> Scores:
        return scores_of([dot(self._entries[row].vector, vector) for row in rows])

    def sentence_similarities(self, rows: Rows, vector: Scores) -> tuple[Scores, Rows]:
        cosines: list[float] = []
        bounds = [0]
        for row in rows:
            cosines += [dot(sentence, vector) for sentence in self._entries[row].sentences]
            bounds.append(len(cosines))
        return scores_of(cosines), np.array(bounds)

    def title_similarities(self, rows: Rows, vector: Scores) -> Scores:
        return scores_of([dot(self._titles[doc_id], vector) for doc_id in self.owners(rows)])

    def document_similarities(self, rows: Rows, vector: Scores) -> Scores:
        return scores_of([dot(self._mean_vector(doc_id), vector) for doc_id in self.owners(rows)])

    def _mean_vector(self, doc_id: str) -> Scores:
        own = [entry for entry in self._entries if entry.passage.doc_id == doc_id]
        own.sort(key=lambda entry: entry.passage.ordinal)
        mean = np.mean([entry.vector for entry in own], axis=0)
        return np.asarray(mean / np.linalg.norm(mean), np.float32)

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        return [self._entries[row].passage for row in rows]

    def owners(self, rows: Rows) -> list[str]:
        return [self._entries[row].passage.doc_id for row in rows]

    def summaries(self, doc_ids: Sequence[str]) -> list[DocumentSummary]:
        return [self._summary(self._documents[doc_id]) for doc_id in doc_ids]

    def _summary(self, document: Document) -> DocumentSummary:
        return DocumentSummary(
            doc_id=document.doc_id,
            title=document.title,
            source=document.source,
            media_type=document.media_type,
            metadata=document.metadata,
            passages=sum(entry.passage.doc_id == document.doc_id for entry in self._entries),
        )

    def newer_versions(self, doc_ids: Sequence[str]) -> dict[str, list[str]]:
        versions = {
            document.doc_id: version_of(
                document.doc_id,
                document.title,
                document.media_type,
                document.metadata.date,
                sketch_of(document.text),
            )
            for document in self._documents.values()
        }
        newer = {
            doc_id: [other for other in versions if is_newer(versions[other], versions[doc_id])]
            for doc_id in doc_ids
        }
        return {doc_id: found for doc_id, found in newer.items() if found}

    def read_ahead(self, doc_ids: Sequence[str]) -> None:
        """Everything is in memory."""

    def holds(self, doc_id: str, span: Span, quote: str) -> bool:
        return span.of(self._documents[doc_id].text) == quote

    # -- terms -------------------------------------------------------------------------------

    def terms(self, text: str) -> list[str]:
        return terms_in(text)

    def variants(self, text: str) -> list[tuple[tuple[str, ...], ...]]:
        return [(terms_of(piece),) for piece in text.split()]

    @property
    def languages(self) -> list[str]:
        return ["en"]

    def passages_in(self, language: str) -> int:
        return len(self) if language == "en" else 0

    def held_terms(self, rows: Rows, terms: Sequence[str]) -> list[NDArray[np.bool_]]:
        return [read_only(held_terms(self._entries[row].passage, terms)) for row in rows]

    def document_frequencies(self, terms: Sequence[str]) -> list[int]:
        return [self._words.frequency(term) for term in terms]

    def __len__(self) -> int:
        return len(self._entries)


# -- helpers ---------------------------------------------------------------------------------


def _sentence_texts(document: Document, passage: Passage) -> list[str]:
    """The text of each sentence; a row of a table has the names of its columns before its cells."""
    names = passage.lead[-1].text.split(" | ") if passage.lead else []
    texts = []
    for span in passage.sentences:
        text = span.of(document.text)
        cells = text.split(" | ")
        if span in passage.heads:
            names = cells
        elif len(cells) > 1 and len(cells) == len(names):
            text = "; ".join(f"{name} {cell}" for name, cell in zip(names, cells, strict=True))
        texts.append(text)
    return texts


def terms_in(text: str) -> list[str]:
    """The terms of a text, all in English."""
    return [term for piece in text.split() for term in terms_of(piece)]


def dot(left: Scores, right: Scores) -> float:
    """The inner product, row by row, so that no score depends on what else is scored."""
    return float(np.dot(left, right))


def best(scored: Mapping[int, float], depth: int) -> tuple[Rows, Scores]:
    """Rows and scores, best first, ties by row."""
    rows = sorted(scored, key=lambda row: (-scored[row], row))[:depth]
    return read_only(np.array(rows, np.int64)), scores_of([scored[row] for row in rows])


def held_terms(passage: Passage, terms: Sequence[str]) -> NDArray[np.bool_]:
    """Which of the terms each sentence of a passage has: `(sentences, terms)`."""
    sentences = [{*terms_in(sentence_text(passage, span))} for span in passage.sentences]
    flags = [[term in words for term in terms] for words in sentences]
    return np.array(flags, np.bool_).reshape(len(sentences), len(terms))


def scores_of(values: Iterable[float]) -> Scores:
    """Read-only scores."""
    return read_only(np.array(list(values), np.float32))


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    """Make the array read-only and return it."""
    array.flags.writeable = False
    return array


def admits(filters: Filters, document: Document) -> bool:
    """Whether a document meets every condition; several values are alternatives."""
    metadata = document.metadata
    date = metadata.date or ""
    return (
        (not filters.document or document.doc_id in filters.document)
        and (not filters.source or document.source in filters.source)
        and (not filters.language or metadata.language in filters.language)
        and (not filters.tag or bool({*filters.tag} & {*metadata.tags}))
        and (not filters.date_from or date >= filters.date_from)
        and (not filters.date_to or "" < date[: len(filters.date_to)] <= filters.date_to)
    )


# -- documents -------------------------------------------------------------------------------


def written(
    doc_id: str, *texts: str, title: str = "Untitled", metadata: Metadata | None = None
) -> tuple[Document, tuple[Passage, ...]]:
    """A document with these passages as paragraphs; a full stop ends a sentence."""
    passages: list[Passage] = []
    start = 0
    for ordinal, text in enumerate(texts):
        span = Span(start, start + len(text))
        sentences = tuple(
            Span(start + match.start(), start + match.end()) for match in _SENTENCE.finditer(text)
        )
        passages.append(Passage(f"{doc_id}#{ordinal}", doc_id, ordinal, text, span, (), sentences))
        start = span.end + 2
    whole = "\n\n".join(texts)
    document = Document(
        doc_id=doc_id,
        title=title,
        text=whole,
        source=doc_id,
        media_type="text/plain",
        fingerprint=hashlib.sha256(whole.encode()).hexdigest(),
        blocks=tuple(Block(passage.span, "paragraph") for passage in passages),
        metadata=metadata or Metadata(),
    )
    return document, tuple(passages)

"""The protocol through which retrieval uses an index.

A passage is identified by its row, an integer from 0. Every ranking is best first with ties by
row, so that equal input gives equal order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from chatbot.types import DocumentSummary, Filters, Passage, Span

Rows = NDArray[np.int64]
Scores = NDArray[np.float32]
Flags = NDArray[np.bool_]
AllowedT = TypeVar("AllowedT")


class PassageIndex(Protocol[AllowedT]):
    """An index of passages; `AllowedT` is its own representation of filters."""

    def allowed(self, filters: Filters) -> AllowedT | None:
        """The documents that the filters admit; None if they admit all."""
        ...

    def admitted(self, allowed: AllowedT | None) -> int:
        """The number of admitted documents."""
        ...

    def dense_hits(
        self, vector: Scores, depth: int, allowed: AllowedT | None
    ) -> tuple[Rows, Scores]:
        """The `depth` nearest passages to a unit vector, with cosines."""
        ...

    def lexical_hits(
        self, emphasis: Mapping[str, float], depth: int, allowed: AllowedT | None
    ) -> tuple[Rows, Scores]:
        """The `depth` passages with the best BM25 for these terms, weighted by their emphasis.

        A term adds at most its emphasis times its inverse document frequency times `bm25.CEILING`.
        """
        ...

    def similarities(self, rows: Rows, vector: Scores) -> Scores:
        """The cosine of each passage with a unit vector."""
        ...

    def sentence_similarities(self, rows: Rows, vector: Scores) -> tuple[Scores, Rows]:
        """The cosine of each sentence with a unit vector, passage by passage, and the bounds.

        The sentences of the n-th passage are at `bounds[n]:bounds[n + 1]`.
        """
        ...

    def title_similarities(self, rows: Rows, vector: Scores) -> Scores:
        """The cosine of each passage's document title with a unit vector."""
        ...

    def document_similarities(self, rows: Rows, vector: Scores) -> Scores:
        """The cosine of the mean vector of each passage's document with a unit vector."""
        ...

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """The passages at these rows, in this order."""
        ...

    def summaries(self, doc_ids: Sequence[str]) -> list[DocumentSummary]:
        """These documents without their text, in this order."""
        ...

    def newer_versions(self, doc_ids: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """The newer versions of each of these documents that has any, newest first."""
        ...

    def read_ahead(self, doc_ids: Sequence[str]) -> None:
        """Fetch at once the texts of the documents about which `holds` will be asked."""
        ...

    def holds(self, doc_id: str, span: Span, quote: str) -> bool:
        """Whether the stored text is unaltered and has this quote at this span."""
        ...

    def owners(self, rows: Rows) -> list[str]:
        """The document id of each passage."""
        ...

    def terms(self, text: str) -> list[str]:
        """The index terms of a text, in order, with repetitions."""
        ...

    def variants(self, text: str) -> list[tuple[tuple[str, ...], ...]]:
        """For each piece of a text, its terms in each language of the index that has them.

        The most frequent ones come first. Together they are `terms`.
        """
        ...

    @property
    def languages(self) -> list[str]:
        """The languages of the passages, the most frequent first."""
        ...

    def passages_in(self, language: str) -> int:
        """The number of passages in a language."""
        ...

    def held_terms(self, rows: Rows, terms: Sequence[str]) -> list[Flags]:
        """Which of these terms each sentence has: an array `(sentences, terms)` per passage."""
        ...

    def document_frequencies(self, terms: Sequence[str]) -> list[int]:
        """The number of passages that contain each term."""
        ...

    def __len__(self) -> int:
        """The number of passages."""
        ...

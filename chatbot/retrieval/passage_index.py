"""What retrieval asks of an index: hits, similarities, passages and documents.

A passage is named by its row. Rows are ascending integers from 0; every ranking comes best
first, with ties by row, so that equal input gives equal order.
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
    """`AllowedT` is whatever the index makes of filters, for its own use."""

    def allowed(self, filters: Filters) -> AllowedT | None:
        """What the filters admit; None if all."""
        ...

    def admitted(self, allowed: AllowedT | None) -> int:
        """How many documents may answer."""
        ...

    def dense_hits(
        self, vector: Scores, depth: int, allowed: AllowedT | None
    ) -> tuple[Rows, Scores]:
        """The nearest passages to a unit vector, with cosines."""
        ...

    def lexical_hits(
        self, emphasis: Mapping[str, float], depth: int, allowed: AllowedT | None
    ) -> tuple[Rows, Scores]:
        """The passages with the best BM25 for these terms, each counted with its emphasis.

        A term adds at most its inverse document frequency times `bm25.CEILING`.
        """
        ...

    def similarities(self, rows: Rows, vector: Scores) -> Scores:
        """The cosine of each passage with a unit vector."""
        ...

    def sentence_similarities(self, rows: Rows, vector: Scores) -> tuple[Scores, Rows]:
        """The cosine of each sentence of these passages with a unit vector, passage by passage.

        Then where among them those of each passage begin, and after the last where they end.
        """
        ...

    def title_similarities(self, rows: Rows, vector: Scores) -> Scores:
        """The cosine of the title of each passage's document with a unit vector."""
        ...

    def document_similarities(self, rows: Rows, vector: Scores) -> Scores:
        """The cosine of the mean vector of each passage's document with a unit vector."""
        ...

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """The passages of these rows, in this order."""
        ...

    def summaries(self, doc_ids: Sequence[str]) -> list[DocumentSummary]:
        """These documents without their text, in this order."""
        ...

    def holds(self, doc_id: str, span: Span, quote: str) -> bool:
        """Whether the stored text is as it was read and has this quote at this place."""
        ...

    def owners(self, rows: Rows) -> list[str]:
        """The id of the document of each passage."""
        ...

    def terms(self, text: str) -> list[str]:
        """The terms of a text as they are indexed, in order, with repetitions."""
        ...

    def held_terms(self, rows: Rows, terms: Sequence[str]) -> list[Flags]:
        """Which of these terms each sentence of these passages has.

        One array for each passage, `(sentences, terms)`.
        """
        ...

    def document_frequencies(self, terms: Sequence[str]) -> list[int]:
        """How many passages hold each term."""
        ...

    def __len__(self) -> int:
        """How many passages there are."""
        ...

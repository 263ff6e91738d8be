"""The parts of a build that grow with the number of passages.

They may be on another machine: an index folder has them in files, and Milvus in a collection. Rows
count from 0 in both, so everything that uses the parts ranks, filters and cites in the same way.
The catalogue is always a local file, but with Milvus it has no texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from chatbot.index.catalog import Catalog
from chatbot.index.int8_vectors import Quantised
from chatbot.index.ties import Rows, Scores

Flags = NDArray[np.bool_]


class DensePart(Protocol):
    """The vectors of passages."""

    def search(self, vector: Scores, depth: int, allowed: Flags | None, /) -> tuple[Rows, Scores]:
        """At most `depth` rows, best first, ties by row; `allowed` flags the rows to consider."""
        ...

    def similarities(self, rows: Rows, vector: Scores, /) -> Scores:
        """The cosine of each row with a unit vector."""
        ...

    def __len__(self) -> int: ...


class WordsPart(Protocol):
    """The words of passages and of their sentences."""

    def search(
        self, emphasis: Mapping[str, float], depth: int, admitted: Flags | None, /
    ) -> tuple[Rows, Scores]:
        """At most `depth` rows by BM25, best first, ties by row; `admitted` flags the rows."""
        ...

    def within(self, visible: Flags, stemmers: Iterable[str], /) -> Self:
        """The same for people who may see only the flagged rows, stemmed by `stemmers`."""
        ...

    def terms(self, text: str, /) -> list[str]:
        """The terms of a text in the languages of the index, in order."""
        ...

    def variants(self, text: str, /) -> list[tuple[tuple[str, ...], ...]]:
        """For each piece of a text, its terms in every language, the most frequent ones first."""
        ...

    def document_frequency(self, term: str, /) -> int:
        """The number of passages that have the term."""
        ...

    def held_terms(self, rows: Rows, terms: Sequence[str], /) -> list[Flags]:
        """For each row, which of the terms each of its sentences has: `(sentences, terms)`."""
        ...

    def __len__(self) -> int: ...


class SentencesPart(Protocol):
    """The vectors of sentences."""

    def read(self, rows: Rows, firsts: Rows, counts: Rows, /) -> Quantised:
        """The vectors of these passages' sentences, concatenated, `(sum of counts, dimensions)`.

        The sentences of a passage are numbered from `firsts` on in the whole build.
        """
        ...

    def __len__(self) -> int: ...


class Parts(NamedTuple):
    """The opened parts of a build."""

    catalog: Catalog
    dense: DensePart
    lexical: WordsPart
    sentences: SentencesPart

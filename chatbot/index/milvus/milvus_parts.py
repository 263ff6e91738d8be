"""Both arms over a collection of Milvus, and the vectors of sentences.

Milvus finds the hits. Cosines are worked out again from the vectors that it returns, so they have
the same digits as in a folder.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from chatbot.errors import IndexDamaged
from chatbot.index.build_parts import Flags
from chatbot.index.int8_vectors import Quantised
from chatbot.index.lexical.forward import CircleCounts, component
from chatbot.index.lexical.postings import MAX_IMPACT, rarity
from chatbot.index.lexical.sentence_terms import sentence_flags
from chatbot.index.lexical.vocabulary import ABSENT, TermStats, Vocabulary
from chatbot.index.milvus.connection import Connection
from chatbot.index.milvus.entity import DETAILS, StoredPassage, listed, stored_passage
from chatbot.index.milvus.recently_used import RecentlyUsed
from chatbot.index.milvus.visibility import Visibility
from chatbot.index.ties import Rows, Scores, best
from chatbot.text.bm25 import CEILING

# About 20 MB.
_CACHED_PASSAGES: Final = 2_048


class StoredPassages:
    """The passages of a build, by row; a question needs the same ones several times."""

    def __init__(self, connection: Connection, collection: str, visibility: Visibility) -> None:
        self._connection = connection
        self._collection = collection
        self.visibility = visibility
        self._cached = RecentlyUsed(_CACHED_PASSAGES, self._fetch)

    def search(self, field: str, vector: object, limit: int, condition: str) -> tuple[Rows, Scores]:
        """The rows nearest to a vector in a field, and their inner products, best first."""
        hits = self._connection.search(self._collection, field, vector, limit, condition)
        ids = np.array([number for number, _ in hits], np.int64)
        scores = np.array([score for _, score in hits], np.float32)
        rows = self.visibility.rows(ids)
        return rows[rows >= 0], scores[rows >= 0]

    def at(self, rows: Rows) -> list[StoredPassage]:
        """The passages at these rows. Raises IndexDamaged if Milvus no longer has one."""
        numbers = rows.tolist()
        found = self._cached.get(numbers)
        return [found[row] for row in numbers]

    def _fetch(self, rows: list[int]) -> dict[int, StoredPassage]:
        ids = self.visibility.ids(np.array(rows, np.int64)).tolist()
        entities = self._connection.fetch(self._collection, ids, DETAILS)
        if len(entities) != len(ids):
            raise IndexDamaged(
                str(self._connection.address), f"it lacks passages ({len(ids) - len(entities):,})"
            )
        return {
            row: stored_passage(entities[number]) for row, number in zip(rows, ids, strict=True)
        }

    def words_of(self, documents: Rows) -> tuple[Counter[int], Counter[int]]:
        """For each term, the postings of some documents, and their passages that have it."""
        sizes: Counter[int] = Counter()
        frequencies: Counter[int] = Counter()
        for number in documents.tolist():
            condition = f"doc in {listed([number])}"
            for entity in self._connection.matching(self._collection, condition, ["words"]):
                sizes.update(entity["words"].keys())
                frequencies.update(term for term, odd in entity["words"].items() if odd % 2)
        return sizes, frequencies


class MilvusDense:
    """The vectors of passages."""

    def __init__(self, passages: StoredPassages) -> None:
        self._passages = passages

    def __len__(self) -> int:
        return len(self._passages.visibility)

    def search(self, vector: Scores, depth: int, allowed: Flags | None) -> tuple[Rows, Scores]:
        """At most `depth` rows, best first, ties by row."""
        condition = self._passages.visibility.condition(allowed)

        def nearest(limit: int) -> tuple[Rows, Scores]:
            rows, _ = self._passages.search("dense", vector.tolist(), limit, condition)
            scores = self.similarities(rows, vector)
            order = np.lexsort((rows, -scores))
            return rows[order], scores[order]

        return best(nearest, depth) if condition else _nothing()

    def similarities(self, rows: Rows, vector: Scores) -> Scores:
        """The cosine of each row with a unit vector."""
        vectors = [passage.vector for passage in self._passages.at(rows)]
        if not vectors:
            return np.empty(0, np.float32)
        scores: Scores = np.einsum("ij,j->i", np.stack(vectors), vector)
        return scores


class MilvusSentences:
    """The vectors of sentences."""

    def __init__(self, passages: StoredPassages, sentences: int, dimensions: int) -> None:
        self._passages = passages
        self._sentences = sentences
        self._none = np.empty((0, dimensions), np.int8)

    def __len__(self) -> int:
        return self._sentences

    def read(self, rows: Rows, _firsts: Rows, _counts: Rows) -> Quantised:
        """The vectors of these passages' sentences, concatenated."""
        return np.concatenate(
            [self._none, *(passage.sentences for passage in self._passages.at(rows))]
        )


class MilvusWords:
    """The words of passages, whose impacts are sparse vectors.

    `circles` has the circle of each document. The statistics of terms are sums over circles.
    """

    def __init__(
        self,
        passages: StoredPassages,
        words: CircleCounts,
        circles: NDArray[np.int32],
        stemmers: Iterable[str],
    ) -> None:
        self._passages = passages
        self._words = words
        self._terms = np.ascontiguousarray(words[:, 0])
        self._circles = circles
        self._counted = len(self)
        # The circles that the statistics count, and what is subtracted from them.
        self._included = np.ones(int(circles.max(initial=-1)) + 1, np.bool_)
        self._hidden: tuple[Counter[int], Counter[int]] = Counter(), Counter()
        self._vocabulary = Vocabulary(stemmers, self._look_up)

    def within(self, visible: Flags, stemmers: Iterable[str]) -> Self:
        """The same for people who may see only the flagged rows, stemmed by `stemmers`."""
        documents = self._passages.visibility.documents(visible)
        index = copy.copy(self)
        included = np.bincount(self._circles, documents, len(self._included)) > 0
        # An older build may have hidden documents in a circle that is visible otherwise.
        hidden = ~documents & included[self._circles]
        # Private members, but of the same class.
        index._counted, index._included = int(np.count_nonzero(visible)), included  # noqa: SLF001
        index._hidden = self._passages.words_of(  # noqa: SLF001
            self._passages.visibility.numbers(hidden)
        )
        index._vocabulary = Vocabulary(stemmers, index._look_up)  # noqa: SLF001
        return index

    def _look_up(self, term: str) -> TermStats:
        number = component(term)
        first, last = np.searchsorted(self._terms, np.array([number, number + 1], np.uint32))
        lines = self._words[first:last]
        lines = lines[self._included[lines[:, 1]]]
        size, frequency = lines[:, 2:].sum(axis=0, dtype=np.int64).tolist()
        size -= self._hidden[0][number]
        frequency -= self._hidden[1][number]
        if not size:
            return ABSENT
        return TermStats(size, number, frequency, rarity(frequency, size, self._counted))

    def __len__(self) -> int:
        return len(self._passages.visibility)

    def terms(self, text: str) -> list[str]:
        """The terms of a text in the languages of the index, in order."""
        return self._vocabulary.terms(text)

    def variants(self, text: str) -> list[tuple[tuple[str, ...], ...]]:
        """For each piece of a text, its terms in every language, the most frequent ones first."""
        return self._vocabulary.variants(text)

    def document_frequency(self, term: str) -> int:
        """The number of passages that have the term."""
        return self._vocabulary.document_frequency(term)

    def held_terms(self, rows: Rows, terms: Sequence[str]) -> list[Flags]:
        """For each row, which of the terms each of its sentences has: `(sentences, terms)`."""
        keys = [passage.terms for passage in self._passages.at(rows)]
        sizes = np.array([len(each) for each in keys], np.int64)
        return sentence_flags(np.concatenate([np.empty(0, np.uint32), *keys]), sizes, terms)

    def search(
        self, emphasis: Mapping[str, float], depth: int, admitted: Flags | None
    ) -> tuple[Rows, Scores]:
        """At most `depth` rows with a term, or with a neighbour that has one, best first."""
        query: dict[int, float] = {}
        for term, weight in emphasis.items():
            stats = self._vocabulary.stats(term)
            if stats.size:
                score = weight * stats.rarity * CEILING / MAX_IMPACT
                query[stats.number] = query.get(stats.number, 0.0) + score
        condition = self._passages.visibility.condition(admitted)
        if not query or not condition:
            return _nothing()

        def nearest(limit: int) -> tuple[Rows, Scores]:
            rows, scores = self._passages.search("words", query, limit, condition)
            return rows[scores > 0], scores[scores > 0]

        return best(nearest, depth)


def _nothing() -> tuple[Rows, Scores]:
    return np.empty(0, np.int64), np.empty(0, np.float32)

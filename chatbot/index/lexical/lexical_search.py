"""Search a lexical index.

Impacts times rarity are added up passage by passage, rarest term first. Common terms hold most of
the postings and decide least, so the sum may end before them: once the posting budget is spent, or
once no passage that isn't a candidate can still reach the first `depth` (Turtle and Flood, "Query
evaluation: strategies and optimizations", 1995). The other terms are then looked up, at full
weight, for the leading candidates only. Where the budget ends the sum, a passage that is strong in
common terms alone may be missed.
"""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chatbot.index.array_files import Numbers
from chatbot.index.lexical.analyzer import ENGLISH
from chatbot.index.lexical.forward import ForwardBlock, forward_blocks
from chatbot.index.lexical.lexical_files import LexicalFiles
from chatbot.index.lexical.postings import (
    MAX_IMPACT,
    PostingList,
    PostingRows,
    rarity,
    term_key,
)
from chatbot.index.lexical.sentence_terms import Flags, ShortKeys
from chatbot.index.lexical.tuning import LexicalTuning
from chatbot.index.lexical.vocabulary import ABSENT, TermStats, Vocabulary
from chatbot.index.ties import Rows, Scores
from chatbot.text.bm25 import CEILING

_IDLE_SUMS: Final = 16
# Single-precision sums may be off by a few millionths.
_ROUNDING: Final = 1 - 1e-5
_DEFAULT: Final = LexicalTuning()


class _QueryTerm(NamedTuple):
    """A term's postings, and the score of one unit of impact in this query."""

    postings: PostingList
    weight: np.float32


class LexicalIndex:
    """The best passages by BM25; safe to search from several threads."""

    def __init__(
        self,
        folder: Path,
        *,
        stemmers: Iterable[str] = (ENGLISH,),
        tuning: LexicalTuning = _DEFAULT,
    ) -> None:
        """Open an index whose passages were stemmed by `stemmers`. Raises IndexDamaged."""
        self._postings, self._passages, self._sentences = LexicalFiles.open(folder, tuning)
        self._tuning = tuning
        # The rows that the statistics of terms count; all, unless `within` leaves some out.
        self._visible: NDArray[np.bool_] | None = None
        self._counted = len(self)
        self._vocabulary = Vocabulary(stemmers, self._look_up)
        # One sum per passage, all 0 between searches: allocating them takes as long as a search.
        self._idle_sums: deque[Scores] = deque(maxlen=_IDLE_SUMS)

    def within(self, visible: NDArray[np.bool_], stemmers: Iterable[str]) -> LexicalIndex:
        """The same index for people who may see only the flagged rows, stemmed by `stemmers`.

        The statistics of terms count these rows alone, so nobody can tell which words the other
        passages have. `search` still needs `admitted`.
        """
        index = copy.copy(self)
        # Private members, but of the same class.
        index._visible, index._counted = visible, int(np.count_nonzero(visible))  # noqa: SLF001
        index._vocabulary = Vocabulary(stemmers, index._look_up)  # noqa: SLF001
        return index

    def __len__(self) -> int:
        return len(self._passages)

    @property
    def typical(self) -> NDArray[np.float64]:
        """The two typical lengths behind the impacts."""
        return self._passages.typical

    def by_passage(self) -> Iterator[ForwardBlock]:
        """The postings of all passages, in blocks of consecutive rows."""
        return forward_blocks(self._postings, len(self))

    def sentence_terms(self, first: int, last: int) -> tuple[ShortKeys, Numbers]:
        """The sentence terms of the rows from `first` to before `last`, and the bounds of each."""
        return self._sentences.of(first, last)

    @property
    def document_keys(self) -> NDArray[np.uint64]:
        """The key of each document, by number."""
        return self._passages.documents[:-1, 0]

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
        return self._sentences.flags(rows, terms)

    def _look_up(self, term: str) -> TermStats:
        terms, key = self._postings.terms, np.uint64(term_key(term))
        number = int(np.searchsorted(terms, key))
        if number == len(terms) or terms[number] != key:
            return ABSENT
        postings = self._postings.list_of(number)
        size, frequency = postings.size, int(self._postings.frequencies[number])
        if self._visible is not None:
            flags = self._visible[self._postings.rows(postings)]
            impacts = self._postings.impacts[postings.bounds[0] : postings.bounds[-1]][flags]
            # The passage itself has the term where the impact is odd.
            size, frequency = len(impacts), int(np.count_nonzero(impacts & 1))
        return TermStats(size, number, frequency, rarity(frequency, size, self._counted))

    def search(
        self, emphasis: Mapping[str, float], depth: int, admitted: NDArray[np.bool_] | None
    ) -> tuple[Rows, Scores]:
        """At most `depth` rows with a term, or with a neighbour that has one, best first.

        Ties are broken by row. `emphasis` weights each term of the query. `admitted` flags the
        rows that may be returned; None admits all.
        """
        stats = [(self._vocabulary.stats(term), weight) for term, weight in emphasis.items()]
        # Sorted: rare terms come first, and the order of the words never changes a sum.
        terms = [
            _QueryTerm(
                self._postings.list_of(term.number),
                np.float32(weight * term.rarity * CEILING / MAX_IMPACT),
            )
            for term, weight in sorted(stats)
            if term.size
        ]
        limit = self._most_candidates(depth)
        admitted_rows = None if admitted is None else np.flatnonzero(admitted)
        if admitted_rows is not None and len(admitted_rows) <= limit:
            rows = admitted_rows.astype(np.uint32)
            scores = np.zeros(len(rows), np.float32)
        else:
            rows, scores, terms = self._candidates(terms, depth, limit, admitted)
        for term, later_bound in zip(terms, _upper_bounds(terms)[1:], strict=True):
            scores += self._postings.impacts_in(rows, term.postings) * term.weight
            # Drop the rows that can't reach the first `depth` any more.
            reachable = scores >= _safe_threshold(scores, depth) - later_bound
            rows, scores = rows[reachable], scores[reachable]
        positions = np.flatnonzero(scores)
        return _best(rows[positions].astype(np.int64), scores[positions], depth)

    def _most_candidates(self, depth: int) -> int:
        tuning = self._tuning
        return max(
            tuning.least_candidates,
            tuning.candidates_per_hit * depth,
            len(self) // tuning.passages_per_candidate,
        )

    def _candidates(
        self,
        terms: list[_QueryTerm],
        depth: int,
        limit: int,
        admitted: NDArray[np.bool_] | None,
    ) -> tuple[PostingRows, Scores, list[_QueryTerm]]:
        """Add up terms until the sum may end.

        Returns at most `limit` leading rows, ascending, their sums, and the terms not yet added.
        """
        try:
            sums = self._idle_sums.pop()
        except IndexError:
            sums = np.zeros(len(self), np.float32)
        least_postings = self._tuning.least_postings
        budget = max(least_postings, self._tuning.postings_per_passage * len(self))
        row_lists: list[Rows] = []
        postings_read = candidates = 0
        threshold, bounds = 0.0, _upper_bounds(terms)
        for postings, weight in terms:
            if candidates >= limit and postings_read + postings.size > least_postings:
                # The last list is the longest so far, so it has most of the leading rows.
                threshold = _safe_threshold(sums[row_lists[-1]], depth) - bounds[len(row_lists)]
                if threshold > 0 or postings_read + postings.size > budget:
                    break
            rows = self._postings.rows(postings)
            impacts = self._postings.impacts[postings.bounds[0] : postings.bounds[-1]]
            if admitted is not None:
                mask = admitted[rows]
                rows, impacts = rows[mask], impacts[mask]
            old_sums = sums[rows]
            sums[rows] = old_sums + impacts * weight
            row_lists.append(rows)
            postings_read += postings.size
            candidates += int(np.count_nonzero(old_sums == 0))
        leading, scores = _take_best(sums, row_lists, limit, threshold=threshold)
        self._idle_sums.append(sums)
        order = np.argsort(leading)
        return leading[order].astype(np.uint32), scores[order], terms[len(row_lists) :]


def _safe_threshold(scores: Scores, depth: int) -> float:
    """The `depth`-th best score, less a margin for rounding; 0 with fewer scores."""
    return float(_nth_best(scores, depth)) * _ROUNDING if len(scores) >= depth else 0.0


def _upper_bounds(terms: Sequence[_QueryTerm]) -> list[float]:
    """The most that terms i, i+1, ... can add to a score, for each i, ending with 0."""
    bounds = (MAX_IMPACT * float(term.weight) for term in reversed(terms))
    return [*accumulate(bounds, initial=0.0)][::-1]


def _take_best(
    sums: Scores, row_lists: Sequence[Rows], depth: int, *, threshold: float
) -> tuple[Rows, Scores]:
    """The best `depth` of the added rows with at least this score; sets all sums back to 0."""
    rows, scores = [np.empty(0, np.int64)], [np.empty(0, np.float32)]
    minimum = max(float(np.finfo(np.float32).tiny), threshold)
    # The longest list first: it raises the threshold the most.
    for list_rows in reversed(row_lists):
        list_scores = sums[list_rows]
        # So a row that recurs in a later list is skipped.
        sums[list_rows] = 0
        if len(list_rows) > depth:
            minimum = max(minimum, float(_nth_best(list_scores, depth)))
        positions = np.flatnonzero(list_scores >= minimum)
        rows.append(list_rows[positions])
        scores.append(list_scores[positions])
    return _best(np.concatenate(rows), np.concatenate(scores), depth)


def _nth_best(scores: Scores, n: int) -> np.float32:
    nth: np.float32 = np.partition(scores, len(scores) - n)[len(scores) - n]
    return nth


def _best(rows: Rows, scores: Scores, depth: int) -> tuple[Rows, Scores]:
    """The first `depth` rows by score, ties by row."""
    if len(rows) > depth:
        positions = np.flatnonzero(scores >= _nth_best(scores, depth))
        rows, scores = rows[positions], scores[positions]
    order = np.lexsort((rows, -scores))[:depth]
    return rows[order], scores[order]

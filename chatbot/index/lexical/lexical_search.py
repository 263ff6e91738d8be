"""Searching the lexical index.

Postings of the rarest terms are added up passage by passage. In a large index the commonest terms
have most of the postings and decide least: they are looked up, at full weight, for the passages
that lead by the others, at the latest from a bound on, and sooner where no passage without the
terms so far can come among the first (Turtle and Flood, "Query evaluation", 1995). So there a
passage may be missed that is strong in common terms alone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chatbot.index.lexical.analyzer import Words
from chatbot.index.lexical.lexical_files import Stored
from chatbot.index.lexical.postings import STRONGEST, Term, rarity, term_key
from chatbot.index.lexical.postings import Rows as StoredRows
from chatbot.index.lexical.sentence_terms import Flags
from chatbot.text.bm25 import CEILING

Rows = NDArray[np.int64]
Scores = NDArray[np.float32]

_REMEMBERED_TERMS: Final = 65_536
# Postings that are added up before common terms are only looked up: at least so many, and at most
# so many for each passage of the index. tests/benchmarks/growth.py has what is found of all.
_LEAST_POSTINGS: Final = 100_000
_POSTINGS: Final = 0.4
# The passages for which terms are looked up: so many at least, as a multiple of what is asked for,
# and one for so many of the index.
_LEAST_POOL: Final = 1_000
_POOL: Final = 4
_PASSAGES_A_PLACE: Final = 500
_MOST_IDLE: Final = 16
# Sums may be off by some millionths.
_ROUNDED: Final = 1 - 1e-5


class _Told(NamedTuple):
    """How many postings a term has, where it stands, in how many passages, and what it tells."""

    size: int
    number: int
    frequency: int
    rarity: float


_ABSENT: Final = _Told(0, -1, 0, 0.0)


class _List(NamedTuple):
    """A term, and what its impacts count in this search."""

    term: Term
    weight: np.float32


class LexicalIndex:
    """Best passages by BM25; safe to search from several threads."""

    def __init__(self, folder: Path) -> None:
        """Open an index. Raises IndexDamaged."""
        self._postings, self._passages, self._sentences = Stored.open(folder)
        self._words = Words()
        self._told = lru_cache(_REMEMBERED_TERMS)(self._find)
        # A sum for each passage, all 0 between searches: to make one takes as long as a search.
        self._idle: deque[Scores] = deque(maxlen=_MOST_IDLE)

    def __len__(self) -> int:
        return len(self._passages)

    @property
    def document_keys(self) -> NDArray[np.uint64]:
        """What each document was written under, by number."""
        return self._passages.documents[:-1, 0]

    def terms(self, text: str) -> list[str]:
        """The terms of a text as they stand in the index."""
        return self._words.terms(text)

    def document_frequency(self, term: str) -> int:
        """How many passages have the term."""
        return self._told(term).frequency

    def held_terms(self, rows: Rows, terms: Sequence[str]) -> list[Flags]:
        """Which of these terms each sentence of each row has, `(sentences, terms)` for a row."""
        return self._sentences.held(rows, terms)

    def _find(self, term: str) -> _Told:
        terms, key = self._postings.terms, np.uint64(term_key(term))
        number = int(np.searchsorted(terms, key))
        if number == len(terms) or terms[number] != key:
            return _ABSENT
        size = self._postings.term(number).size
        frequency = int(self._postings.frequencies[number])
        return _Told(size, number, frequency, rarity(frequency, size, len(self)))

    def search(
        self, emphasis: Mapping[str, float], depth: int, admitted: NDArray[np.bool_] | None
    ) -> tuple[Rows, Scores]:
        """At most `depth` rows that the terms lead to, best first, ties by row.

        They have a term, or stand beside one that has. `emphasis` says how much each term counts.
        `admitted` flags the rows that may answer; None admits all.
        """
        told = [(self._told(term), count) for term, count in emphasis.items()]
        # Rarest first, and sums in one order, whatever that of the words is.
        lists = [
            _List(
                self._postings.term(each.number),
                np.float32(count * each.rarity * CEILING / STRONGEST),
            )
            for each, count in sorted(told)
            if each.size
        ]
        pool = max(_LEAST_POOL, _POOL * depth, len(self) // _PASSAGES_A_PLACE)
        few = None if admitted is None else np.flatnonzero(admitted)
        if few is not None and len(few) <= pool:
            rows, scores = few.astype(np.uint32), np.zeros(len(few), np.float32)
        else:
            rows, scores, lists = self._leaders(lists, depth, pool, admitted)
        for each, left in zip(lists, _left(lists)[1:], strict=True):
            scores += self._postings.impacts_in(rows, each.term) * each.weight
            # What can't come among the first any more need not be looked up again.
            may = scores >= _reached(scores, depth) - left
            rows, scores = rows[may], scores[may]
        found = np.flatnonzero(scores)
        return _best(rows[found].astype(np.int64), scores[found], depth)

    def _leaders(
        self, lists: list[_List], depth: int, pool: int, admitted: NDArray[np.bool_] | None
    ) -> tuple[StoredRows, Scores, list[_List]]:
        """The rows that lead by their sums over the first lists, ascending, and the other lists."""
        try:
            sums = self._idle.pop()
        except IndexError:
            sums = np.zeros(len(self), np.float32)
        most = max(_LEAST_POSTINGS, _POSTINGS * len(self))
        added: list[Rows] = []
        read = kept = 0
        least, left = 0.0, _left(lists)
        for term, weight in lists:
            if kept >= pool and read + term.size > _LEAST_POSTINGS:
                # The last list is the longest so far, so it has most of those that lead.
                least = _reached(sums[added[-1]], depth) - left[len(added)]
                if least > 0 or read + term.size > most:
                    break
            rows = self._postings.rows(term)
            impacts = self._postings.impacts[term.bounds[0] : term.bounds[-1]]
            if admitted is not None:
                inside = admitted[rows]
                rows, impacts = rows[inside], impacts[inside]
            before = sums[rows]
            sums[rows] = before + impacts * weight
            added.append(rows)
            read, kept = read + term.size, kept + int(np.count_nonzero(before == 0))
        leading, leads = _leading(sums, added, pool, at_least=least)
        self._idle.append(sums)
        order = np.argsort(leading)
        return leading[order].astype(np.uint32), leads[order], lists[len(added) :]


def _reached(scores: Scores, depth: int) -> float:
    """What so many of the scores are not below, with a margin for rounding; 0 if they are fewer."""
    return float(_nth(scores, depth)) * _ROUNDED if len(scores) >= depth else 0.0


def _left(lists: Sequence[_List]) -> list[float]:
    """What each list and those after it can add to a row at best; and 0, after the last."""
    most = (STRONGEST * float(each.weight) for each in reversed(lists))
    return [*accumulate(most, initial=0.0)][::-1]


def _leading(
    sums: Scores, added: Sequence[Rows], depth: int, *, at_least: float
) -> tuple[Rows, Scores]:
    """The first `depth` of the rows that so much was added to; all sums become 0 again."""
    rows, scores = [np.empty(0, np.int64)], [np.empty(0, np.float32)]
    least = max(float(np.finfo(np.float32).tiny), at_least)
    # The longest first, for it says best what a row needs to be among the first.
    for part in reversed(added):
        found = sums[part]
        # So a row that comes again is passed over, too.
        sums[part] = 0
        if len(part) > depth:
            least = max(least, float(_nth(found, depth)))
        inside = np.flatnonzero(found >= least)
        rows.append(part[inside])
        scores.append(found[inside])
    return _best(np.concatenate(rows), np.concatenate(scores), depth)


def _nth(scores: Scores, place: int) -> np.float32:
    """The score that so many are not below."""
    nth: np.float32 = np.partition(scores, len(scores) - place)[len(scores) - place]
    return nth


def _best(rows: Rows, scores: Scores, depth: int) -> tuple[Rows, Scores]:
    """The first `depth` rows by score, ties by row."""
    if len(rows) > depth:
        inside = np.flatnonzero(scores >= _nth(scores, depth))
        rows, scores = rows[inside], scores[inside]
    order = np.lexsort((rows, -scores))[:depth]
    return rows[order], scores[order]

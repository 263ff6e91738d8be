"""BM25 with loops and the formula written out: the oracle for the lexical index."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

K1, B = 1.2, 0.75
OWN, AROUND = 0.4, 0.6


class Counted(NamedTuple):
    """The words of each passage, by row: without and with those of its neighbours."""

    own: Sequence[Counter[str]]
    around: Sequence[Counter[str]]

    def score(self, row: int, emphasis: Mapping[str, float]) -> float:
        """Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009, equation 3.15.

        Impacts are rounded to 255 steps, and repetitions count up to 255.
        """
        return sum(
            count * self._rarity(term) * (K1 + 1) * self.impact(row, term) / 255
            for term, count in emphasis.items()
        )

    def frequency(self, term: str) -> int:
        """The number of passages that have a term."""
        return sum(term in words for words in self.own)

    def impact(self, row: int, term: str) -> int:
        """Odd if the passage has the term, even if only a neighbour has it, otherwise 0."""
        if term not in self.around[row]:
            return 0
        exact = 255 * (OWN * _share(term, self.own, row) + AROUND * _share(term, self.around, row))
        odd = term in self.own[row]
        steps = range(1, 256, 2) if odd else range(2, 256, 2)
        return min(steps, key=lambda step: (abs(step - exact), (step - odd) % 4))

    def _rarity(self, term: str) -> float:
        return OWN * _idf(term, self.own) + AROUND * _idf(term, self.around)


def _idf(term: str, passages: Sequence[Counter[str]]) -> float:
    holders = sum(term in words for words in passages)
    return math.log(1 + (len(passages) - holders + 0.5) / (holders + 0.5))


def _share(term: str, passages: Sequence[Counter[str]], row: int) -> float:
    """The saturated count of a term in a passage, normalised by length, from 0 to 1."""
    times = min(passages[row][term], 255)
    length = passages[row].total() / typical(passages)
    return times / (times + K1 * (1 - B + B * length))


def typical(passages: Sequence[Counter[str]]) -> float:
    """The mean length, rounded to an eighth of a doubling."""
    mean = max(sum(words.total() for words in passages), 1) / max(len(passages), 1)
    rounded: float = 2.0 ** (round(8 * math.log2(mean)) / 8)
    return rounded

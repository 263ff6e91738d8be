"""What is kept of a term's occurrences: in which passages, and how strongly.

The impact of a term in a passage is what BM25 makes of its counts and lengths, from 0 to 1: the
term's rarity is left out of it, so it holds as long as the passage and its neighbours do, whatever
else comes and goes. Only the typical length is of the whole index; it goes in steps, so that it
stays the same while the index grows a little.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chatbot.text.bm25 import K1, B
from chatbot.text.bm25 import inverse_document_frequency as idf

Keys = NDArray[np.uint64]
Numbers = NDArray[np.int64]
Rows = NDArray[np.uint32]
Impacts = NDArray[np.uint8]

# What the passage's own words count and those of it and its neighbours; tuned in tests/benchmarks
# (ranking.py).
OWN: Final = 0.4
AROUND: Final = 0.6

TERMS: Final = "terms.npy"
STARTS: Final = "starts.npy"
FREQUENCIES: Final = "frequencies.npy"
PLACES: Final = "places.npy"
IMPACTS: Final = "impacts.npy"
DOCUMENTS: Final = "documents.npy"
TYPICAL: Final = "typical.npy"

# Rows in a block, of which two bytes tell one.
BLOCK: Final = 65_536
# The greatest impact as it is stored, and the steps of the typical length in a doubling.
STRONGEST: Final = 255
_STEPS: Final = 8


class Postings(NamedTuple):
    """For each term, by ascending key, the rows that it leads to, ascending, with its impact.

    Rows go in blocks, and `places` tell each within its block. The postings of term `i` in block
    `j` lie from `starts[i * blocks + j]` to the next start. An impact is odd where the passage
    itself has the term, and even where only a neighbour has it; `frequencies` counts the odd ones
    of each term.
    """

    terms: Keys
    starts: Numbers
    frequencies: NDArray[np.uint32]
    places: NDArray[np.uint16]
    impacts: Impacts

    @property
    def blocks(self) -> int:
        """How many blocks there are."""
        return (len(self.starts) - 1) // max(1, len(self.terms))

    @property
    def term_starts(self) -> Numbers:
        """Where the postings of each term begin, and where the last ones end."""
        return self.starts[:: max(1, self.blocks)]

    def bounds(self, term: int) -> list[int]:
        """Where the postings of a term begin in each block, and where the last ones end."""
        first = term * self.blocks
        bounds: list[int] = self.starts[first : first + self.blocks + 1].tolist()
        return bounds

    def rows(self, bounds: Sequence[int]) -> Numbers:
        """The rows of the postings that these bounds part into blocks."""
        begin = bounds[0]
        rows = self.places[begin : bounds[-1]].astype(np.int64)
        for block, (first, last) in enumerate(pairwise(bounds)):
            rows[first - begin : last - begin] += block * BLOCK
        return rows

    def rows_of_terms(self, first: int, last: int) -> Rows:
        """The rows of all postings from the first of a term to the last of another."""
        begin, end = np.searchsorted(self.starts, [first, last])
        blocks = (np.arange(begin, end) % self.blocks * BLOCK).astype(np.uint32)
        firsts: Rows = np.repeat(blocks, np.diff(self.starts[begin : end + 1]))
        return firsts + self.places[first:last]

    def impacts_in(self, rows: Rows, bounds: Sequence[int]) -> Impacts:
        """The impact that a term with these bounds has in some rows, ascending; 0 for none."""
        if bounds[0] == bounds[-1]:
            return np.zeros(len(rows), np.uint8)
        cuts = np.searchsorted(rows, np.arange(len(bounds), dtype=np.uint32) * np.uint32(BLOCK))
        wanted = (rows % BLOCK).astype(np.uint16)
        at = np.empty(len(rows), np.int64)
        lists, among = pairwise(bounds), pairwise(cuts.tolist())
        for (first, last), (begin, end) in zip(lists, among, strict=True):
            if begin < end:
                at[begin:end] = np.searchsorted(self.places[first:last], wanted[begin:end]) + first
        # After the last of its block a row is nowhere.
        inside = at < np.repeat(bounds[1:], np.diff(cuts))
        at[~inside] = bounds[0]
        there = inside & (self.places[at] == wanted)
        return np.where(there, self.impacts[at], 0).astype(np.uint8)


@dataclass(frozen=True, slots=True)
class Passages:
    """What an index knows of its passages.

    `documents` has a line for each document, ascending by row: its key, its first row, how many
    words its passages have, and how many they have with their neighbours; a last line has the
    number of rows. `typical` are the two lengths that the impacts go by.
    """

    documents: Keys
    typical: NDArray[np.float64]

    def __len__(self) -> int:
        return int(self.documents[-1, 1])


def term_key(term: str) -> int:
    """The number that stands for a term; two terms share one once in many million indexes."""
    return int.from_bytes(hashlib.blake2b(term.encode(), digest_size=8).digest(), "little")


def typical_lengths(words: NDArray[np.int64], passages: int) -> NDArray[np.float64]:
    """Mean lengths, of passages and of passages with their neighbours, rounded to a step.

    A step is 9 %: BM25 hardly minds, and a document more does not change every impact.
    """
    means = np.maximum(words, 1) / max(passages, 1)
    rounded: NDArray[np.float64] = 2 ** (np.round(np.log2(means) * _STEPS) / _STEPS)
    return rounded


def impacts_of(
    counts: NDArray[np.uint8], lengths: NDArray[np.uint32], typical: NDArray[np.float64]
) -> Impacts:
    """Impacts from counts and lengths, `(n, 2)` each: in the passage, and with its neighbours."""
    damping = K1 * (1 - B + B * lengths / typical)
    saturated = counts / (counts + damping)
    impact = (OWN * saturated[:, 0] + AROUND * saturated[:, 1]) * STRONGEST
    own = (counts[:, 0] > 0).astype(np.float64)
    # The nearest number that is odd or even as it must be, and not 0, for the term is there.
    stored = np.maximum(np.rint((impact - own) / 2), 1 - own) * 2 + own
    return np.minimum(stored, STRONGEST - 1 + own).astype(np.uint8)


def rarity(frequency: int, leading: int, passages: int) -> float:
    """How much a term tells that so many passages have, and so many have it around them."""
    return OWN * idf(frequency, passages) + AROUND * idf(leading, passages)


def blocks_for(passages: int) -> int:
    """How many blocks the rows of so many passages make; at least one."""
    return max(1, -(-passages // BLOCK))

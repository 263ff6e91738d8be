"""What is kept of a term's occurrences: in which passages, and how strongly.

The impact of a term in a passage is what BM25 makes of its counts and lengths, from 0 to 1: the
term's rarity is left out of it, so it holds as long as the passage and its neighbours do, whatever
else comes and goes. Only the typical length is of the whole index; it goes in steps, so that it
stays the same while the index grows a little.
"""

from __future__ import annotations

import hashlib
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
RUNS: Final = "runs.npy"
RUN_BLOCKS: Final = "run_blocks.npy"
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


class Term(NamedTuple):
    """Where the postings of a term lie: the bounds of its runs, and the block of each."""

    bounds: list[int]
    blocks: list[int]

    @property
    def size(self) -> int:
        """How many postings there are."""
        return self.bounds[-1] - self.bounds[0]


class Postings(NamedTuple):
    """For each term, by ascending key, the rows that it leads to, ascending, with its impact.

    Rows go in blocks, and `places` tell each within its block. The postings of a term in a block
    are a run: those of run `r` lie from `runs[r]` to `runs[r + 1]`, in the block `run_blocks[r]`,
    and the runs of term `i` go from `starts[i]` to `starts[i + 1]`. An impact is odd where the
    passage itself has the term, and even where only a neighbour has it; `frequencies` counts the
    odd ones of each term.
    """

    terms: Keys
    starts: Numbers
    runs: Numbers
    run_blocks: NDArray[np.uint16]
    frequencies: NDArray[np.uint32]
    places: NDArray[np.uint16]
    impacts: Impacts

    def term(self, number: int) -> Term:
        """Where the postings of a term lie."""
        first, last = self.starts[number : number + 2].tolist()
        return Term(self.runs[first : last + 1].tolist(), self.run_blocks[first:last].tolist())

    def rows(self, term: Term) -> Numbers:
        """The rows of a term's postings."""
        begin = term.bounds[0]
        rows = self.places[begin : term.bounds[-1]].astype(np.int64)
        for block, (first, last) in zip(term.blocks, pairwise(term.bounds), strict=True):
            rows[first - begin : last - begin] += block * BLOCK
        return rows

    def rows_between(self, begin: int, end: int) -> Rows:
        """The rows of all postings from the first of a term to before the first of another."""
        first, last = np.searchsorted(self.runs, [begin, end])
        firsts = self.run_blocks[first:last].astype(np.uint32) * np.uint32(BLOCK)
        rows: Rows = np.repeat(firsts, np.diff(self.runs[first : last + 1]))
        return rows + self.places[begin:end]

    def impacts_in(self, rows: Rows, term: Term) -> Impacts:
        """The impact of a term in some rows, ascending; 0 for none."""
        firsts = np.array(term.blocks, np.uint32) * np.uint32(BLOCK)
        begins = np.searchsorted(rows, firsts).tolist()
        ends = np.searchsorted(rows, firsts + np.uint32(BLOCK - 1), side="right").tolist()
        wanted = (rows % BLOCK).astype(np.uint16)
        at, until = np.zeros((2, len(rows)), np.int64)
        for (first, last), begin, end in zip(pairwise(term.bounds), begins, ends, strict=True):
            if begin < end:
                at[begin:end] = np.searchsorted(self.places[first:last], wanted[begin:end]) + first
                until[begin:end] = last
        # After the last of its run a row is nowhere.
        inside = at < until
        at[~inside] = term.bounds[0]
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

"""Posting lists: the passages that each term leads to, and how strongly.

An impact is the BM25 score of a term in a passage without the term's rarity, from 0 to 1, stored
as a byte. It stays valid as long as the passage and its neighbours do, whatever else is added or
removed. The typical length is the only number in it that depends on the whole index. It moves in
steps, so that it stays the same when the index grows a little.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chatbot.index.array_files import Numbers
from chatbot.text.bm25 import K1, B
from chatbot.text.bm25 import inverse_document_frequency as idf

Keys = NDArray[np.uint64]
PostingRows = NDArray[np.uint32]
Impacts = NDArray[np.uint8]

# The weight of a passage's own words, and of the words of the passage with its neighbours; tuned
# with tests/benchmarks/ranking.py.
OWN_WEIGHT: Final = 0.4
AROUND_WEIGHT: Final = 0.6

TERMS: Final = "terms.npy"
STARTS: Final = "starts.npy"
RUNS: Final = "runs.npy"
RUN_BLOCKS: Final = "run_blocks.npy"
FREQUENCIES: Final = "frequencies.npy"
PLACES: Final = "places.npy"
IMPACTS: Final = "impacts.npy"
DOCUMENTS: Final = "documents.npy"
TYPICAL: Final = "typical.npy"

MAX_IMPACT: Final = 255
# Steps of the typical length per doubling.
_STEPS: Final = 8


class PostingList(NamedTuple):
    """The location of a term's postings: the bounds of its runs, and the block of each run."""

    bounds: list[int]
    blocks: list[int]

    @property
    def size(self) -> int:
        """The number of postings."""
        return self.bounds[-1] - self.bounds[0]


class Postings(NamedTuple):
    """The posting lists of all terms, ascending by term key; each list ascends by row.

    The postings of a term in a block of rows are a run. Run `r` has the postings from `runs[r]`
    to `runs[r + 1]` and lies in block `run_blocks[r]`; term `i` has the runs from `starts[i]` to
    `starts[i + 1]`. `places` holds each posting's row within its block. An impact is odd if the
    passage itself has the term, and even if only a neighbour has it; `frequencies` counts the odd
    impacts of each term. `block` is the number of rows per block.
    """

    terms: Keys
    starts: Numbers
    runs: Numbers
    run_blocks: NDArray[np.uint16]
    frequencies: NDArray[np.uint32]
    places: NDArray[np.uint16]
    impacts: Impacts
    block: int

    def list_of(self, number: int) -> PostingList:
        """The posting list of a term, by the term's number."""
        first, last = self.starts[number : number + 2].tolist()
        return PostingList(
            self.runs[first : last + 1].tolist(), self.run_blocks[first:last].tolist()
        )

    def rows(self, postings: PostingList) -> Numbers:
        """The rows of a posting list, ascending."""
        begin = postings.bounds[0]
        rows = self.places[begin : postings.bounds[-1]].astype(np.int64)
        runs = zip(postings.blocks, pairwise(postings.bounds), strict=True)
        for block, (first, last) in runs:
            rows[first - begin : last - begin] += block * self.block
        return rows

    def rows_between(self, begin: int, end: int) -> PostingRows:
        """The rows of the postings from `begin` to `end`, which are bounds of terms."""
        first, last = np.searchsorted(self.runs, [begin, end])
        offsets = self.run_blocks[first:last].astype(np.uint32) * np.uint32(self.block)
        rows: PostingRows = np.repeat(offsets, np.diff(self.runs[first : last + 1]))
        return rows + self.places[begin:end]

    def impacts_in(self, rows: PostingRows, postings: PostingList) -> Impacts:
        """The impact of a term in these rows, which ascend; 0 where it has no posting."""
        offsets = np.array(postings.blocks, np.uint32) * np.uint32(self.block)
        begins = np.searchsorted(rows, offsets).tolist()
        ends = np.searchsorted(rows, offsets + np.uint32(self.block - 1), side="right").tolist()
        places = (rows % self.block).astype(np.uint16)
        positions, limits = np.zeros((2, len(rows)), np.int64)
        runs = zip(pairwise(postings.bounds), begins, ends, strict=True)
        for (first, last), begin, end in runs:
            if begin < end:
                positions[begin:end] = (
                    np.searchsorted(self.places[first:last], places[begin:end]) + first
                )
                limits[begin:end] = last
        # A row past the last posting of its run has no posting.
        in_run = positions < limits
        positions[~in_run] = postings.bounds[0]
        matches = in_run & (self.places[positions] == places)
        return np.where(matches, self.impacts[positions], 0).astype(np.uint8)


@dataclass(frozen=True, slots=True)
class PassageTable:
    """The documents of an index and the typical lengths of its passages.

    `documents`, `(documents + 1, 4)`, ascends by row: key, first row, number of words in the
    document's passages, and number of words in its passages with their neighbours. The last line
    has the number of rows. `typical` has the two typical lengths behind the impacts.
    """

    documents: Keys
    typical: NDArray[np.float64]

    def __len__(self) -> int:
        return int(self.documents[-1, 1])


def term_key(term: str) -> int:
    """A 64-bit hash of a term; two terms of one index collide once in many million indexes."""
    return int.from_bytes(hashlib.blake2b(term.encode(), digest_size=8).digest(), "little")


def typical_lengths(words: NDArray[np.int64], passages: int) -> NDArray[np.float64]:
    """Mean lengths of passages without and with their neighbours, rounded to a step.

    A step is 9 %. BM25 hardly notices, and an added document doesn't change every impact.
    """
    means = np.maximum(words, 1) / max(passages, 1)
    rounded: NDArray[np.float64] = 2 ** (np.round(np.log2(means) * _STEPS) / _STEPS)
    return rounded


def impacts_of(
    counts: NDArray[np.uint8], lengths: NDArray[np.uint32], typical: NDArray[np.float64]
) -> Impacts:
    """Impacts from counts and lengths, `(n, 2)` each: without neighbours, with neighbours."""
    damping = K1 * (1 - B + B * lengths / typical)
    saturation = counts / (counts + damping)
    impact = (OWN_WEIGHT * saturation[:, 0] + AROUND_WEIGHT * saturation[:, 1]) * MAX_IMPACT
    parity = (counts[:, 0] > 0).astype(np.float64)
    # Round to an odd number if the passage has the term, else to an even one above 0, which would
    # mean no posting.
    stored = np.maximum(np.rint((impact - parity) / 2), 1 - parity) * 2 + parity
    return np.minimum(stored, MAX_IMPACT - 1 + parity).astype(np.uint8)


def rarity(frequency: int, postings: int, passages: int) -> float:
    """The weighted IDF of a term that `frequency` passages have.

    `postings` counts the passages that have the term themselves or in a neighbour.
    """
    return OWN_WEIGHT * idf(frequency, passages) + AROUND_WEIGHT * idf(postings, passages)

"""What is kept of a term's occurrences: in which passages, and how strongly.

The impact of a term in a passage is what BM25 makes of its counts and lengths, from 0 to 1: the
term's rarity is left out of it, so it holds as long as the passage and its neighbours do, whatever
else comes and goes. Only the typical length is of the whole index; it goes in steps, so that it
stays the same while the index grows a little.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chatbot.text.bm25 import K1, B
from chatbot.text.bm25 import inverse_document_frequency as idf

Keys = NDArray[np.uint64]
Rows = NDArray[np.uint32]
Impacts = NDArray[np.uint8]

# What the passage's own words count and those of it and its neighbours; tuned in tests/benchmarks
# (ranking.py).
OWN: Final = 0.4
AROUND: Final = 0.6

TERMS: Final = "terms.npy"
STARTS: Final = "starts.npy"
FREQUENCIES: Final = "frequencies.npy"
ROWS: Final = "rows.npy"
IMPACTS: Final = "impacts.npy"
DOCUMENTS: Final = "documents.npy"
TYPICAL: Final = "typical.npy"

# The greatest impact as it is stored, and the steps of the typical length in a doubling.
STRONGEST: Final = 255
_STEPS: Final = 8


class Postings(NamedTuple):
    """For each term, by ascending key, the rows that it leads to, ascending, with its impact.

    The postings of term `i` lie from `starts[i]` to `starts[i + 1]`. An impact is odd where the
    passage itself has the term, and even where only a neighbour has it; `frequencies` counts the
    odd ones of each term.
    """

    terms: Keys
    starts: NDArray[np.int64]
    frequencies: NDArray[np.uint32]
    rows: Rows
    impacts: Impacts


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

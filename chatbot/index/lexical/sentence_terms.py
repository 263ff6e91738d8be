"""Which terms each sentence has, so that one can be chosen without making its terms again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chatbot.index.array_files import ScatteredRows, save_rows, writing_rows
from chatbot.index.lexical.postings import Keys, term_key

ShortKeys = NDArray[np.uint32]
Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]

KEYS: Final = "sentence_keys.npy"
STARTS: Final = "sentence_starts.npy"

# What stands after the keys of a sentence, and is the key of no term.
END: Final = 0
_BITS: Final = np.uint64(0xFFFF_FFFF)
_OPEN_FILES: Final = 8


def shortened(keys: Keys) -> ShortKeys:
    """Keys of half the size: in one of a million questions a sentence seems to have a term."""
    short = (keys & _BITS).astype(np.uint32)
    short[short == END] = 1
    return short


class SentenceTerms(NamedTuple):
    """The short keys of the different terms of each sentence, ascending, and `END` after each.

    Those of the sentences of row `i` lie from `starts[i]` to `starts[i + 1]`.
    """

    keys: ScatteredRows
    starts: Numbers

    def held(self, rows: Numbers, terms: Sequence[str]) -> list[Flags]:
        """Which of these terms each sentence of each row has, `(sentences, terms)` for a row."""
        firsts, sizes = self.starts[rows], self.starts[rows + 1] - self.starts[rows]
        keys = self.keys.read(firsts, sizes)
        wanted = shortened(np.array([term_key(term) for term in terms], np.uint64))
        # How many sentences have ended before each key, and after the last.
        ended = np.concatenate([[0], np.cumsum(keys == END)])
        places, columns = np.nonzero(keys[:, None] == wanted)
        flags = np.zeros((int(ended[-1]), len(terms)), np.bool_)
        flags[ended[places], columns] = True
        bounds = ended[np.concatenate([[0], np.cumsum(sizes)])].tolist()
        return [flags[first:last] for first, last in pairwise(bounds)]


class Part(NamedTuple):
    """Some rows of an index to be: the keys of `rows[i]` are `sizes[i]` from `firsts[i]` on."""

    rows: Numbers
    firsts: Numbers
    sizes: Numbers
    keys: Callable[[], ShortKeys]


def write_sentences(
    folder: Path, passages: int, parts: Sequence[Part], advance: Callable[[int], object]
) -> None:
    """Write the terms of so many passages, each of which is in one of the parts.

    `advance` is told that it goes on.
    """
    owners, firsts, sizes = np.zeros((3, passages), np.int64)
    for number, part in enumerate(parts):
        owners[part.rows], firsts[part.rows], sizes[part.rows] = number, part.firsts, part.sizes
    starts = np.concatenate([[0], np.cumsum(sizes)])
    # Rows that follow each other in the same part are copied together.
    parted = (np.diff(owners) != 0) | (firsts[1:] != firsts[:-1] + sizes[:-1])
    bounds = np.unique([0, *np.flatnonzero(parted) + 1, passages]).tolist()
    keys_of = lru_cache(_OPEN_FILES)(lambda number: parts[number].keys())
    with writing_rows(folder / KEYS, (int(starts[-1]),), np.uint32) as append:
        for first, last in pairwise(bounds):
            advance(0)
            begin, size = firsts[first], starts[last] - starts[first]
            append(keys_of(owners[first])[begin : begin + size])
    save_rows(folder / STARTS, starts)

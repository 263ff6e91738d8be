"""The terms of each sentence, so that a sentence can be scored without analysing it again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chatbot.index.array_files import Numbers, ScatteredRows, save_rows, writing_rows
from chatbot.index.lexical.postings import Keys, term_key

ShortKeys = NDArray[np.uint32]
Flags = NDArray[np.bool_]

KEYS: Final = "sentence_keys.npy"
STARTS: Final = "sentence_starts.npy"

# Ends the keys of a sentence; no term has this key.
END: Final = 0
_LOW_BITS: Final = np.uint64(0xFFFF_FFFF)
_OPEN_FILES: Final = 8


def shortened(keys: Keys) -> ShortKeys:
    """Keys of 32 bits; in one of a million questions two terms of a sentence collide."""
    short_keys = (keys & _LOW_BITS).astype(np.uint32)
    short_keys[short_keys == END] = 1
    return short_keys


class SentenceTerms(NamedTuple):
    """The distinct terms of each sentence as ascending short keys, with `END` after each sentence.

    The keys of row `i` are those from `starts[i]` to `starts[i + 1]`.
    """

    keys: ScatteredRows
    starts: Numbers

    def flags(self, rows: Numbers, terms: Sequence[str]) -> list[Flags]:
        """For each row, which of the terms each of its sentences has: `(sentences, terms)`."""
        firsts, sizes = self.starts[rows], self.starts[rows + 1] - self.starts[rows]
        return sentence_flags(self.keys.read(firsts, sizes), sizes, terms)

    def of(self, first: int, last: int) -> tuple[ShortKeys, Numbers]:
        """The keys of the rows from `first` to `last`, excluded, and the bounds of each row's."""
        starts = self.starts[first : last + 1]
        return self.keys.mapped[starts[0] : starts[-1]], starts - starts[0]


def sentence_flags(keys: ShortKeys, sizes: Numbers, terms: Sequence[str]) -> list[Flags]:
    """For each passage, which of the terms each of its sentences has: `(sentences, terms)`.

    `keys` has the sentence terms of all passages, and `sizes` their number for each passage.
    """
    term_keys = shortened(np.array([term_key(term) for term in terms], np.uint64))
    # The number of sentences that end before each key, and in all.
    sentences = np.concatenate([[0], np.cumsum(keys == END)])
    places, columns = np.nonzero(keys[:, None] == term_keys)
    flags = np.zeros((int(sentences[-1]), len(terms)), np.bool_)
    flags[sentences[places], columns] = True
    bounds = sentences[np.concatenate([[0], np.cumsum(sizes)])].tolist()
    return [flags[first:last] for first, last in pairwise(bounds)]


class SentenceSource(NamedTuple):
    """The sentence terms of some rows: `rows[i]` has `sizes[i]` keys from `firsts[i]` on."""

    rows: Numbers
    firsts: Numbers
    sizes: Numbers
    keys: Callable[[], ShortKeys]


def write_sentences(
    folder: Path,
    passages: int,
    sources: Sequence[SentenceSource],
    advance: Callable[[int], object],
) -> None:
    """Write the sentence terms of all passages; each passage is in one of the sources.

    Calls `advance(0)` now and then.
    """
    owners, firsts, sizes = np.zeros((3, passages), np.int64)
    for number, source in enumerate(sources):
        owners[source.rows] = number
        firsts[source.rows], sizes[source.rows] = source.firsts, source.sizes
    starts = np.concatenate([[0], np.cumsum(sizes)])
    # Rows that are adjacent in the same source are copied together.
    breaks = (np.diff(owners) != 0) | (firsts[1:] != firsts[:-1] + sizes[:-1])
    bounds = np.unique([0, *np.flatnonzero(breaks) + 1, passages]).tolist()
    keys_of = lru_cache(_OPEN_FILES)(lambda number: sources[number].keys())
    with writing_rows(folder / KEYS, (int(starts[-1]),), np.uint32) as append:
        for first, last in pairwise(bounds):
            advance(0)
            begin, size = firsts[first], starts[last] - starts[first]
            append(keys_of(owners[first])[begin : begin + size])
    save_rows(folder / STARTS, starts)

"""Counting terms: how often each stands in a passage, and in it and its neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chatbot.index.arrays import open_rows, save_rows
from chatbot.index.lexical.postings import Impacts, Keys, Rows, impacts_of, term_key
from chatbot.index.lexical.words import REMEMBERED_PIECES, Words

Numbers = NDArray[np.int64]

# Passages that are counted together: some 3 million postings, 150 MB while it happens.
_PASSAGES_A_RUN: Final = 16_384
_MOST_COUNTED: Final = 255
_ROW_BITS: Final = np.uint64(32)
_ROW_MASK: Final = np.uint64(0xFFFF_FFFF)


class LexicalDocument(NamedTuple):
    """What the passages of a document are found by, in order.

    `heads` say where each passage stands: title, section. They count as its words.
    """

    heads: list[str]
    texts: list[str]


class Run(NamedTuple):
    """The counts of some passages, laid out like `Postings`.

    `places` number the passages of the run. `counts` and `lengths` have two columns: of the
    passage, and of it with its neighbours. `rows` says which row each passage is.
    """

    terms: Keys
    starts: NDArray[np.int64]
    places: Rows
    counts: NDArray[np.uint8]
    lengths: NDArray[np.uint32]
    rows: Rows

    def postings(self, first: int, last: int, typical: NDArray[np.float64]) -> tuple[Rows, Impacts]:
        """Rows and impacts of the postings from `first` to `last`."""
        places = self.places[first:last]
        return self.rows[places], impacts_of(self.counts[first:last], self.lengths[places], typical)


class Counting:
    """Counts the terms of documents, which come in the order of their rows.

    What is counted waits in a folder, so that memory does not grow with the corpus.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._words = Words()
        self._number_of: dict[str, int] = {}
        self._keys: list[int] = []
        self._numbers = lru_cache(REMEMBERED_PIECES)(self._number)
        self._runs: list[Run] = []
        self._begin()

    def _begin(self) -> None:
        # Term numbers of all passages one after the other, and how many each passage has.
        self._in_texts: list[int] = []
        self._in_heads: list[int] = []
        self._text_sizes: list[int] = []
        self._head_sizes: list[int] = []
        self._rows: list[int] = []
        # For each passage, the first of its document and the one after the last.
        self._first: list[int] = []
        self._end: list[int] = []

    def _number(self, piece: str) -> list[int]:
        """The numbers of the terms in a piece of text, given as they first appear."""
        numbers = []
        for term in self._words.of_piece(piece):
            if term not in self._number_of:
                self._number_of[term] = len(self._keys)
                self._keys.append(term_key(term))
            numbers.append(self._number_of[term])
        return numbers

    def add(self, first_row: int, document: LexicalDocument) -> tuple[int, int]:
        """Count a document, whose rows follow each other from the first.

        Returns how many words its passages have, and how many they have with their neighbours.
        """
        size = len(document.texts)
        first = len(self._rows)
        texts = self._extend(self._in_texts, self._text_sizes, document.texts)
        heads = self._extend(self._in_heads, self._head_sizes, document.heads)
        self._rows += range(first_row, first_row + size)
        self._first += [first] * size
        self._end += [first + size] * size
        own = sum(texts) + sum(heads)
        around = own + sum(texts[1:]) + sum(texts[:-1])
        if len(self._rows) >= _PASSAGES_A_RUN:
            self._finish_run()
        return own, around

    def _extend(self, numbers: list[int], sizes: list[int], texts: Sequence[str]) -> list[int]:
        """Append the terms of some texts, and how many each has, which is returned too."""
        first = len(sizes)
        for text in texts:
            before = len(numbers)
            numbers.extend(chain.from_iterable(map(self._numbers, text.split())))
            sizes.append(len(numbers) - before)
        return sizes[first:]

    def runs(self) -> Sequence[Run]:
        """All that was counted."""
        if self._rows:
            self._finish_run()
        return self._runs

    def _finish_run(self) -> None:
        keys = np.array(self._keys, np.uint64)
        by_key = np.argsort(keys)
        ranks = np.empty(len(keys), np.int64)
        ranks[by_key] = np.arange(len(keys))

        passages = np.arange(len(self._rows))
        first, end = np.array(self._first), np.array(self._end)
        texts = ranks[np.array(self._in_texts, np.int64)]
        in_text = np.repeat(passages, self._text_sizes)
        heads = ranks[np.array(self._in_heads, np.int64)]
        in_head = np.repeat(passages, self._head_sizes)

        owned = [(texts, in_text), (heads, in_head)]
        lent = [
            (texts[belongs], in_text[belongs] + step)
            for step, belongs in (
                (-1, in_text > first[in_text]),
                (1, in_text < end[in_text] - 1),
            )
        ]
        own, own_counts, own_lengths = _counted(owned, len(passages))
        around, around_counts, around_lengths = _counted([*owned, *lent], len(passages))
        counts = np.zeros((len(around), 2), np.uint8)
        counts[np.searchsorted(around, own), 0] = own_counts
        counts[:, 1] = around_counts

        present, starts = np.unique(around >> _ROW_BITS, return_index=True)
        run = Run(
            terms=keys[by_key[present.astype(np.int64)]],
            starts=np.append(starts, len(around)),
            places=(around & _ROW_MASK).astype(np.uint32),
            counts=counts,
            lengths=np.stack([own_lengths, around_lengths], axis=1).astype(np.uint32),
            rows=np.array(self._rows, np.uint32),
        )
        self._runs.append(self._set_aside(run))
        self._begin()

    def _set_aside(self, run: Run) -> Run:
        """The same run, its long columns in files."""
        aside = {}
        for name in ("places", "counts"):
            path = self._folder / f"run-{len(self._runs)}-{name}.npy"
            save_rows(path, getattr(run, name))
            aside[name] = open_rows(path)
        return run._replace(**aside)


def _counted(
    occurrences: Sequence[tuple[Numbers, Numbers]], passages: int
) -> tuple[Keys, NDArray[np.uint8], Numbers]:
    """Different pairs of term and passage as one number each, ascending, and how often they come.

    Then the number of occurrences in each passage.
    """
    terms, places = (np.concatenate(column) for column in zip(*occurrences, strict=True))
    pairs = terms.astype(np.uint64) << _ROW_BITS | places.astype(np.uint64)
    pairs.sort()
    firsts = np.flatnonzero(np.append(True, pairs[1:] != pairs[:-1])[: len(pairs)])
    counts = np.minimum(np.diff(firsts, append=len(pairs)), _MOST_COUNTED).astype(np.uint8)
    return pairs[firsts], counts, np.bincount(places, minlength=passages)

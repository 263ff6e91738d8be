"""Counting terms: how often each stands in a passage, and in it and its neighbours.

And which of them stand in each sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chatbot.index.array_files import open_rows, save_rows
from chatbot.index.lexical.analyzer import Words, remembering
from chatbot.index.lexical.postings import Impacts, Keys, Rows, impacts_of, term_key
from chatbot.index.lexical.sentence_terms import END, Part, shortened

Numbers = NDArray[np.int64]

# Passages that are counted together: some 3 million postings, 150 MB while it happens.
_PASSAGES_A_RUN: Final = 16_384
_MOST_COUNTED: Final = 255
_ROW_BITS: Final = np.uint64(32)
_ROW_MASK: Final = np.uint64(0xFFFF_FFFF)


class LexicalDocument(NamedTuple):
    """What the passages of a document are found by, in order: the sentences of each.

    `heads` say where each passage stands: title, section. They count as its words.
    """

    heads: list[str]
    sentences: list[list[str]]


class Run(NamedTuple):
    """The counts of some passages: those of each term lie from its start to the next.

    The files `places` and `counts` have a line for each posting: the number of the passage in this
    run, and how often the term stands in it, and in it with its neighbours. `lengths`, with the
    same two columns, and `rows` have a line for each passage. `sentences` has the terms of the
    sentences of those passages that are counted.
    """

    terms: Keys
    starts: NDArray[np.int64]
    places: Path
    counts: Path
    lengths: NDArray[np.uint32]
    rows: Rows
    sentences: Part

    def postings(self, first: int, last: int, typical: NDArray[np.float64]) -> tuple[Rows, Impacts]:
        """Rows and impacts of the postings from `first` to `last`."""
        # Opened each time: hundreds of runs would be more open files than some systems allow.
        places = open_rows(self.places)[first:last]
        counts = open_rows(self.counts)[first:last]
        return self.rows[places], impacts_of(counts, self.lengths[places], typical)


class Counting:
    """Counts the terms of documents.

    Postings wait in a folder; of all documents only the vocabulary and a few numbers for each
    passage stay in memory.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._words = Words()
        self._number_of: dict[str, int] = {}
        self._keys: list[int] = []
        self._numbers = remembering(self._numbers_of)
        self._runs: list[Run] = []
        self._begin()

    def _begin(self) -> None:
        # Term numbers of all passages one after the other, and how many each passage has.
        self._in_texts: list[int] = []
        self._in_heads: list[int] = []
        self._text_sizes: list[int] = []
        self._head_sizes: list[int] = []
        # How many terms each sentence has, and how many sentences each passage.
        self._sentence_sizes: list[int] = []
        self._sentence_counts: list[int] = []
        self._rows: list[int] = []
        # For each passage, the first of its document and the one after the last, and whether it is
        # counted, or is only here because its neighbour is.
        self._first: list[int] = []
        self._end: list[int] = []
        self._wanted: list[bool] = []

    def _numbers_of(self, piece: str) -> tuple[int, ...]:
        """The numbers of the terms in a piece of text."""
        return tuple(map(self._number, self._words.of_piece(piece)))

    def _number(self, term: str) -> int:
        """The number of a term, given as it first appears."""
        if term not in self._number_of:
            self._number_of[term] = len(self._keys)
            self._keys.append(term_key(term))
        return self._number_of[term]

    def add(self, first_row: int, document: LexicalDocument) -> tuple[int, int]:
        """Count a document, whose rows follow each other from the first.

        Returns how many words its passages have, and how many they have with their neighbours.
        """
        own = around = 0
        size = len(document.sentences)
        for begin in range(0, size, _PASSAGES_A_RUN):
            words = self._add_part(first_row, document, begin, min(begin + _PASSAGES_A_RUN, size))
            own, around = own + words[0], around + words[1]
            if len(self._rows) >= _PASSAGES_A_RUN:
                self._finish_run()
        return own, around

    def _add_part(
        self, first_row: int, document: LexicalDocument, begin: int, end: int
    ) -> tuple[int, int]:
        """Count the passages from `begin` to `end`, beside which their neighbours have to be."""
        first = len(self._rows)
        low, high = max(begin - 1, 0), min(end + 1, len(document.sentences))
        texts = [self._add_sentences(sentences) for sentences in document.sentences[low:high]]
        heads = [self._extend(self._in_heads, head) for head in document.heads[low:high]]
        self._text_sizes += texts
        self._head_sizes += heads
        self._rows += range(first_row + low, first_row + high)
        self._first += [first] * (high - low)
        self._end += [first + high - low] * (high - low)
        self._wanted += [begin <= place < end for place in range(low, high)]
        begin, end = begin - low, end - low
        own = sum(texts[begin:end]) + sum(heads[begin:end])
        return own, own + sum(texts[: end - 1]) + sum(texts[begin + 1 : end + 1])

    def _add_sentences(self, sentences: Sequence[str]) -> int:
        """Append the terms of a passage; how many they are."""
        sizes = [self._extend(self._in_texts, sentence) for sentence in sentences]
        self._sentence_sizes += sizes
        self._sentence_counts.append(len(sizes))
        return sum(sizes)

    def _extend(self, numbers: list[int], text: str) -> int:
        """Append the terms of a text; how many they are."""
        before = len(numbers)
        numbers.extend(chain.from_iterable(map(self._numbers, text.split())))
        return len(numbers) - before

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
        wanted = np.array(self._wanted)
        own, own_counts, own_lengths = _counted(owned, wanted)
        around, around_counts, around_lengths = _counted([*owned, *lent], wanted)
        counts = np.zeros((len(around), 2), np.uint8)
        counts[np.searchsorted(around, own), 0] = own_counts
        counts[:, 1] = around_counts

        present, starts = np.unique(around >> _ROW_BITS, return_index=True)
        run = Run(
            terms=keys[by_key[present.astype(np.int64)]],
            starts=np.append(starts, len(around)),
            places=self._folder / f"places-{len(self._runs)}.npy",
            counts=self._folder / f"counts-{len(self._runs)}.npy",
            lengths=np.stack([own_lengths, around_lengths], axis=1).astype(np.uint32),
            rows=np.array(self._rows, np.uint32),
            sentences=self._terms_of_sentences(keys, wanted),
        )
        save_rows(run.places, (around & _ROW_MASK).astype(np.uint32))
        save_rows(run.counts, counts)
        self._runs.append(run)
        self._begin()

    def _terms_of_sentences(self, keys: Keys, wanted: NDArray[np.bool_]) -> Part:
        passage = np.repeat(np.arange(len(wanted)), self._sentence_counts)
        sentence = np.repeat(np.arange(len(passage)), self._sentence_sizes)
        counted = wanted[passage]
        inside = counted[sentence]
        terms = shortened(keys)[np.array(self._in_texts, np.int64)[inside]]
        pairs = sentence[inside].astype(np.uint64) << _ROW_BITS | terms
        pairs = pairs[_firsts(pairs)]
        owners = (pairs >> _ROW_BITS).astype(np.int64)
        # A key stands as far on as there are keys, and ends of sentences, before it.
        found = np.full(len(pairs) + int(counted.sum()), END, np.uint32)
        found[np.arange(len(pairs)) + (np.cumsum(counted) - 1)[owners]] = pairs & _ROW_MASK
        path = self._folder / f"sentences-{len(self._runs)}.npy"
        save_rows(path, found)
        sizes = np.bincount(passage[owners], minlength=len(wanted)) + self._sentence_counts
        sizes = sizes[wanted]
        rows = np.array(self._rows)[wanted]
        return Part(rows, np.cumsum(sizes) - sizes, sizes, partial(open_rows, path))


def _counted(
    occurrences: Sequence[tuple[Numbers, Numbers]], wanted: NDArray[np.bool_]
) -> tuple[Keys, NDArray[np.uint8], Numbers]:
    """Different pairs of term and passage as one number each, ascending, and how often they come.

    Of the wanted passages alone. Then the number of occurrences in each passage.
    """
    terms, places = (np.concatenate(column) for column in zip(*occurrences, strict=True))
    lengths = np.bincount(places, minlength=len(wanted))
    if not wanted.all():
        terms, places = terms[wanted[places]], places[wanted[places]]
    pairs = terms.astype(np.uint64) << _ROW_BITS | places.astype(np.uint64)
    firsts = _firsts(pairs)
    counts = np.minimum(np.diff(firsts, append=len(pairs)), _MOST_COUNTED).astype(np.uint8)
    return pairs[firsts], counts, lengths


def _firsts(pairs: Keys) -> Numbers:
    """Sort the pairs; where each different one stands first."""
    pairs.sort()  # np.unique takes five times as long
    return np.flatnonzero(np.append(True, pairs[1:] != pairs[:-1])[: len(pairs)])

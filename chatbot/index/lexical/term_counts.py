"""Count the terms of passages, with and without neighbours, and list those of sentences."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chatbot.index.array_files import Numbers, open_rows, save_rows
from chatbot.index.lexical.analyzer import cached, stemmer_of, terms_of
from chatbot.index.lexical.postings import (
    Impacts,
    Keys,
    PostingRows,
    impacts_of,
    term_key,
)
from chatbot.index.lexical.sentence_terms import END, SentenceSource, shortened
from chatbot.index.lexical.tuning import LexicalTuning

_MAX_COUNT: Final = 255
_ROW_BITS: Final = np.uint64(32)
_ROW_MASK: Final = np.uint64(0xFFFF_FFFF)


class LexicalDocument(NamedTuple):
    """The searchable text of a document's passages, in order: the sentences of each passage.

    `heads` has the title and section path of each passage. They count as words of the passage.
    `languages` has the language of each passage, if known.
    """

    heads: list[str]
    sentences: list[list[str]]
    languages: list[str | None]


class CountedSegment(NamedTuple):
    """The term counts of some passages, ascending by term.

    Term `i` has the postings from `starts[i]` to `starts[i + 1]`. The files `places` and `counts`
    have a line per posting: the passage's number in this segment, and how often the term occurs
    in the passage without and with its neighbours. `lengths`, with the same two columns, and
    `rows` have a line per passage. `sentences` has the sentence terms of the counted passages.
    """

    terms: Keys
    starts: Numbers
    places: Path
    counts: Path
    lengths: NDArray[np.uint32]
    rows: PostingRows
    sentences: SentenceSource

    def postings(
        self, first: int, last: int, typical: NDArray[np.float64]
    ) -> tuple[PostingRows, Impacts]:
        """The rows and impacts of the postings from `first` to `last`."""
        # Opened for each call: hundreds of segments could exceed the limit on open files.
        places = open_rows(self.places)[first:last]
        counts = open_rows(self.counts)[first:last]
        return self.rows[places], impacts_of(counts, self.lengths[places], typical)


class TermCounter:
    """Counts the terms of documents into segments.

    Finished segments are stored in a folder. Memory holds the vocabulary, one unfinished segment
    and a few numbers per passage.
    """

    def __init__(self, folder: Path, tuning: LexicalTuning) -> None:
        self._folder = folder
        self._segment_size = tuning.passages_per_segment
        self._term_numbers: dict[str, int] = {}
        self._keys: list[int] = []
        # One cache for each stemmer, because a piece has other terms in another language.
        self._numbers_of = cache(
            lambda stemmer: cached(lambda piece: self._uncached_numbers_of(piece, stemmer))
        )
        self._segments: list[CountedSegment] = []
        self._begin_segment()

    def _begin_segment(self) -> None:
        # The term numbers of all passages, concatenated, and how many each passage has.
        self._text_terms: list[int] = []
        self._head_terms: list[int] = []
        self._text_sizes: list[int] = []
        self._head_sizes: list[int] = []
        # The number of terms per sentence and of sentences per passage.
        self._sentence_sizes: list[int] = []
        self._sentence_counts: list[int] = []
        self._rows: list[int] = []
        # For each passage, the bounds of its document's passages in this segment, and whether it
        # is counted or only present as a neighbour.
        self._first: list[int] = []
        self._end: list[int] = []
        self._counted: list[bool] = []

    def _uncached_numbers_of(self, piece: str, stemmer: str) -> tuple[int, ...]:
        """The numbers of the terms in a piece of text."""
        return tuple(map(self._number_of, terms_of(piece, stemmer)))

    def _number_of(self, term: str) -> int:
        """The number of a term, assigned when the term first appears."""
        if term not in self._term_numbers:
            self._term_numbers[term] = len(self._keys)
            self._keys.append(term_key(term))
        return self._term_numbers[term]

    def add(self, first_row: int, document: LexicalDocument) -> tuple[int, int]:
        """Count a document, whose passages have the rows from `first_row` on.

        Returns the number of words in its passages, and in its passages with their neighbours.
        """
        own_words = around_words = 0
        size = len(document.sentences)
        for begin in range(0, size, self._segment_size):
            end = min(begin + self._segment_size, size)
            words = self._add_passages(first_row, document, begin, end)
            own_words, around_words = own_words + words[0], around_words + words[1]
            if len(self._rows) >= self._segment_size:
                self._finish_segment()
        return own_words, around_words

    def _add_passages(
        self, first_row: int, document: LexicalDocument, begin: int, end: int
    ) -> tuple[int, int]:
        """Count the passages from `begin` to `end`; their neighbours are added, but not counted."""
        first = len(self._rows)
        low, high = max(begin - 1, 0), min(end + 1, len(document.sentences))
        stemmers = [stemmer_of(language) for language in document.languages[low:high]]
        texts = [
            self._add_sentences(sentences, stemmer)
            for sentences, stemmer in zip(document.sentences[low:high], stemmers, strict=True)
        ]
        heads = [
            self._append(self._head_terms, head, stemmer)
            for head, stemmer in zip(document.heads[low:high], stemmers, strict=True)
        ]
        self._text_sizes += texts
        self._head_sizes += heads
        self._rows += range(first_row + low, first_row + high)
        self._first += [first] * (high - low)
        self._end += [first + high - low] * (high - low)
        self._counted += [begin <= place < end for place in range(low, high)]
        begin, end = begin - low, end - low
        words = sum(texts[begin:end]) + sum(heads[begin:end])
        return words, words + sum(texts[: end - 1]) + sum(texts[begin + 1 : end + 1])

    def _add_sentences(self, sentences: Sequence[str], stemmer: str) -> int:
        """Append the terms of a passage and return their number."""
        sizes = [self._append(self._text_terms, sentence, stemmer) for sentence in sentences]
        self._sentence_sizes += sizes
        self._sentence_counts.append(len(sizes))
        return sum(sizes)

    def _append(self, numbers: list[int], text: str, stemmer: str) -> int:
        """Append the numbers of a text's terms and return how many there are."""
        size = len(numbers)
        numbers.extend(chain.from_iterable(map(self._numbers_of(stemmer), text.split())))
        return len(numbers) - size

    def segments(self) -> Sequence[CountedSegment]:
        """Everything counted so far."""
        if self._rows:
            self._finish_segment()
        return self._segments

    def _finish_segment(self) -> None:
        keys = np.array(self._keys, np.uint64)
        by_key = np.argsort(keys)
        ranks = np.empty(len(keys), np.int64)
        ranks[by_key] = np.arange(len(keys))

        passages = np.arange(len(self._rows))
        first, end = np.array(self._first), np.array(self._end)
        texts = ranks[np.array(self._text_terms, np.int64)]
        text_passages = np.repeat(passages, self._text_sizes)
        heads = ranks[np.array(self._head_terms, np.int64)]
        head_passages = np.repeat(passages, self._head_sizes)

        occurrences = [(texts, text_passages), (heads, head_passages)]
        # Each text also counts for the passage before and the passage after it.
        neighbours = [
            (texts[mask], text_passages[mask] + step)
            for step, mask in (
                (-1, text_passages > first[text_passages]),
                (1, text_passages < end[text_passages] - 1),
            )
        ]
        counted = np.array(self._counted)
        own_pairs, own_counts, own_lengths = _count(occurrences, counted)
        pairs, around_counts, around_lengths = _count([*occurrences, *neighbours], counted)
        counts = np.zeros((len(pairs), 2), np.uint8)
        counts[np.searchsorted(pairs, own_pairs), 0] = own_counts
        counts[:, 1] = around_counts

        terms, starts = np.unique(pairs >> _ROW_BITS, return_index=True)
        segment = CountedSegment(
            terms=keys[by_key[terms.astype(np.int64)]],
            starts=np.append(starts, len(pairs)),
            places=self._folder / f"places-{len(self._segments)}.npy",
            counts=self._folder / f"counts-{len(self._segments)}.npy",
            lengths=np.stack([own_lengths, around_lengths], axis=1).astype(np.uint32),
            rows=np.array(self._rows, np.uint32),
            sentences=self._sentence_terms(keys, counted),
        )
        save_rows(segment.places, (pairs & _ROW_MASK).astype(np.uint32))
        save_rows(segment.counts, counts)
        self._segments.append(segment)
        self._begin_segment()

    def _sentence_terms(self, keys: Keys, counted: NDArray[np.bool_]) -> SentenceSource:
        """Save the distinct terms of each sentence in the counted passages."""
        passage_of = np.repeat(np.arange(len(counted)), self._sentence_counts)
        sentence_of = np.repeat(np.arange(len(passage_of)), self._sentence_sizes)
        in_counted = counted[passage_of]
        mask = in_counted[sentence_of]
        terms = shortened(keys)[np.array(self._text_terms, np.int64)[mask]]
        pairs = sentence_of[mask].astype(np.uint64) << _ROW_BITS | terms
        pairs = pairs[_sort_distinct(pairs)]
        sentences = (pairs >> _ROW_BITS).astype(np.int64)
        # The place of a key is the number of keys and sentence ends before it.
        sentence_keys = np.full(len(pairs) + int(in_counted.sum()), END, np.uint32)
        ends_before = (np.cumsum(in_counted) - 1)[sentences]
        sentence_keys[np.arange(len(pairs)) + ends_before] = pairs & _ROW_MASK
        path = self._folder / f"sentences-{len(self._segments)}.npy"
        save_rows(path, sentence_keys)
        keys_per_passage = np.bincount(passage_of[sentences], minlength=len(counted))
        sizes = (keys_per_passage + self._sentence_counts)[counted]
        rows = np.array(self._rows)[counted]
        return SentenceSource(rows, np.cumsum(sizes) - sizes, sizes, partial(open_rows, path))


def _count(
    occurrences: Sequence[tuple[Numbers, Numbers]], counted: NDArray[np.bool_]
) -> tuple[Keys, NDArray[np.uint8], Numbers]:
    """Count (terms, passages): distinct pairs of the counted passages, and the count of each.

    A pair is one number, the term in its high bits; pairs ascend. Also returns the number of
    occurrences in every passage.
    """
    terms, places = (np.concatenate(column) for column in zip(*occurrences, strict=True))
    lengths = np.bincount(places, minlength=len(counted))
    if not counted.all():
        terms, places = terms[counted[places]], places[counted[places]]
    pairs = terms.astype(np.uint64) << _ROW_BITS | places.astype(np.uint64)
    firsts = _sort_distinct(pairs)
    counts = np.minimum(np.diff(firsts, append=len(pairs)), _MAX_COUNT).astype(np.uint8)
    return pairs[firsts], counts, lengths


def _sort_distinct(pairs: Keys) -> Numbers:
    """Sort the pairs in place and return the first index of each distinct pair."""
    pairs.sort()  # np.unique takes five times as long
    return np.flatnonzero(np.append(True, pairs[1:] != pairs[:-1])[: len(pairs)])

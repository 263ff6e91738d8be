"""Writing a lexical index: unchanged documents are carried over, the others are counted.

An impact depends only on a passage, its neighbours and the typical lengths. So an index with
carried-over impacts is the same, byte for byte, as one that is written from scratch.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from chatbot.errors import StorageError
from chatbot.index.array_files import ranges, save_rows
from chatbot.index.lexical import postings
from chatbot.index.lexical.lexical_files import LexicalFiles
from chatbot.index.lexical.merge import REMOVED, PostingSource, merge, term_slices
from chatbot.index.lexical.postings import Impacts, Keys, Numbers, PostingRows, typical_lengths
from chatbot.index.lexical.sentence_terms import SentenceSource, write_sentences
from chatbot.index.lexical.term_counts import LexicalDocument, Segment, TermCounter
from chatbot.index.lexical.tuning import LexicalTuning

_DEFAULT = LexicalTuning()


def write_lexical(
    folder: Path,
    *,
    keys: Keys,
    first_rows: Numbers,
    read: Callable[[int], LexicalDocument],
    earlier: Path | None = None,
    advance: Callable[[int], object] = lambda _: None,
    tuning: LexicalTuning = _DEFAULT,
) -> None:
    """Write the index of some documents into a new folder.

    Documents with equal keys must have equal passages with equal searchable text. `first_rows`
    has the first row of each document and, last, the number of rows. `read` returns a document by
    its number; it isn't called for documents of the index in the folder `earlier`. `advance` is
    called with the number of documents done since its last call, which may be 0. Raises
    StorageError.
    """
    earlier_files = LexicalFiles.open(earlier, tuning) if earlier else None
    folder.mkdir()
    try:
        with TemporaryDirectory(dir=folder) as scratch:
            counter = TermCounter(Path(scratch), tuning)
            writer = _Writer(keys, first_rows, read, advance, counter, tuning)
            sources = writer.postings(earlier_files)
            merge(folder, sources, advance, tuning)
            write_sentences(folder, int(first_rows[-1]), writer.sentences(earlier_files), advance)
        save_rows(folder / postings.DOCUMENTS, writer.documents)
        save_rows(folder / postings.TYPICAL, writer.typical)
    except OSError as failure:
        raise StorageError.while_writing(folder, failure) from failure


class _Writer:
    """Collects the sources of an index: carried-over postings and newly counted segments."""

    def __init__(
        self,
        keys: Keys,
        first_rows: Numbers,
        read: Callable[[int], LexicalDocument],
        advance: Callable[[int], object],
        counter: TermCounter,
        tuning: LexicalTuning,
    ) -> None:
        self._first_rows = first_rows
        self._read = read
        self._advance = advance
        self._counter = counter
        self._tuning = tuning
        # Both as in `PassageTable`.
        self.documents = np.zeros((len(keys) + 1, 4), np.uint64)
        self.documents[:-1, 0], self.documents[:, 1] = keys, first_rows
        self.typical = np.ones(2)
        # The new row of each row of the earlier index; None if nothing is carried over.
        self._new_rows: PostingRows | None = None

    def postings(self, earlier: LexicalFiles | None) -> list[PostingSource]:
        """The postings of all documents, carried over from the earlier index where possible."""
        lines = np.full(len(self.documents) - 1, -1)
        if earlier:
            lines = _positions(earlier.passages.documents[:-1, 0], self.documents[:-1, 0])
        carried = np.flatnonzero(lines >= 0)
        self._count(np.flatnonzero(lines < 0))
        if earlier:
            self.documents[carried, 2:] = earlier.passages.documents[lines[carried], 2:]
        words = self.documents[:, 2:].sum(axis=0).astype(np.int64)
        self.typical = typical_lengths(words, int(self._first_rows[-1]))
        if earlier and (self.typical != earlier.passages.typical).any():
            self._count(carried)
            earlier = None
        elif earlier:
            self._advance(len(carried))
        sources = [_counted(segment, self.typical) for segment in self._counter.segments()]
        if earlier:
            self._new_rows = self._moved_rows(earlier, lines[carried], carried)
            sources.append(_carried(earlier, self._new_rows, self._tuning.postings_per_merge))
        return sources

    def sentences(self, earlier: LexicalFiles | None) -> list[SentenceSource]:
        """The sentence terms of all documents; `postings` must be called first."""
        sources = [segment.sentences for segment in self._counter.segments()]
        if earlier and self._new_rows is not None:
            terms, old_rows = earlier.sentences, np.flatnonzero(self._new_rows != REMOVED)
            rows, firsts = self._new_rows[old_rows].astype(np.int64), terms.starts[old_rows]
            sizes = terms.starts[old_rows + 1] - firsts
            sources.append(SentenceSource(rows, firsts, sizes, lambda: terms.keys.mapped))
        return sources

    def _count(self, numbers: Numbers) -> None:
        for number in numbers.tolist():
            words = self._counter.add(int(self._first_rows[number]), self._read(number))
            self.documents[number, 2:] = words
            self._advance(1)

    def _moved_rows(self, earlier: LexicalFiles, lines: Numbers, numbers: Numbers) -> PostingRows:
        """The new row of each earlier row.

        `lines` are the carried documents in the earlier index, `numbers` the same ones here.
        """
        new_rows = np.full(len(earlier.passages), REMOVED, np.uint32)
        old_rows = earlier.passages.documents[:, 1].astype(np.int64)
        sizes = np.diff(self._first_rows)[numbers]
        new_rows[ranges(old_rows[lines], sizes)] = ranges(self._first_rows[numbers], sizes)
        return new_rows


def _positions(earlier: Keys, keys: Keys) -> Numbers:
    """The position of each key among the earlier keys, or -1."""
    if not len(earlier):
        return np.full(len(keys), -1)
    order = np.argsort(earlier)
    places = np.searchsorted(earlier, keys, sorter=order)
    positions = order[np.minimum(places, len(earlier) - 1)]
    return np.where(earlier[positions] == keys, positions, -1)


def _counted(segment: Segment, typical: NDArray[np.float64]) -> PostingSource:
    def read(first: int, last: int) -> tuple[PostingRows, Impacts]:
        return segment.postings(first, last, typical)

    return PostingSource(segment.terms, segment.starts, np.diff(segment.starts), read)


def _carried(earlier: LexicalFiles, new_rows: PostingRows, slice_size: int) -> PostingSource:
    old = earlier.postings
    starts = old.runs[old.starts]
    sizes = np.diff(starts)

    def read(begin: int, end: int) -> tuple[PostingRows, Impacts]:
        return new_rows[old.rows_between(begin, end)], old.impacts[begin:end]

    if (new_rows == REMOVED).any():
        for first, last in term_slices(starts, slice_size):
            rows, _ = read(starts[first], starts[last])
            term_starts = starts[first:last] - starts[first]
            sizes[first:last] = np.add.reduceat(rows != REMOVED, term_starts, dtype=int)
    return PostingSource(old.terms, starts, sizes, read)

"""Writing the lexical index: what an earlier one has is carried over, the rest is counted.

Impacts hold as long as a passage and its neighbours do; so an index that carries them over gives
the very scores of one that is written anew.
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
from chatbot.index.lexical.lexical_files import Stored
from chatbot.index.lexical.merge import GONE, Source, merge, slices
from chatbot.index.lexical.postings import Impacts, Keys, Rows, typical_lengths
from chatbot.index.lexical.sentence_terms import Part, write_sentences
from chatbot.index.lexical.term_counts import Counting, LexicalDocument, Run

Numbers = NDArray[np.int64]


def write_lexical(
    folder: Path,
    *,
    keys: Keys,
    first_rows: Numbers,
    read: Callable[[int], LexicalDocument],
    earlier: Path | None = None,
    advance: Callable[[int], object] = lambda _: None,
) -> None:
    """Write the index of some documents into a new folder, by number.

    Documents with equal keys have equal passages, found by equal words. `first_rows` has the
    first row of each and, last, the number of rows. What the folder `earlier` has already is
    not read again; `advance` is told how many documents are done, and 0 now and then where none is.
    Raises StorageError.
    """
    known = Stored.open(earlier) if earlier else None
    folder.mkdir()
    try:
        with TemporaryDirectory(dir=folder) as aside:
            wanted = _Wanted(keys, first_rows, read, advance, Counting(Path(aside)))
            sources = wanted.sources(known)
            merge(folder, sources, advance)
            write_sentences(folder, int(first_rows[-1]), wanted.sentences(known), advance)
        save_rows(folder / postings.DOCUMENTS, wanted.documents)
        save_rows(folder / postings.TYPICAL, wanted.typical)
    except OSError as failure:
        raise StorageError.while_writing(folder, failure) from failure


class _Wanted:
    """The documents that are to be indexed, by number, and what is found out about them."""

    def __init__(
        self,
        keys: Keys,
        first_rows: Numbers,
        read: Callable[[int], LexicalDocument],
        advance: Callable[[int], object],
        counting: Counting,
    ) -> None:
        self._first_rows = first_rows
        self._read = read
        self._advance = advance
        self._counting = counting
        # As `Passages` has them.
        self.documents = np.zeros((len(keys) + 1, 4), np.uint64)
        self.documents[:-1, 0], self.documents[:, 1] = keys, first_rows
        self.typical = np.ones(2)
        # The new row of each row of an earlier index, once it is known that they are carried over.
        self._moves: Rows | None = None

    def sources(self, known: Stored | None) -> list[Source]:
        """The postings of all documents, carried over from an index as far as they hold."""
        lines = np.full(len(self.documents) - 1, -1)
        if known:
            lines = _lines(known.passages.documents[:-1, 0], self.documents[:-1, 0])
        carried = np.flatnonzero(lines >= 0)
        self._count(np.flatnonzero(lines < 0))
        if known:
            self.documents[carried, 2:] = known.passages.documents[lines[carried], 2:]
        words = self.documents[:, 2:].sum(axis=0).astype(np.int64)
        self.typical = typical_lengths(words, int(self._first_rows[-1]))
        if known and (self.typical != known.passages.typical).any():
            self._count(carried)
            known = None
        elif known:
            self._advance(len(carried))
        sources = [_counted(run, self.typical) for run in self._counting.runs()]
        if known:
            self._moves = self._moved(known, lines[carried], carried)
            sources.append(_carried(known, self._moves))
        return sources

    def sentences(self, known: Stored | None) -> list[Part]:
        """The terms of all sentences, carried over like the postings, which come first."""
        parts = [run.sentences for run in self._counting.runs()]
        if known and self._moves is not None:
            said, old = known.sentences, np.flatnonzero(self._moves != GONE)
            rows, firsts = self._moves[old].astype(np.int64), said.starts[old]
            parts.append(
                Part(rows, firsts, said.starts[old + 1] - firsts, lambda: said.keys.mapped)
            )
        return parts

    def _count(self, numbers: Numbers) -> None:
        for number in numbers.tolist():
            words = self._counting.add(int(self._first_rows[number]), self._read(number))
            self.documents[number, 2:] = words
            self._advance(1)

    def _moved(self, known: Stored, lines: Numbers, numbers: Numbers) -> Rows:
        """The new row of each row of an earlier index, given the lines of documents in both."""
        moves = np.full(len(known.passages), GONE, np.uint32)
        old_rows = known.passages.documents[:, 1].astype(np.int64)
        sizes = np.diff(self._first_rows)[numbers]
        moves[ranges(old_rows[lines], sizes)] = ranges(self._first_rows[numbers], sizes)
        return moves


def _lines(known: Keys, wanted: Keys) -> Numbers:
    """Where each wanted key stands among the known ones; -1 where it does not."""
    if not len(known):
        return np.full(len(wanted), -1)
    order = np.argsort(known)
    places = np.searchsorted(known, wanted, sorter=order)
    lines = order[np.minimum(places, len(known) - 1)]
    return np.where(known[lines] == wanted, lines, -1)


def _counted(run: Run, typical: NDArray[np.float64]) -> Source:
    def read(first: int, last: int) -> tuple[Rows, Impacts]:
        return run.postings(first, last, typical)

    return Source(run.terms, run.starts, np.diff(run.starts), read)


def _carried(known: Stored, moves: Rows) -> Source:
    had = known.postings
    starts = had.runs[had.starts]
    sizes = np.diff(starts)

    def read(begin: int, end: int) -> tuple[Rows, Impacts]:
        return moves[had.rows_between(begin, end)], had.impacts[begin:end]

    if (moves == GONE).any():
        for first, last in slices(starts):
            rows, _ = read(starts[first], starts[last])
            parts = starts[first:last] - starts[first]
            sizes[first:last] = np.add.reduceat(rows != GONE, parts, dtype=int)
    return Source(had.terms, starts, sizes, read)

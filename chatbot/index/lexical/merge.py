"""Merging postings from several sources into the files of an index."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chatbot.index.array_files import save_rows, writing_rows
from chatbot.index.lexical import postings
from chatbot.index.lexical.postings import Impacts, Keys, Rows

Numbers = NDArray[np.int64]

# The row of a passage that is there no longer.
GONE: Final = 0xFFFF_FFFF
# Postings that are put in order at a time: some 60 MB while it happens. Four times as many take
# twice as long, for memory that is new to a process is dear.
_SLICE: Final = 1_000_000


class Source(NamedTuple):
    """Postings to be merged: those of each term lie from its start to the next, `sizes` remain.

    `read` gives the rows and impacts of whole terms, between two starts; `GONE` is the row of what
    does not remain.
    """

    terms: Keys
    starts: Numbers
    sizes: Numbers
    read: Callable[[int, int], tuple[Rows, Impacts]]


def merge(folder: Path, sources: Sequence[Source], advance: Callable[[int], object]) -> None:
    """Write the postings of all sources, by term and row; `advance` is told that it goes on."""
    none = np.empty(0, np.uint64)
    terms = np.unique(np.concatenate([none, *(each.terms[each.sizes > 0] for each in sources)]))
    sizes = np.zeros(len(terms), np.int64)
    for source in sources:
        remain = source.sizes > 0
        sizes[np.searchsorted(terms, source.terms[remain])] += source.sizes[remain]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    frequencies, in_runs = np.zeros((2, len(terms)), np.uint32)
    runs, run_blocks = [np.empty(0, np.int64)], [np.empty(0, np.uint16)]
    shape = (int(starts[-1]),)
    with (
        writing_rows(folder / postings.PLACES, shape, np.uint16) as write_places,
        writing_rows(folder / postings.IMPACTS, shape, np.uint8) as write_impacts,
    ):
        for first, last in slices(starts):
            advance(0)
            pieces = [_piece(source, terms, first, last) for source in sources]
            pairs, impacts = (np.concatenate(column) for column in zip(*pieces, strict=True))
            order = np.argsort(pairs, kind="stable")
            pairs, impacts = pairs[order], impacts[order]
            rows = (pairs & np.uint64(GONE)).astype(np.uint32)
            write_places(rows % postings.BLOCK)
            write_impacts(impacts)
            blocks = (rows // postings.BLOCK).astype(np.uint16)
            parts = starts[first:last] - starts[first]
            begins = np.append(True, blocks[1:] != blocks[:-1])
            begins[parts] = True
            runs.append(starts[first] + np.flatnonzero(begins))
            run_blocks.append(blocks[begins])
            for counts, counted in ((frequencies, impacts % 2), (in_runs, begins)):
                np.add.reduceat(counted, parts, dtype=np.uint32, out=counts[first:last])
    save_rows(folder / postings.TERMS, terms)
    save_rows(folder / postings.STARTS, np.concatenate([[0], np.cumsum(in_runs, dtype=np.int64)]))
    save_rows(folder / postings.RUNS, np.concatenate([*runs, starts[-1:]]))
    save_rows(folder / postings.RUN_BLOCKS, np.concatenate(run_blocks))
    save_rows(folder / postings.FREQUENCIES, frequencies)


def _piece(source: Source, terms: Keys, first: int, last: int) -> tuple[Keys, Impacts]:
    """A source's postings of the terms from `first` on: term and row as one number, and impact."""
    begin = int(np.searchsorted(source.terms, terms[first]))
    end = int(np.searchsorted(source.terms, terms[last - 1], side="right"))
    starts = source.starts[begin : end + 1]
    rows, impacts = source.read(int(starts[0]), int(starts[-1]))
    # A term of which nothing remains has no place among the terms, and no row either.
    places = np.searchsorted(terms, source.terms[begin:end])
    pairs = np.repeat(places, np.diff(starts)).astype(np.uint64) << np.uint64(32) | rows
    remain = rows != GONE
    return (pairs, impacts) if remain.all() else (pairs[remain], impacts[remain])


def slices(starts: Numbers) -> Iterator[tuple[int, int]]:
    """The terms in groups of about so many postings: the first, and the one after the last."""
    cuts = np.searchsorted(starts[:-1], np.arange(0, starts[-1], _SLICE))
    bounds = np.unique(np.append(cuts, len(starts) - 1)).tolist()
    yield from pairwise(bounds)

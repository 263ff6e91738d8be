"""Merge the postings of several sources into the files of an index."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from chatbot.index.array_files import Numbers, save_rows, writing_rows
from chatbot.index.lexical import postings
from chatbot.index.lexical.postings import Impacts, Keys, PostingRows
from chatbot.index.lexical.tuning import LexicalTuning

# The row of a passage that isn't carried over.
REMOVED: Final = 0xFFFF_FFFF


class PostingSource(NamedTuple):
    """Postings to merge, ascending by term.

    Term `i` has the postings from `starts[i]` to `starts[i + 1]`, of which `sizes[i]` remain.
    `read` returns the rows and impacts between two starts; the row of a posting that doesn't
    remain is `REMOVED`.
    """

    terms: Keys
    starts: Numbers
    sizes: Numbers
    read: Callable[[int, int], tuple[PostingRows, Impacts]]


def merge(
    folder: Path,
    sources: Sequence[PostingSource],
    advance: Callable[[int], object],
    tuning: LexicalTuning,
) -> None:
    """Write the postings of all sources, ordered by term and row; calls `advance(0)` per slice."""
    no_keys = np.empty(0, np.uint64)
    term_lists = [source.terms[source.sizes > 0] for source in sources]
    terms = np.unique(np.concatenate([no_keys, *term_lists]))
    sizes = np.zeros(len(terms), np.int64)
    for source in sources:
        mask = source.sizes > 0
        sizes[np.searchsorted(terms, source.terms[mask])] += source.sizes[mask]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    frequencies, in_runs = np.zeros((2, len(terms)), np.uint32)
    runs, run_blocks = [np.empty(0, np.int64)], [np.empty(0, np.uint16)]
    shape = (int(starts[-1]),)
    with (
        writing_rows(folder / postings.PLACES, shape, np.uint16) as write_places,
        writing_rows(folder / postings.IMPACTS, shape, np.uint8) as write_impacts,
    ):
        for first, last in term_slices(starts, tuning.postings_per_merge):
            advance(0)
            slices = [_slice(source, terms, first, last) for source in sources]
            pairs, impacts = (np.concatenate(column) for column in zip(*slices, strict=True))
            order = np.argsort(pairs, kind="stable")
            pairs, impacts = pairs[order], impacts[order]
            rows = (pairs & np.uint64(REMOVED)).astype(np.uint32)
            write_places(rows % tuning.block)
            write_impacts(impacts)
            blocks = (rows // tuning.block).astype(np.uint16)
            term_starts = starts[first:last] - starts[first]
            begins = np.append(True, blocks[1:] != blocks[:-1])
            begins[term_starts] = True
            runs.append(starts[first] + np.flatnonzero(begins))
            run_blocks.append(blocks[begins])
            for counts, flags in ((frequencies, impacts % 2), (in_runs, begins)):
                np.add.reduceat(flags, term_starts, dtype=np.uint32, out=counts[first:last])
    save_rows(folder / postings.TERMS, terms)
    save_rows(folder / postings.STARTS, np.concatenate([[0], np.cumsum(in_runs, dtype=np.int64)]))
    save_rows(folder / postings.RUNS, np.concatenate([*runs, starts[-1:]]))
    save_rows(folder / postings.RUN_BLOCKS, np.concatenate(run_blocks))
    save_rows(folder / postings.FREQUENCIES, frequencies)


def _slice(source: PostingSource, terms: Keys, first: int, last: int) -> tuple[Keys, Impacts]:
    """A source's postings of the terms `first` to `last`: (term, row) as one number, impact."""
    begin = int(np.searchsorted(source.terms, terms[first]))
    end = int(np.searchsorted(source.terms, terms[last - 1], side="right"))
    starts = source.starts[begin : end + 1]
    rows, impacts = source.read(int(starts[0]), int(starts[-1]))
    # A term without remaining postings gets a wrong number here, but has no rows to keep.
    numbers = np.searchsorted(terms, source.terms[begin:end])
    pairs = np.repeat(numbers, np.diff(starts)).astype(np.uint64) << np.uint64(32) | rows
    mask = rows != REMOVED
    return (pairs, impacts) if mask.all() else (pairs[mask], impacts[mask])


def term_slices(starts: Numbers, size: int) -> Iterator[tuple[int, int]]:
    """Half-open ranges of terms with about `size` postings each."""
    cuts = np.searchsorted(starts[:-1], np.arange(0, starts[-1], size))
    bounds = np.unique(np.append(cuts, len(starts) - 1)).tolist()
    yield from pairwise(bounds)

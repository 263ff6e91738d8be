"""The postings of a lexical index by passage, and the frequencies of its terms by circle.

An engine with sparse vectors stores a passage's impacts with the passage. A circle is a set of
documents with the same access conditions. What some people may see is a set of circles, so the
frequencies of its terms are sums over circles. Terms are short keys: among a million of them, one
question in a thousand has a term that collides with another.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chatbot.index.array_files import Numbers, ranges
from chatbot.index.lexical.postings import Impacts, Keys, Postings, term_key
from chatbot.index.lexical.sentence_terms import ShortKeys, shortened

CircleCounts = NDArray[np.uint32]

# Milvus numbers the components of a sparse vector up to this.
_LAST_COMPONENT: Final = np.uint32(2**32 - 2)
_HIGH: Final = np.uint64(32)


class ForwardBlock(NamedTuple):
    """The postings of the passages from row `first` on.

    Those of the n-th passage are at `bounds[n]:bounds[n + 1]` of `components` and `impacts`.
    """

    first: int
    bounds: Numbers
    components: ShortKeys
    impacts: Impacts


def component(term: str) -> int:
    """The component of a sparse vector that stands for a term."""
    return int(_components(np.array([term_key(term)], np.uint64))[0])


def _components(keys: Keys) -> ShortKeys:
    components: ShortKeys = np.minimum(shortened(keys), _LAST_COMPONENT)
    return components


def forward_blocks(lists: Postings, passages: int) -> Iterator[ForwardBlock]:
    """The postings of all passages, in blocks of consecutive rows."""
    sizes = np.diff(lists.runs)
    terms = np.repeat(_components(lists.terms), np.diff(lists.starts))
    for first in range(0, passages, lists.block):
        runs = np.flatnonzero(lists.run_blocks == first // lists.block)
        positions = ranges(lists.runs[runs], sizes[runs])
        places = lists.places[positions]
        order = np.argsort(places, kind="stable")
        rows = np.arange(min(lists.block, passages - first) + 1)
        yield ForwardBlock(
            first,
            np.searchsorted(places[order].astype(np.int64), rows),
            np.repeat(terms[runs], sizes[runs])[order],
            lists.impacts[positions[order]],
        )


class CircleCounter:
    """Counts postings by term and circle."""

    def __init__(self) -> None:
        self._pairs: list[Keys] = []
        self._counts: list[NDArray[np.int64]] = []

    def add(self, block: ForwardBlock, circles: NDArray[np.int32]) -> None:
        """Count the postings of a block; `circles` has the circle of each of its passages."""
        repeated = np.repeat(circles, np.diff(block.bounds)).astype(np.uint64)
        pairs = block.components.astype(np.uint64) << _HIGH | repeated
        # The passage itself has the term where the impact is odd.
        self._pairs.append(pairs)
        self._counts.append(np.stack([np.ones_like(block.impacts), block.impacts & 1]).astype(int))
        self._join()

    def _join(self) -> None:
        pairs, places = np.unique(np.concatenate(self._pairs), return_inverse=True)
        counts = np.concatenate(self._counts, axis=1)
        sums = [np.bincount(places, row, len(pairs)).astype(np.int64) for row in counts]
        self._pairs, self._counts = [pairs], [np.stack(sums)]

    def counts(self) -> CircleCounts:
        """Ascending lines of term, circle, postings, and passages that have the term themselves."""
        if not self._pairs:
            return np.empty((0, 4), np.uint32)
        pairs, (sizes, frequencies) = self._pairs[0], self._counts[0]
        columns = (pairs >> _HIGH, pairs & np.uint64(0xFFFF_FFFF), sizes, frequencies)
        return np.stack([column.astype(np.uint32) for column in columns], axis=1)

"""The best rows of a search, with ties broken by row, even at the last place."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]
Scores = NDArray[np.float32]
Search = Callable[[int], tuple[Rows, Scores]]


def best(search: Search, depth: int) -> tuple[Rows, Scores]:
    """The first `depth` rows by score, ties by row, of a search that breaks ties arbitrarily.

    `search` takes a depth and returns at most as many rows, best first.
    """
    limit = depth + 1
    while True:
        rows, scores = search(limit)
        if len(rows) < limit or scores[-1] < scores[depth - 1]:
            order = np.lexsort((rows, -scores))[:depth]
            return rows[order], scores[order]
        limit *= 2

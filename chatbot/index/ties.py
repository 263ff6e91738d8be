"""The best of a search, with ties broken by row even where the last place is shared."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]
Scores = NDArray[np.float32]
Search = Callable[[int], tuple[Rows, Scores]]


def best(search: Search, depth: int) -> tuple[Rows, Scores]:
    """The first `depth` rows by score, ties by row, of a search that breaks ties as it likes.

    `search` gives at most as many as it is asked for, best first.
    """
    wanted = depth + 1
    while True:
        rows, scores = search(wanted)
        if len(rows) < wanted or scores[-1] < scores[depth - 1]:
            order = np.lexsort((rows, -scores))[:depth]
            return rows[order], scores[order]
        wanted *= 2

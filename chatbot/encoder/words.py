"""Vectors of words out of context, from a model's input embeddings."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray


def mean_rows(
    table: NDArray[np.floating[Any]], ids: Sequence[Sequence[int]]
) -> NDArray[np.float32]:
    """The mean of some rows of a table for each list of row numbers, scaled to length one.

    The row of an empty list is zero.
    """
    vectors = np.zeros((len(ids), table.shape[1]), np.float32)
    filled = [place for place, rows in enumerate(ids) if rows]
    if filled:
        starts = np.cumsum([0, *(len(ids[place]) for place in filled[:-1])])
        rows = table[[*chain.from_iterable(ids)]].astype(np.float32)
        # A sum has the direction of the mean.
        vectors[filled] = np.add.reduceat(rows, starts, axis=0)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    found: NDArray[np.float32] = vectors / np.maximum(lengths, 1e-12)
    return found

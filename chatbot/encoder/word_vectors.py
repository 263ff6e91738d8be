"""Vectors of words out of context, from a model's input embeddings."""

from __future__ import annotations

from collections.abc import Sequence
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
    left = [place for place, rows in enumerate(ids) if rows]
    nth = 0
    while left:
        # A sum has the direction of the mean. Most words are of one row.
        vectors[left] += table[[ids[place][nth] for place in left]]
        nth += 1
        left = [place for place in left if len(ids[place]) > nth]
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    found: NDArray[np.float32] = vectors / np.maximum(lengths, 1e-12)
    return found

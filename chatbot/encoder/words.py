"""Vectors of words out of context, from a model's input embeddings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def mean_rows(
    table: NDArray[np.floating[Any]], ids: Sequence[Sequence[int]]
) -> NDArray[np.float32]:
    """The mean of some rows of a table for each list of row numbers, scaled to length one."""
    vectors = np.zeros((len(ids), table.shape[1]), np.float32)
    for place, rows in enumerate(ids):
        if rows:
            vectors[place] = table[rows].mean(axis=0)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    found: NDArray[np.float32] = vectors / np.maximum(lengths, 1e-12)
    return found

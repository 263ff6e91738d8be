"""Vectors of single words, from a model's input embeddings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def mean_rows(
    table: NDArray[np.floating[Any]], ids: Sequence[Sequence[int]]
) -> NDArray[np.float32]:
    """For each list of row numbers, the mean of these rows of the table, scaled to length one.

    An empty list gives a zero vector.
    """
    vectors = np.zeros((len(ids), table.shape[1]), np.float32)
    pending = [position for position, rows in enumerate(ids) if rows]
    column = 0
    while pending:
        # The sum has the direction of the mean. Most words have one row.
        vectors[pending] += table[[ids[position][column] for position in pending]]
        column += 1
        pending = [position for position in pending if len(ids[position]) > column]
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: NDArray[np.float32] = vectors / np.maximum(lengths, 1e-12)
    return unit

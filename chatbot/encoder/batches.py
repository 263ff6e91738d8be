"""How texts are grouped for the model: near-equal lengths together, so that little is padding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Inputs: TypeAlias = dict[str, NDArray[np.int64]]


def batches(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Positions of texts, longest first, in groups of at most `budget` tokens when padded.

    A text longer than the budget comes alone. Longest first, because the first batch then shows
    at once whether memory suffices.
    """
    order = sorted(range(len(lengths)), key=lambda place: (-lengths[place], place))
    start = 0
    while start < len(order):
        size = max(1, budget // max(1, lengths[order[start]]))
        yield order[start : start + size]
        start += size


def padded(tokens: Sequence[Sequence[int]], width: int = 0) -> Inputs:
    """Token ids and mask as rectangles, padded with 0 on the right; the mask hides the padding.

    As wide as the longest text, or as `width` if that is more.
    """
    width = max(width, *(len(ids) for ids in tokens))
    ids = np.zeros((len(tokens), width), np.int64)
    mask = np.zeros_like(ids)
    for row, sequence in enumerate(tokens):
        ids[row, : len(sequence)] = sequence
        mask[row, : len(sequence)] = 1
    return {"input_ids": ids, "attention_mask": mask}

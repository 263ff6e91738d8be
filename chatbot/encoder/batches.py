"""Batches of texts with similar lengths, so that little of a batch is padding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Inputs: TypeAlias = dict[str, NDArray[np.int64]]

# Half a second of work for a processor.
_PORTION_BATCHES: Final = 4


def batches(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Positions of texts in batches of at most `budget` tokens, padding included.

    A text longer than the budget gets a separate batch. The longest texts come first, so that
    the first batch shows whether memory suffices.
    """
    order = sorted(range(len(lengths)), key=lambda position: (-lengths[position], position))
    start = 0
    while start < len(order):
        size = max(1, budget // max(1, lengths[order[start]]))
        yield order[start : start + size]
        start += size


def portions(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Positions of texts in portions of several batches.

    The texts of a portion by themselves, in this order, get the same batches.
    """
    whole = batches(lengths, budget)
    while portion := [*islice(whole, _PORTION_BATCHES)]:
        yield [position for batch in portion for position in batch]


def padded(tokens: Sequence[Sequence[int]], width: int = 0) -> Inputs:
    """Token ids and attention mask, `(len(tokens), width)`, padded with 0 on the right.

    The width is that of the longest text, or `width` if that is larger.
    """
    width = max(width, *(len(ids) for ids in tokens))
    ids = np.zeros((len(tokens), width), np.int64)
    mask = np.zeros_like(ids)
    for row, sequence in enumerate(tokens):
        ids[row, : len(sequence)] = sequence
        mask[row, : len(sequence)] = 1
    return {"input_ids": ids, "attention_mask": mask}

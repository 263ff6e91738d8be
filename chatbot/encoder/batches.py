"""How texts are grouped for the model: near-equal lengths together, so that little is padding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


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

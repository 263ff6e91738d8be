"""The constants and formulas of BM25 (Robertson et al., "Okapi at TREC-3", 1994)."""

from __future__ import annotations

import math
from typing import Final

# The usual values: how quickly a repeated term stops adding score, and how much length counts.
K1: Final = 1.2
B: Final = 0.75
# The limit of a term's weight as the term repeats, as a multiple of its rarity.
CEILING: Final = K1 + 1


def inverse_document_frequency(frequency: int, passages: int) -> float:
    """Robertson and Spärck Jones (1976), plus one inside the logarithm to avoid negatives."""
    return math.log(1 + (passages - frequency + 0.5) / (frequency + 0.5))

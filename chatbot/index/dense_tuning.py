"""The sizes and limits of a dense index."""

from __future__ import annotations

from dataclasses import dataclass

from chatbot.index.array_files import MAPPED_UP_TO


@dataclass(frozen=True, slots=True)
class DenseTuning:
    """Sizes and limits of a dense index."""

    # Beyond this many passages, cells save more time than they cost: tests/benchmarks/growth.py.
    exact_up_to: int = 50_000
    # The number of cells, as a multiple of the square root of the number of passages.
    cells_per_root: int = 2
    # The cells that a search reads.
    probes: int = 64
    # More training rounds or rows change recall by less than .001.
    training_rounds: int = 10
    training_rows_per_cell: int = 64
    # Candidates by int8 score, per hit by exact score. With 1.2, each of 300 questions to a million
    # passages got the same hundred hits as with 5.
    candidates_per_hit: float = 1.25
    # Exact vectors up to this size in bytes are read through their memory map.
    mapped_up_to: int = MAPPED_UP_TO

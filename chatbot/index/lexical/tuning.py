"""The sizes and limits of a lexical index."""

from __future__ import annotations

from dataclasses import dataclass

from chatbot.index.array_files import MAPPED_UP_TO


@dataclass(frozen=True, slots=True)
class LexicalTuning:
    """Sizes and limits; the same `block` must be used to write an index and to search it."""

    # Rows per block; two bytes address a row within it.
    block: int = 65_536

    # -- search --
    # A search adds up at least this many postings before it may end early.
    least_postings: int = 100_000
    # A search adds up at most this many postings per passage of the index; for the recall, see
    # tests/benchmarks/growth.py.
    postings_per_passage: float = 0.4
    # The number of candidates for which the remaining terms are looked up: the largest of a
    # minimum, a multiple of the depth, and a share of the index.
    least_candidates: int = 1_000
    candidates_per_hit: int = 4
    passages_per_candidate: int = 500
    # Files up to this size in bytes are read through their memory map.
    mapped_up_to: int = MAPPED_UP_TO

    # -- writing --
    # About 3 million postings, 150 MB while they are counted.
    passages_per_segment: int = 16_384
    # 60 MB while they are merged. Four times as many take twice as long, because new memory is
    # expensive.
    postings_per_merge: int = 1_000_000

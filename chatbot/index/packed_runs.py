"""Where text stands on pages, packed: a stretch of text is a row of small numbers.

Rows follow each other, so what is kept is mostly how each differs from the row before.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np

from chatbot.types import Run, Span

_COLUMNS = 10
_BOX_UNITS = 100  # a box is kept to a hundredth of a point


def pack_runs(runs: Sequence[Run]) -> bytes:
    """Runs as compressed int32 rows, each less the one before; empty for none."""
    if not runs:
        return b""
    rows = np.zeros((len(runs), _COLUMNS), np.int64)
    for place, run in enumerate(runs):
        box = run.box or (0.0, 0.0, 0.0, 0.0)
        sides = [round(side * _BOX_UNITS) for side in box]
        rows[place] = [*run.span, run.page, *run.chars, run.box is not None, *sides]
    steps = np.diff(rows, axis=0, prepend=0).astype("<i4")
    return zlib.compress(np.ascontiguousarray(steps.T).tobytes())


def unpack_runs(packed: bytes) -> tuple[Run, ...]:
    """What was packed. Raises ValueError or zlib.error for anything else."""
    if not packed:
        return ()
    steps = np.frombuffer(zlib.decompress(packed), "<i4").reshape(_COLUMNS, -1)
    rows = np.cumsum(steps.T, axis=0, dtype=np.int64).tolist()
    return tuple(
        Run(Span(start, stop), page, Span(first, last), _box(sides) if boxed else None)
        for start, stop, page, first, last, boxed, *sides in rows
    )


def _box(sides: Sequence[int]) -> tuple[float, float, float, float]:
    left, top, right, bottom = (side / _BOX_UNITS for side in sides)
    return left, top, right, bottom

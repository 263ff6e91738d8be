"""Pack the positions of text on pages: each run becomes a row of small numbers.

Neighbouring rows are alike, so only the differences between them are stored.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np

from chatbot.types import Run, Span

_COLUMNS = 10
_BOX_UNITS = 100  # boxes are stored to a hundredth of a point


def pack_runs(runs: Sequence[Run]) -> bytes:
    """Runs as compressed int32 rows, each as the difference to the row before; empty for none."""
    if not runs:
        return b""
    rows = np.zeros((len(runs), _COLUMNS), np.int64)
    for number, run in enumerate(runs):
        box = run.box or (0.0, 0.0, 0.0, 0.0)
        sides = [round(side * _BOX_UNITS) for side in box]
        rows[number] = [*run.span, run.page, *run.chars, run.box is not None, *sides]
    steps = np.diff(rows, axis=0, prepend=0).astype("<i4")
    return zlib.compress(np.ascontiguousarray(steps.T).tobytes())


def unpack_runs(packed: bytes) -> tuple[Run, ...]:
    """The inverse of `pack_runs`. Raises ValueError or zlib.error for other bytes."""
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

"""Arrays of a build: files of NumPy's own format, written front to back.

Where the disk is full, a plain write fails and says so; NumPy's `save` fails without a reason, and
writing through a memory map ends the process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from chatbot.errors import IndexDamaged

Append = Callable[[NDArray[Any]], object]


@contextmanager
def writing_rows(path: Path, shape: tuple[int, ...], kind: DTypeLike) -> Iterator[Append]:
    """What appends rows to a new file, which must come to have this shape in the end."""
    with path.open("wb") as stream:
        header = {"descr": np.dtype(kind).str, "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(stream, header)
        yield lambda rows: stream.write(
            np.ascontiguousarray(rows, kind).reshape(-1).view("u1").data
        )


def save_rows(path: Path, rows: NDArray[Any]) -> None:
    """Write a whole array."""
    with writing_rows(path, rows.shape, rows.dtype) as append:
        append(rows)


def ranges(firsts: NDArray[np.int64], sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """The numbers of several ranges, one after the other."""
    ends = np.cumsum(sizes)
    found: NDArray[np.int64] = np.repeat(firsts - (ends - sizes), sizes) + np.arange(sizes.sum())
    return found


def open_rows(path: Path) -> NDArray[Any]:
    """The rows of a file, memory-mapped. Raises IndexDamaged."""
    try:
        # A plain view: the subclass that maps a file costs more than reading a few rows of it.
        return np.asarray(np.load(path, mmap_mode="r"))
    except (OSError, EOFError, ValueError) as failure:
        raise IndexDamaged(path.parent, f"{path.name} can't be read") from failure

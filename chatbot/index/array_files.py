"""Arrays of a build: NumPy files, written front to back.

On a full disk a plain write fails with a reason. NumPy's `save` fails without one, and writing
through a memory map kills the process.
"""

from __future__ import annotations

import os
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import repeat
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import DTypeLike, NDArray

from chatbot.errors import IndexDamaged
from chatbot.mapped_array import mapped_array

Append = Callable[[NDArray[Any]], object]
Numbers = NDArray[np.int64]

# Files up to this size in bytes are read through their memory map.
MAPPED_UP_TO: Final = 256 * 1024**2
# Reads slower than this many seconds per range came from the disk.
_FROM_MEMORY: Final = 1e-5
# Bytes to prefetch before and after each range.
_PREFETCHED: Final = 32 * 1024


@contextmanager
def writing_rows(path: Path, shape: tuple[int, ...], kind: DTypeLike) -> Iterator[Append]:
    """A function that appends rows to a new file; all rows together must have this shape."""
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


def ranges(firsts: Numbers, sizes: Numbers) -> Numbers:
    """The numbers of several ranges, concatenated."""
    ends = np.cumsum(sizes)
    numbers: Numbers = np.repeat(firsts - (ends - sizes), sizes) + np.arange(sizes.sum())
    return numbers


def open_rows(path: Path) -> NDArray[Any]:
    """The rows of a file, memory-mapped. Raises IndexDamaged."""
    try:
        return mapped_array(path)
    except (OSError, EOFError, ValueError) as failure:
        raise IndexDamaged(path.parent, f"{path.name} can't be read") from failure


class ScatteredRows:
    """A file of rows, of which each question reads a few scattered ones.

    A page of a mapped file brings its neighbours into memory, 64 KB on Linux and more from the
    disk, so all of a large file would soon be in memory. A large file is therefore not mapped:
    only the bytes of the rows are read. A small file is mapped, which is a third faster.

    While rows come from the disk, all of them and their surroundings are prefetched before the
    first is read, because a disk serves many reads in little more time than one. Prefetching stops
    once rows come from memory.
    """

    def __init__(self, path: Path, *, mapped_up_to: int = MAPPED_UP_TO) -> None:
        """Open a file; up to `mapped_up_to` bytes it is mapped. Raises IndexDamaged."""
        self._path = path
        self.mapped: NDArray[Any] = open_rows(path)
        self._file = None
        if self.mapped.nbytes > mapped_up_to and hasattr(os, "pread"):
            try:
                self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            except OSError as failure:
                raise self._damaged(f"can't be read ({failure.strerror})") from failure
            weakref.finalize(self, os.close, self._file)
            self._begin = os.fstat(self._file).st_size - self.mapped.nbytes
        self._from_disk = hasattr(os, "posix_fadvise")

    def __len__(self) -> int:
        return len(self.mapped)

    def read(self, firsts: Numbers, sizes: Numbers) -> NDArray[Any]:
        """The rows of these ranges, concatenated. Raises IndexDamaged."""
        if self._file is None or not len(firsts):
            rows: NDArray[Any] = self.mapped[ranges(firsts, sizes)]
            return rows
        # Adjacent ranges are read together.
        begins = np.flatnonzero(np.append(True, firsts[1:] != firsts[:-1] + sizes[:-1]))
        joined_sizes = np.add.reduceat(sizes, begins)
        stride = self.mapped.strides[0]
        lengths = (joined_sizes * stride).tolist()
        offsets = (firsts[begins] * stride + self._begin).tolist()
        try:
            content = self._content(self._file, offsets, lengths)
        except OSError as failure:
            raise self._damaged(f"can't be read ({failure.strerror})") from failure
        if len(content) != sum(lengths):
            raise self._damaged("has been cut short")
        return np.frombuffer(content, self.mapped.dtype).reshape(-1, *self.mapped.shape[1:])

    def _content(self, file: int, offsets: list[int], lengths: list[int]) -> bytes:
        start = time.perf_counter()
        if self._from_disk:
            for offset, length in zip(offsets, lengths, strict=True):
                begin, size = max(offset - _PREFETCHED, 0), length + 2 * _PREFETCHED
                with suppress(OSError):  # it is only a hint
                    os.posix_fadvise(file, begin, size, os.POSIX_FADV_WILLNEED)
        content = b"".join(map(os.pread, repeat(file), lengths, offsets))
        if hasattr(os, "posix_fadvise"):
            self._from_disk = time.perf_counter() - start > _FROM_MEMORY * len(offsets)
        return content

    def _damaged(self, problem: str) -> IndexDamaged:
        return IndexDamaged(self._path.parent, f"{self._path.name} {problem}")

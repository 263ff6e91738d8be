"""Arrays of a build: files of NumPy's own format, written front to back.

Where the disk is full, a plain write fails and says so; NumPy's `save` fails without a reason, and
writing through a memory map ends the process.
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

Append = Callable[[NDArray[Any]], object]
Numbers = NDArray[np.int64]

# A file of at most so many bytes is read where it is mapped.
MAPPED_UP_TO: Final = 256 * 1024**2
# Rows that took longer than so many seconds each came from the disk.
_FROM_MEMORY: Final = 1e-5
# Bytes before and behind.
_AROUND: Final = 32 * 1024


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


def ranges(firsts: Numbers, sizes: Numbers) -> Numbers:
    """The numbers of several ranges, one after the other."""
    ends = np.cumsum(sizes)
    found: Numbers = np.repeat(firsts - (ends - sizes), sizes) + np.arange(sizes.sum())
    return found


def open_rows(path: Path) -> NDArray[Any]:
    """The rows of a file, memory-mapped. Raises IndexDamaged."""
    try:
        # A plain view: the subclass that maps a file costs more than reading a few rows of it.
        return np.asarray(np.load(path, mmap_mode="r"))
    except (OSError, EOFError, ValueError) as failure:
        raise IndexDamaged(path.parent, f"{path.name} can't be read") from failure


class ScatteredRows:
    """The rows of a file, of which a few are wanted here and there.

    Each page that is read of a mapped file brings its neighbours along, 64 KB on Linux and more
    where they have to be fetched from the disk: so a large file would soon be in memory whole, for
    a few rows a question. Of such a file just the bytes of these rows are read. A small one is
    mapped, which is a third quicker.

    While rows come from the disk, all are asked for before the first is read, and with them what
    lies around: a disk brings many in little more time than one, and the system keeps what it has
    brought. Where they are in memory, that would be for nothing.
    """

    def __init__(self, path: Path) -> None:
        """Open a file. Raises IndexDamaged."""
        self._path = path
        self.mapped: NDArray[Any] = open_rows(path)
        self._file = None
        if self.mapped.nbytes > MAPPED_UP_TO and hasattr(os, "pread"):
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
        """So many rows from each place on, one after the other. Raises IndexDamaged."""
        if self._file is None or not len(firsts):
            found: NDArray[Any] = self.mapped[ranges(firsts, sizes)]
            return found
        # Ranges that follow each other are read together.
        begins = np.flatnonzero(np.append(True, firsts[1:] != firsts[:-1] + sizes[:-1]))
        together = np.add.reduceat(sizes, begins)
        stride = self.mapped.strides[0]
        amounts = (together * stride).tolist()
        places = (firsts[begins] * stride + self._begin).tolist()
        try:
            content = self._content(self._file, places, amounts)
        except OSError as failure:
            raise self._damaged(f"can't be read ({failure.strerror})") from failure
        if len(content) != sum(amounts):
            raise self._damaged("has been cut short")
        return np.frombuffer(content, self.mapped.dtype).reshape(-1, *self.mapped.shape[1:])

    def _content(self, file: int, places: list[int], amounts: list[int]) -> bytes:
        began = time.perf_counter()
        if self._from_disk:
            for place, amount in zip(places, amounts, strict=True):
                begin, size = max(place - _AROUND, 0), amount + 2 * _AROUND
                with suppress(OSError):  # it is only a hint
                    os.posix_fadvise(file, begin, size, os.POSIX_FADV_WILLNEED)
        content = b"".join(map(os.pread, repeat(file), amounts, places))
        if hasattr(os, "posix_fadvise"):
            self._from_disk = time.perf_counter() - began > _FROM_MEMORY * len(places)
        return content

    def _damaged(self, problem: str) -> IndexDamaged:
        return IndexDamaged(self._path.parent, f"{self._path.name} {problem}")

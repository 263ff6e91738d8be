"""The dense arm: unit vectors of passages in FAISS, half precision, memory-mapped.

Half precision keeps the ranking (recall@10 of 1.000 against single precision on 100,000
passages) at half the size. Up to `EXACT_UP_TO` passages every vector is compared; beyond, the
vectors lie in cells around the centres of their clusters, and only the nearest cells are read.
Whatever is read is scored exactly. Only this module imports faiss.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import faiss
import numpy as np
from numpy.typing import NDArray

from chatbot.errors import IndexDamaged, StorageError
from chatbot.index.ties import best

Rows = NDArray[np.int64]
Scores = NDArray[np.float32]

# From here on cells are quicker by more than they cost: tests/benchmarks/growth.py.
EXACT_UP_TO: Final = 50_000
# Cells to a search, and cells in all as a multiple of the root of the number of passages.
_PROBES: Final = 64
_CELLS: Final = 2
# Enough for centres that serve; more rounds and rows change recall by less than .001.
_ROUNDS: Final = 10
_ROWS_A_CELL: Final = 64
_SLAB: Final = 65_536


class DenseWriter:
    """Collects vectors in row order and writes the index at the end.

    With `centres`, an index that has cells, the vectors go into cells like those.
    """

    def __init__(self, dimensions: int, *, centres: DenseIndex | None = None) -> None:
        # Unit rows make inner product equal cosine; FAISS has no cosine of its own.
        self._index: Any = (
            centres.without_vectors()
            if centres
            else faiss.IndexScalarQuantizer(
                dimensions, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
            )
        )
        self._centres = centres

    def add(self, vectors: NDArray[np.float32], carried: Rows | None = None) -> None:
        """Append rows, `(n, dimensions)`.

        `carried` has the row of each in the index with the centres, which knows its cell, or -1.
        """
        vectors = np.ascontiguousarray(vectors, np.float32)
        with _one_thread():
            self._add(vectors, carried)

    def _add(self, vectors: NDArray[np.float32], carried: Rows | None) -> None:
        if self._centres is None or carried is None:
            self._index.add(vectors)
            return
        cells = self._centres.cells(carried)
        fresh = np.flatnonzero(carried < 0)
        if len(fresh):
            _, nearest = self._index.quantizer.search(vectors[fresh], 1)
            cells[fresh] = nearest[:, 0]
        pointers = faiss.swig_ptr(vectors), None, faiss.swig_ptr(cells)
        self._index.add_core(len(vectors), *pointers)

    def write(self, path: Path) -> None:
        """Write the file. Raises StorageError."""
        index = self._index
        if self._centres is None and index.ntotal > EXACT_UP_TO:
            index = _around_new_centres(index)
        try:
            with path.open("wb") as stream:
                # A file that FAISS opens itself loses what no longer fits, without an error.
                writer = faiss.PyCallbackIOWriter(stream.write)  # type: ignore[attr-defined]
                faiss.write_index(index, writer)
        except OSError as failure:
            raise StorageError.while_writing(path, failure.strerror) from failure


@contextmanager
def _one_thread() -> Iterator[None]:
    """Have OpenMP take no other thread meanwhile.

    For little work one would do it, and the others wait for it at full speed, and for what might
    come after it: on few cores that slows the rest of an answer, or who asks while a build goes on.
    """
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(threads)


def cells_for(vectors: int) -> int:
    """How many cells so many vectors are put into; 0 where every one is compared."""
    return _CELLS * math.isqrt(vectors) if vectors > EXACT_UP_TO else 0


def _around_new_centres(flat: Any) -> Any:
    """The same vectors around the centres of their clusters (Jégou et al., IVF, 2011).

    The same vectors give the same cells: rows for training are evenly spaced and the seed is
    FAISS's own constant.
    """
    cells = cells_for(flat.ntotal)
    index = _cells_around(faiss.IndexFlatIP(flat.d), cells)
    index.cp.niter, index.cp.spherical = _ROUNDS, True
    step = max(1, flat.ntotal // (cells * _ROWS_A_CELL))
    index.train(flat.reconstruct_batch(np.arange(0, flat.ntotal, step)))
    for first in range(0, flat.ntotal, _SLAB):
        index.add(flat.reconstruct_n(first, min(_SLAB, flat.ntotal - first)))
    return index


def _cells_around(centres: Any, cells: int) -> Any:
    """So many empty cells, whose centres may yet have to be found."""
    index = faiss.IndexIVFScalarQuantizer(
        centres,
        centres.d,
        cells,
        faiss.ScalarQuantizer.QT_fp16,
        faiss.METRIC_INNER_PRODUCT,
        False,  # noqa: FBT003 - whole vectors, not what is left beside the centre
    )
    index.nprobe = _PROBES
    return index


class DenseIndex:
    """Nearest passages by cosine."""

    def __init__(self, path: Path) -> None:
        try:
            # The flag maps the vectors into memory instead of reading them.
            index: Any = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
        except RuntimeError as failure:
            raise IndexDamaged(path.parent, f"{path.name} can't be read") from failure
        self._cells = int(getattr(index, "nlist", 0))
        if self._cells:
            # Where each row lies, so that its vector can be had.
            index.make_direct_map()
        self._index = index

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def method(self) -> dict[str, int]:
        """How many cells there are and how many a search reads; none where it is exact."""
        return {"cells": self._cells, "probes": self._index.nprobe} if self._cells else {}

    def cells(self, rows: Rows) -> Rows:
        """The cell of each row; of what is not a row, any."""
        found: Rows = self._cell_of_row[rows]
        return found

    @cached_property
    def _cell_of_row(self) -> Rows:
        # FAISS keeps the cell and the place in it, in 32 bits each.
        cells: Rows = faiss.vector_to_array(self._index.direct_map.array) >> 32
        return cells

    def without_vectors(self) -> Any:
        """The same cells, empty."""
        centres = faiss.clone_index(self._index.quantizer)
        index = _cells_around(centres, self._cells)
        # Its centres are there already; this only says so.
        index.train(np.empty((0, index.d), np.float32))
        return index

    def search(
        self, vector: NDArray[np.float32], depth: int, allowed: NDArray[np.bool_] | None
    ) -> tuple[Rows, Scores]:
        """At most `depth` rows, best first, ties by row; `allowed` admits rows by place."""
        parameters = self._parameters(allowed)

        def nearest(wanted: int) -> tuple[Rows, Scores]:
            with _one_thread():
                scores, rows = self._index.search(vector[None, :], wanted, params=parameters)
            found = rows[0] >= 0
            return rows[0][found], scores[0][found]

        return best(nearest, depth)

    def _parameters(self, allowed: NDArray[np.bool_] | None) -> Any:
        if allowed is None:
            return None
        bits = np.packbits(allowed, bitorder="little")
        # FAISS's own stubs describe the C++ constructors, not these.
        selector = faiss.IDSelectorBitmap(bits)  # type: ignore[call-arg, arg-type]
        if not self._cells:
            return faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
        # The fewer rows may answer, the more cells it takes to meet as many of them.
        share = np.count_nonzero(allowed) / len(allowed)
        probes = min(self._cells, math.ceil(self._index.nprobe / max(share, 1e-9)))
        return faiss.SearchParametersIVF(sel=selector, nprobe=probes)  # type: ignore[call-arg]

    def vectors(self, rows: Rows) -> NDArray[np.float32]:
        """The stored vectors of these rows, `(len(rows), dimensions)`."""
        with _one_thread():
            found: NDArray[np.float32] = self._index.reconstruct_batch(rows)
        return found

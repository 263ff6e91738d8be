"""The dense arm: unit vectors of passages in FAISS.

Vectors are kept in half precision, which keeps the ranking (recall@10 of 1.000 against single
precision on 100,000 passages) at half the size. Up to `EXACT_UP_TO` passages every one is compared.
Beyond, they also lie as bytes in cells around the centres of their clusters: only the nearest cells
are searched, and what leads there is scored by the exact vectors, which a file beside has by row.
Only this module imports faiss.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Protocol

import faiss
import numpy as np
from numpy.typing import NDArray

from chatbot.errors import IndexDamaged, StorageError
from chatbot.index.array_files import ScatteredRows, open_rows, writing_rows
from chatbot.index.ties import best

Rows = NDArray[np.int64]
Halves = NDArray[np.float16]
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
# How many lead by their bytes, for each that is wanted by its exact score. With 1.2, each of 300
# questions to a million passages had the hundred that five times as many gave it.
_LEADING: Final = 1.25


class AddVectors(Protocol):
    """Appends rows, `(n, dimensions)`, in the precision in which they are kept.

    Beside them, the row of each in the index with the centres, which knows its cell, or -1.
    """

    def __call__(self, vectors: Halves, carried: Rows | None = None, /) -> None: ...


@contextmanager
def writing_vectors(
    path: Path, passages: int, dimensions: int, *, centres: DenseIndex | None = None
) -> Iterator[AddVectors]:
    """What appends vectors to a new index, which must come to have so many in the end.

    With `centres`, an index that has cells, the vectors go into cells like those. Raises
    StorageError.
    """
    shape = passages, dimensions
    if centres is not None:
        filling = _into_known_cells(path, shape, centres)
    elif passages > EXACT_UP_TO:
        filling = _into_new_cells(path, shape)
    else:
        filling = _flat(dimensions)
    with filling as (index, add):
        yield add
    with _storing(path), path.open("wb") as stream:
        # A file that FAISS opens itself loses what no longer fits, without an error.
        writer = faiss.PyCallbackIOWriter(stream.write)  # type: ignore[attr-defined]
        faiss.write_index(index, writer)


@contextmanager
def _storing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as failure:
        raise StorageError.while_writing(path, failure.strerror) from failure


@contextmanager
def _flat(dimensions: int) -> Iterator[tuple[Any, AddVectors]]:
    # Unit rows make inner product equal cosine; FAISS has no cosine of its own.
    index: Any = faiss.IndexScalarQuantizer(
        dimensions, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
    )

    def add(vectors: Halves, _: Rows | None = None) -> None:
        with _one_thread():
            index.add(_whole(vectors))

    yield index, add


@contextmanager
def _into_known_cells(
    path: Path, shape: tuple[int, int], centres: DenseIndex
) -> Iterator[tuple[Any, AddVectors]]:
    index = centres.without_vectors()

    def add(vectors: Halves, carried: Rows | None = None) -> None:
        with _storing(exact_beside(path)):
            append(vectors)
        carried = np.full(len(vectors), -1) if carried is None else carried
        cells, fresh = centres.cells(carried), np.flatnonzero(carried < 0)
        whole = _whole(vectors)
        with _one_thread():
            if len(fresh):
                _, nearest = index.quantizer.search(whole[fresh], 1)
                cells[fresh] = nearest[:, 0]
            index.add_core(len(whole), faiss.swig_ptr(whole), None, faiss.swig_ptr(cells))

    with writing_rows(exact_beside(path), shape, np.float16) as append:
        yield index, add


@contextmanager
def _into_new_cells(path: Path, shape: tuple[int, int]) -> Iterator[tuple[Any, AddVectors]]:
    """Cells around the centres of clusters (Jégou et al., IVF, 2011).

    The same vectors give the same cells: rows for training are evenly spaced and the seed is
    FAISS's own constant.
    """
    passages, dimensions = shape
    cells = cells_for(passages)
    index = _cells_around(faiss.IndexFlatIP(dimensions), cells)
    index.cp.niter, index.cp.spherical = _ROUNDS, True

    def add(vectors: Halves, _: Rows | None = None) -> None:
        with _storing(exact_beside(path)):
            append(vectors)

    with writing_rows(exact_beside(path), shape, np.float16) as append:
        yield index, add
    halves = open_rows(exact_beside(path))
    index.train(_whole(halves[:: max(1, passages // (cells * _ROWS_A_CELL))]))
    for first in range(0, passages, _SLAB):
        index.add(_whole(halves[first : first + _SLAB]))


def exact_beside(path: Path) -> Path:
    """Where the exact vectors of an index lie that has cells."""
    return path.with_suffix(".npy")


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


def _whole(halves: Halves) -> NDArray[np.float32]:
    """Rows of half precision in single precision, a third as long as NumPy takes."""
    codec = faiss.ScalarQuantizer(halves.shape[1], faiss.ScalarQuantizer.QT_fp16)
    with _one_thread():
        whole: NDArray[np.float32] = codec.decode(np.ascontiguousarray(halves).view(np.uint8))
    return whole


def cells_for(vectors: int) -> int:
    """How many cells so many vectors are put into; 0 where every one is compared."""
    return _CELLS * math.isqrt(vectors) if vectors > EXACT_UP_TO else 0


def _cells_around(centres: Any, cells: int) -> Any:
    """So many empty cells, whose centres may yet have to be found."""
    index = faiss.IndexIVFScalarQuantizer(
        centres,
        centres.d,
        cells,
        faiss.ScalarQuantizer.QT_8bit,
        faiss.METRIC_INNER_PRODUCT,
        False,  # noqa: FBT003 - whole vectors, not what is left beside the centre
    )
    index.nprobe = _PROBES
    return index


class DenseIndex:
    """Nearest passages by cosine."""

    def __init__(self, path: Path) -> None:
        """Open an index. Raises IndexDamaged."""
        try:
            # The flag maps the vectors into memory instead of reading them.
            index: Any = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
        except RuntimeError as failure:
            raise IndexDamaged(path.parent, f"{path.name} can't be read") from failure
        self._cells = int(getattr(index, "nlist", 0))
        self._exact = ScatteredRows(exact_beside(path)) if self._cells else None
        if self._exact is not None and self._exact.mapped.shape != (index.ntotal, index.d):
            raise IndexDamaged(path.parent, f"{exact_beside(path).name} does not fit {path.name}")
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
        self._index.make_direct_map()
        # FAISS keeps the cell and the place in it, in 32 bits each.
        cells: Rows = faiss.vector_to_array(self._index.direct_map.array) >> 32
        return cells

    def without_vectors(self) -> Any:
        """The same cells, empty."""
        index = _cells_around(faiss.clone_index(self._index.quantizer), self._cells)
        # What training finds out: the centres, and between which bounds each component lies.
        index.sq = self._index.sq
        index.is_trained = True
        return index

    def search(
        self, vector: NDArray[np.float32], depth: int, allowed: NDArray[np.bool_] | None
    ) -> tuple[Rows, Scores]:
        """At most `depth` rows, best first, ties by row; `allowed` admits rows by place."""
        parameters = self._parameters(allowed)

        def nearest(wanted: int) -> tuple[Rows, Scores]:
            leading = math.ceil(wanted * _LEADING) if self._cells else wanted
            with _one_thread():
                _, (rows,) = self._index.search(vector[None, :], leading, params=parameters)
            rows = rows[rows >= 0]
            scores = self.similarities(rows, vector)
            order = np.lexsort((rows, -scores))[:wanted]
            return rows[order], scores[order]

        return best(nearest, depth)

    def similarities(self, rows: Rows, vector: NDArray[np.float32]) -> Scores:
        """The cosine of each of these rows with a unit vector."""
        # Not by a product of matrices, in which equal rows may come out a little different.
        found: Scores = np.einsum("ij,j->i", self.vectors(rows), vector)
        return found

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
        if self._exact is not None:
            return _whole(self.halves(rows))
        with _one_thread():
            found: NDArray[np.float32] = self._index.reconstruct_batch(rows)
        return found

    def halves(self, rows: Rows) -> Halves:
        """The same in the precision in which they are kept."""
        if self._exact is None:
            return self.vectors(rows).astype(np.float16)
        found: Halves = self._exact.read(rows, np.ones_like(rows))
        return found

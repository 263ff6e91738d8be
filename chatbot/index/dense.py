"""The dense arm: unit vectors of passages in FAISS.

Vectors are stored in half precision, half the size of single precision at a recall@10 of 1.000
against it on 100,000 passages. Up to `DenseTuning.exact_up_to` passages, a search compares every
vector. Beyond, the vectors are also stored as bytes in cells around the centres of clusters. A
search reads only the nearest cells and re-scores the leading rows with their exact vectors, which
a second file holds by row. Only this module imports faiss.
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
from chatbot.index.dense_tuning import DenseTuning
from chatbot.index.ties import Rows, Scores, best

Halves = NDArray[np.float16]

# Rows per batch when an index is filled.
_BATCH_ROWS: Final = 65_536
DEFAULT = DenseTuning()


class AddVectors(Protocol):
    """Appends rows, `(n, dimensions)`, in half precision.

    `carried` has the row of each vector in the index that the centres come from, where its cell is
    known; -1 for a new vector.
    """

    def __call__(self, vectors: Halves, carried: Rows | None = None, /) -> None: ...


@contextmanager
def writing_vectors(
    path: Path,
    passages: int,
    dimensions: int,
    *,
    centres: DenseIndex | None = None,
    tuning: DenseTuning | None = None,
) -> Iterator[AddVectors]:
    """A function that appends vectors to a new index; exactly `passages` must be appended.

    With `centres`, an index with cells, the new index gets the same cells. Raises StorageError.
    """
    shape = passages, dimensions
    tuning = tuning or DEFAULT
    if centres is not None:
        target = _into_known_cells(path, shape, centres)
    elif passages > tuning.exact_up_to:
        target = _into_new_cells(path, shape, tuning)
    else:
        target = _flat(dimensions)
    with target as (index, add):
        yield add
    with _storing(path), path.open("wb") as stream:
        # If FAISS opens the file itself, a full disk cuts it short without an error.
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
            index.add(_as_singles(vectors))

    yield index, add


@contextmanager
def _into_known_cells(
    path: Path, shape: tuple[int, int], centres: DenseIndex
) -> Iterator[tuple[Any, AddVectors]]:
    index = centres.without_vectors()

    def add(vectors: Halves, carried: Rows | None = None) -> None:
        with _storing(exact_file(path)):
            append(vectors)
        carried = np.full(len(vectors), -1) if carried is None else carried
        cells, new_rows = centres.cells(carried), np.flatnonzero(carried < 0)
        singles = _as_singles(vectors)
        with _one_thread():
            if len(new_rows):
                _, nearest_cells = index.quantizer.search(singles[new_rows], 1)
                cells[new_rows] = nearest_cells[:, 0]
            index.add_core(len(singles), faiss.swig_ptr(singles), None, faiss.swig_ptr(cells))

    with writing_rows(exact_file(path), shape, np.float16) as append:
        yield index, add


@contextmanager
def _into_new_cells(
    path: Path, shape: tuple[int, int], tuning: DenseTuning
) -> Iterator[tuple[Any, AddVectors]]:
    """Cells around the centres of clusters (Jégou et al., "Product quantization", 2011: IVF).

    The same vectors give the same cells: training rows are evenly spaced and FAISS's seed is
    constant.
    """
    passages, dimensions = shape
    cells = cells_for(passages, tuning=tuning)
    index = _empty_cells(faiss.IndexFlatIP(dimensions), cells, tuning.probes)
    index.cp.niter, index.cp.spherical = tuning.training_rounds, True

    def add(vectors: Halves, _: Rows | None = None) -> None:
        with _storing(exact_file(path)):
            append(vectors)

    with writing_rows(exact_file(path), shape, np.float16) as append:
        yield index, add
    halves = open_rows(exact_file(path))
    spacing = max(1, passages // (cells * tuning.training_rows_per_cell))
    index.train(_as_singles(halves[::spacing]))
    for first in range(0, passages, _BATCH_ROWS):
        index.add(_as_singles(halves[first : first + _BATCH_ROWS]))


def exact_file(path: Path) -> Path:
    """The file with the exact vectors of an index that has cells."""
    return path.with_suffix(".npy")


@contextmanager
def _one_thread() -> Iterator[None]:
    """Keep OpenMP from starting other threads.

    One thread is fastest for little work. The others would spin during the work and after it. On
    few cores that slows down the rest of the answer, or the questions during a build.
    """
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(threads)


def _as_singles(halves: Halves) -> NDArray[np.float32]:
    """Half precision to single precision, in a third of NumPy's time."""
    codec = faiss.ScalarQuantizer(halves.shape[1], faiss.ScalarQuantizer.QT_fp16)
    with _one_thread():
        singles: NDArray[np.float32] = codec.decode(np.ascontiguousarray(halves).view(np.uint8))
    return singles


def cells_for(passages: int, *, tuning: DenseTuning | None = None) -> int:
    """The number of cells for an index of this size; 0 if its search is exact."""
    tuning = tuning or DEFAULT
    return tuning.cells_per_root * math.isqrt(passages) if passages > tuning.exact_up_to else 0


def _empty_cells(centres: Any, cells: int, probes: int) -> Any:
    """An index with empty cells; its centres may still need training."""
    index = faiss.IndexIVFScalarQuantizer(
        centres,
        centres.d,
        cells,
        faiss.ScalarQuantizer.QT_8bit,
        faiss.METRIC_INNER_PRODUCT,
        False,  # noqa: FBT003 - store whole vectors, not their differences to the centre
    )
    index.nprobe = probes
    return index


class DenseIndex:
    """The nearest passages by cosine; safe to search from several threads."""

    def __init__(self, path: Path, *, tuning: DenseTuning | None = None) -> None:
        """Open an index. Raises IndexDamaged."""
        self._tuning = tuning or DEFAULT
        try:
            # The flag memory-maps the vectors instead of reading them.
            index: Any = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
        except RuntimeError as failure:
            raise IndexDamaged(path.parent, f"{path.name} can't be read") from failure
        self._cells = int(getattr(index, "nlist", 0))
        self._exact = None
        if self._cells:
            exact = ScatteredRows(exact_file(path), mapped_up_to=self._tuning.mapped_up_to)
            if exact.mapped.shape != (index.ntotal, index.d):
                raise IndexDamaged(path.parent, f"{exact_file(path).name} does not fit {path.name}")
            self._exact = exact
        self._index = index

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def method(self) -> dict[str, int]:
        """The number of cells and of those that a search reads; empty if the search is exact."""
        return {"cells": self._cells, "probes": self._index.nprobe} if self._cells else {}

    def cells(self, rows: Rows) -> Rows:
        """The cell of each row; arbitrary for the row -1."""
        cells: Rows = self._cell_of_row[rows]
        return cells

    @cached_property
    def _cell_of_row(self) -> Rows:
        self._index.make_direct_map()
        # The high 32 bits hold the cell, the low ones the position in the cell.
        cells: Rows = faiss.vector_to_array(self._index.direct_map.array) >> 32
        return cells

    def without_vectors(self) -> Any:
        """A FAISS index with the same cells, empty."""
        centres = faiss.clone_index(self._index.quantizer)
        index = _empty_cells(centres, self._cells, self._tuning.probes)
        # Training also finds the bounds of each component.
        index.sq = self._index.sq
        index.is_trained = True
        return index

    def search(
        self, vector: NDArray[np.float32], depth: int, allowed: NDArray[np.bool_] | None
    ) -> tuple[Rows, Scores]:
        """At most `depth` rows, best first, ties by row; `allowed` flags the rows to consider."""
        parameters = self._parameters(allowed)

        def nearest(count: int) -> tuple[Rows, Scores]:
            candidates = count
            if self._cells:
                candidates = math.ceil(count * self._tuning.candidates_per_hit)
            with _one_thread():
                _, (rows,) = self._index.search(vector[None, :], candidates, params=parameters)
            rows = rows[rows >= 0]
            scores = self.similarities(rows, vector)
            order = np.lexsort((rows, -scores))[:count]
            return rows[order], scores[order]

        return best(nearest, depth)

    def similarities(self, rows: Rows, vector: NDArray[np.float32]) -> Scores:
        """The cosine of each row with a unit vector, `(len(rows),)`."""
        # Not a matrix product, in which equal rows may get slightly different scores.
        scores: Scores = np.einsum("ij,j->i", self.vectors(rows), vector)
        return scores

    def _parameters(self, allowed: NDArray[np.bool_] | None) -> Any:
        if allowed is None:
            return None
        bits = np.packbits(allowed, bitorder="little")
        # FAISS's stubs describe the C++ constructors, not those of Python.
        selector = faiss.IDSelectorBitmap(bits)  # type: ignore[call-arg, arg-type]
        if not self._cells:
            return faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
        # The fewer rows are allowed, the more cells must be read to find as many.
        share = np.count_nonzero(allowed) / len(allowed)
        probes = min(self._cells, math.ceil(self._index.nprobe / max(share, 1e-9)))
        return faiss.SearchParametersIVF(sel=selector, nprobe=probes)  # type: ignore[call-arg]

    def vectors(self, rows: Rows) -> NDArray[np.float32]:
        """The stored vectors of these rows, `(len(rows), dimensions)`."""
        if self._exact is not None:
            return _as_singles(self.halves(rows))
        with _one_thread():
            vectors: NDArray[np.float32] = self._index.reconstruct_batch(rows)
        return vectors

    def halves(self, rows: Rows) -> Halves:
        """The stored vectors of these rows in half precision."""
        if self._exact is None:
            return self.vectors(rows).astype(np.float16)
        vectors: Halves = self._exact.read(rows, np.ones_like(rows))
        return vectors

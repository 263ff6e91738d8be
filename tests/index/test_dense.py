"""FAISS finds what brute force finds, in the same order."""

from __future__ import annotations

from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st
from hypothesis.extra import numpy as numpy_strategies
from numpy.typing import NDArray

from chatbot.errors import IndexDamaged, StorageError
from chatbot.index.array_files import save_rows
from chatbot.index.dense import DenseIndex, writing_vectors
from chatbot.index.dense_tuning import DenseTuning
from chatbot.index.ties import best

Vectors = NDArray[np.float32]

# Whole numbers this small are exact in half and in single precision, and so are sums of their
# products: equal scores are equal, and there are many.
_NUMBERS = st.integers(-4, 4)
_TABLES = st.integers(0, 60).flatmap(
    lambda n: numpy_strategies.arrays(np.float32, (n, 3), elements=_NUMBERS)
)
_VECTORS = numpy_strategies.arrays(np.float32, 3, elements=_NUMBERS)


def index_of(folder: Path, vectors: Vectors, tuning: DenseTuning | None = None) -> DenseIndex:
    """An index of these rows, written in two parts and opened."""
    half = len(vectors) // 2
    with writing_vectors(folder / "dense.faiss", *vectors.shape, tuning=tuning) as add:
        for part in (vectors[:half], vectors[half:]):
            add(part.astype(np.float16))
    return DenseIndex(folder / "dense.faiss", tuning=tuning)


def brute_force(
    vectors: Vectors, vector: Vectors, depth: int, admitted: list[int]
) -> list[tuple[int, float]]:
    """Rows and scores, best first, ties by row."""
    scored = [(row, float(vectors[row] @ vector)) for row in admitted]
    return sorted(scored, key=lambda pair: (-pair[1], pair[0]))[:depth]


@given(_TABLES, _VECTORS, st.integers(1, 70), st.none() | st.sets(st.integers(0, 59)))
@hypothesis(max_examples=200, deadline=None)
def test_a_search_is_brute_force(
    vectors: Vectors, vector: Vectors, depth: int, chosen: set[int] | None
) -> None:
    """Rows and scores are equal, with ties by row, at any depth, for any filter."""
    rows = range(len(vectors))
    admitted = [row for row in rows if chosen is None or row in chosen]
    allowed = None if chosen is None else np.isin(np.arange(len(vectors)), admitted)
    with TemporaryDirectory() as name:
        index = index_of(Path(name), vectors)
        found_rows, scores = index.search(vector, depth, allowed)
    expected = brute_force(vectors, vector, depth, admitted)
    assert list(zip(found_rows.tolist(), scores.tolist(), strict=True)) == expected


@pytest.fixture
def directions() -> Vectors:
    """Two thousand random unit vectors of 384 dimensions."""
    vectors = np.random.default_rng(7).standard_normal((2000, 384))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def test_unit_vectors_are_ranked_by_cosine(tmp_path: Path, directions: Vectors) -> None:
    """The cosine is that of the vectors in half precision, within 1e-4 of the exact one."""
    halves = directions.astype(np.float16).astype(np.float32)
    index = index_of(tmp_path, halves)
    assert len(index) == 2000
    for vector in directions[:5]:
        rows, scores = index.search(vector, 100, None)
        expected = brute_force(halves, vector, 100, [*range(2000)])
        np.testing.assert_allclose(scores, [s for _, s in expected], rtol=0, atol=1e-6)
        np.testing.assert_allclose(scores, (directions @ vector)[rows], rtol=0, atol=1e-4)
        assert len({*rows.tolist()} & {row for row, _ in expected}) >= 99


def test_stored_vectors_are_those_of_half_precision(tmp_path: Path, directions: Vectors) -> None:
    """Rows may come in any order and twice; half-precision vectors are unchanged."""
    rows = np.array([1999, 0, 7, 7], np.int64)
    halves = directions.astype(np.float16).astype(np.float32)
    stored = index_of(tmp_path, halves).vectors(rows)
    assert stored.dtype == np.float32
    np.testing.assert_array_equal(stored, halves[rows])
    stored = index_of(tmp_path, directions).vectors(rows)
    np.testing.assert_allclose(stored, directions[rows], rtol=2**-10, atol=2**-24)


def test_an_index_answers_after_its_file_is_deleted(tmp_path: Path) -> None:
    """A build may be deleted while a question is under way."""
    vectors = np.eye(4, dtype=np.float32)
    index = index_of(tmp_path, vectors)
    (tmp_path / "dense.faiss").unlink()
    assert index.search(vectors[2], 1, None)[0].tolist() == [2]


@pytest.mark.parametrize("content", [None, b"", b"IxSQ", b"no index at all, but long enough" * 9])
def test_a_damaged_index_is_reported(tmp_path: Path, content: bytes | None) -> None:
    """The message names the file and the command that builds again."""
    if content is not None:
        (tmp_path / "dense.faiss").write_bytes(content)
    with pytest.raises(IndexDamaged, match=r"dense\.faiss can't be read.*chatbot build --fresh"):
        DenseIndex(tmp_path / "dense.faiss")


def test_an_index_that_can_not_be_written_is_a_storage_error(tmp_path: Path) -> None:
    """The message names the file and the reason."""
    with pytest.raises(StorageError, match=r"dense\.faiss can't be written \(No such file"):
        index_of(tmp_path / "missing", np.eye(3, dtype=np.float32))


# -- ties ------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 3), max_size=40), st.integers(1, 50), st.randoms())
def test_ties_are_broken_by_row_whatever_the_search_does(
    scores: list[int], depth: int, random: Random
) -> None:
    """The search orders ties at random, and the last place is often shared."""
    order = [*range(len(scores))]
    random.shuffle(order)
    order.sort(key=lambda row: -scores[row])

    def search(count: int) -> tuple[NDArray[np.int64], Vectors]:
        rows = order[:count]
        row_scores = np.array([scores[row] for row in rows], np.float32)
        return np.array(rows, np.int64), row_scores

    rows, best_scores = best(search, depth)
    expected = sorted(range(len(scores)), key=lambda row: (-scores[row], row))[:depth]
    assert rows.tolist() == expected
    assert best_scores.tolist() == [scores[row] for row in expected]


# -- cells -----------------------------------------------------------------------------------

_MANY, _DIMENSIONS = 6_000, 24


# With the real limits the tests would take minutes.
_CELLS = DenseTuning(exact_up_to=1_000, mapped_up_to=0)


@pytest.fixture
def clustered(tmp_path: Path) -> tuple[Vectors, DenseIndex]:
    """Unit vectors around three hundred centres, in cells."""
    rng = np.random.default_rng(7)
    centres = rng.normal(size=(300, _DIMENSIONS))
    points = centres[rng.integers(0, 300, _MANY)] + rng.normal(0, 0.4, (_MANY, _DIMENSIONS))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    vectors: Vectors = points.astype(np.float16).astype(np.float32)
    return vectors, index_of(tmp_path, vectors, _CELLS)


def test_cells_find_what_brute_force_finds(clustered: tuple[Vectors, DenseIndex]) -> None:
    """Recall@10 is at least .98, and every score is exact."""
    vectors, index = clustered
    assert index.method == {"cells": 2 * 77, "probes": 64}
    hits = 0
    for vector in vectors[::60]:
        rows, scores = index.search(vector, 10, None)
        exact = {row for row, _ in brute_force(vectors, vector, 10, [*range(_MANY)])}
        hits += len(exact & {*rows.tolist()})
        np.testing.assert_allclose(scores, vectors[rows] @ vector, atol=1e-5)
    assert hits >= 0.98 * 10 * len(vectors[::60])


def test_a_filter_reads_as_many_cells_as_it_takes(clustered: tuple[Vectors, DenseIndex]) -> None:
    """With one row in a hundred allowed, the search is still full and exact."""
    vectors, index = clustered
    admitted = [*range(0, _MANY, 100)]
    allowed = np.isin(np.arange(_MANY), admitted)
    for vector in vectors[7:400:40]:
        rows, scores = index.search(vector, 30, allowed)
        expected = brute_force(vectors, vector, 30, admitted)
        assert rows.tolist() == [row for row, _ in expected]
        np.testing.assert_allclose(scores, [score for _, score in expected], atol=1e-5)


def test_vectors_in_cells_are_read_by_row(clustered: tuple[Vectors, DenseIndex]) -> None:
    """The vectors are exact, in the requested order."""
    vectors, index = clustered
    rows = np.array([5, _MANY - 1, 0, 77])
    assert index.vectors(rows).tolist() == vectors[rows].tolist()
    assert len(index) == _MANY


def test_the_same_vectors_give_the_same_cells(
    clustered: tuple[Vectors, DenseIndex], tmp_path: Path
) -> None:
    """The files are the same, byte for byte, so that rebuilding keeps the ranking."""
    vectors, _ = clustered
    (tmp_path / "again").mkdir()
    index_of(tmp_path / "again", vectors, _CELLS)
    assert (tmp_path / "again/dense.faiss").read_bytes() == (tmp_path / "dense.faiss").read_bytes()


def test_vectors_carried_over_keep_their_cells(
    clustered: tuple[Vectors, DenseIndex], tmp_path: Path
) -> None:
    """The file is the same, byte for byte, as if every vector were assigned again."""
    vectors, before = clustered
    rng = np.random.default_rng(8)
    earlier_rows = rng.permutation(_MANY)[: _MANY - 500]
    new = rng.normal(size=(40, _DIMENSIONS)).astype(np.float32)
    vectors_after = np.concatenate([vectors[earlier_rows], new])
    carried = np.concatenate([earlier_rows, np.full(len(new), -1)])
    for name, rows in (("carried", carried), ("assigned", np.full(len(vectors_after), -1))):
        with writing_vectors(tmp_path / name, *vectors_after.shape, centres=before) as add:
            for part in np.array_split(np.arange(len(vectors_after)), 3):
                add(vectors_after[part].astype(np.float16), rows[part])
    assert (tmp_path / "carried").read_bytes() == (tmp_path / "assigned").read_bytes()
    assert (tmp_path / "carried.npy").read_bytes() == (tmp_path / "assigned.npy").read_bytes()
    after = DenseIndex(tmp_path / "carried")
    assert after.method == before.method
    rows, _ = after.search(new[3] / np.linalg.norm(new[3]), 1, None)
    assert rows.tolist() == [len(earlier_rows) + 3]


def test_equal_vectors_in_cells_come_by_row(
    tmp_path: Path, clustered: tuple[Vectors, DenseIndex]
) -> None:
    """Ties go by row even if most equal rows don't fit into the depth."""
    vectors, _ = clustered
    same = range(7, _MANY, 23)
    vectors[same] = vectors[7]
    (tmp_path / "same").mkdir()
    rows, scores = index_of(tmp_path / "same", vectors, _CELLS).search(vectors[7], 20, None)
    assert rows.tolist() == [*same[:20]]
    assert len({*scores.tolist()}) == 1


@pytest.mark.parametrize("content", [None, b"", "cut short", "of others"])
def test_exact_vectors_that_do_not_fit_are_reported(
    tmp_path: Path, clustered: tuple[Vectors, DenseIndex], content: bytes | str | None
) -> None:
    """The message names the file, whether it is missing, empty, cut short or another index's."""
    vectors, _ = clustered
    path = tmp_path / "dense.npy"
    whole = path.read_bytes()
    path.unlink()
    if content == "of others":
        save_rows(path, vectors[1:])
    elif content is not None:
        path.write_bytes(whole[:-1] if isinstance(content, str) else content)
    with pytest.raises(IndexDamaged, match=r"dense\.npy .*chatbot build --fresh"):
        DenseIndex(tmp_path / "dense.faiss")

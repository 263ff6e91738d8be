"""Scattered rows are those of the file, whether it is mapped or read in place."""

from __future__ import annotations

import gc
import os
import re
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from chatbot.errors import IndexDamaged
from chatbot.index.array_files import ScatteredRows, open_rows, save_rows

_ROWS = np.arange(60, dtype=np.int16).reshape(20, 3)
_RANGES = st.tuples(st.integers(0, 19), st.integers(0, 20)).map(
    lambda pair: (pair[0], min(pair[1], 20 - pair[0]))
)


@pytest.fixture(params=[0, 1_000], ids=["read in place", "mapped"])
def mapped_up_to(request: pytest.FixtureRequest) -> int:
    """A limit that the file is above, and one that it is below."""
    limit: int = request.param
    return limit


@given(requests=st.lists(_RANGES, max_size=8))
@hypothesis(max_examples=100, deadline=None)
def test_rows_are_those_of_the_file(requests: list[tuple[int, int]]) -> None:
    """Ranges may come in any order, overlap, adjoin, be empty, or be missing."""
    expected = [row for first, size in requests for row in _ROWS[first : first + size].tolist()]
    firsts, sizes = np.array(requests, np.int64).reshape(-1, 2).T
    with TemporaryDirectory() as folder:
        path = Path(folder, "rows.npy")
        save_rows(path, _ROWS)
        for limit in (0, 1_000):
            rows = ScatteredRows(path, mapped_up_to=limit).read(firsts, sizes)
            assert (rows.dtype, rows.tolist()) == (_ROWS.dtype, expected)


def test_rows_of_a_flat_array_are_flat(tmp_path: Path, mapped_up_to: int) -> None:
    """Rows of a one-dimensional file are numbers."""
    save_rows(tmp_path / "rows.npy", _ROWS[:, 0])
    rows = ScatteredRows(tmp_path / "rows.npy", mapped_up_to=mapped_up_to)
    assert len(rows) == 20
    assert rows.read(np.array([3, 9]), np.array([2, 1])).tolist() == [9, 12, 27]


def test_rows_are_read_after_their_file_is_deleted(tmp_path: Path, mapped_up_to: int) -> None:
    """A build may be deleted while a question is under way."""
    save_rows(tmp_path / "rows.npy", _ROWS)
    rows = ScatteredRows(tmp_path / "rows.npy", mapped_up_to=mapped_up_to)
    (tmp_path / "rows.npy").unlink()
    assert rows.read(np.array([19]), np.array([1])).tolist() == [[57, 58, 59]]


@pytest.mark.skipif(not hasattr(os, "pread"), reason="files are always mapped on this system")
def test_a_file_cut_short_under_a_reader_is_reported(tmp_path: Path) -> None:
    """A mapped file would kill the process."""
    path = tmp_path / "rows.npy"
    save_rows(path, _ROWS)
    rows = ScatteredRows(path, mapped_up_to=0)
    os.truncate(path, path.stat().st_size - 1)
    assert rows.read(np.array([0]), np.array([1])).tolist() == [[0, 1, 2]]
    message = re.escape(f"The index at {tmp_path} is damaged: rows.npy has been cut short. ")
    with pytest.raises(IndexDamaged, match=message):
        rows.read(np.array([19]), np.array([1]))


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs Linux's list of open files")
def test_a_file_is_closed_with_its_last_reader(tmp_path: Path) -> None:
    """A long-running server opens many builds."""
    save_rows(tmp_path / "rows.npy", _ROWS)

    def opened() -> int:
        gc.collect()
        paths = (link.resolve() for link in Path("/proc/self/fd").iterdir())
        return [*paths].count((tmp_path / "rows.npy").resolve())

    rows = ScatteredRows(tmp_path / "rows.npy", mapped_up_to=0)
    assert opened() > 0
    del rows
    assert opened() == 0


def test_threads_may_open_files_while_garbage_is_collected(tmp_path: Path) -> None:
    """A hook of the collector lets another thread run in the middle of parsing a header."""
    path = tmp_path / "rows.npy"
    save_rows(path, np.arange(32))
    before, interval = gc.get_threshold(), sys.getswitchinterval()

    def give_way(_phase: str, _info: object) -> None:
        time.sleep(0)

    gc.callbacks.append(give_way)
    gc.set_threshold(5, 2, 2)
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            assert all(rows[-1] == 31 for rows in pool.map(open_rows, [path] * 6_000))
    finally:
        gc.set_threshold(*before)
        sys.setswitchinterval(interval)
        gc.callbacks.remove(give_way)

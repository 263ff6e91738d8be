"""Rows that are read here and there are those of the file, mapped or not."""

from __future__ import annotations

import gc
import os
import re
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from chatbot.errors import IndexDamaged
from chatbot.index import array_files as arrays
from chatbot.index.array_files import ScatteredRows, save_rows

_ROWS = np.arange(60, dtype=np.int16).reshape(20, 3)
_RANGES = st.tuples(st.integers(0, 19), st.integers(0, 20)).map(
    lambda pair: (pair[0], min(pair[1], 20 - pair[0]))
)


@pytest.fixture(params=[0, 1_000], ids=["read in place", "mapped"])
def _either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays, "MAPPED_UP_TO", request.param)


@given(wanted=st.lists(_RANGES, max_size=8))
@hypothesis(max_examples=100, deadline=None)
def test_rows_are_those_of_the_file(wanted: list[tuple[int, int]]) -> None:
    """In the order asked for: overlapping, adjoining, empty, or none at all."""
    expected = [row for first, size in wanted for row in _ROWS[first : first + size].tolist()]
    firsts, sizes = np.array(wanted, np.int64).reshape(-1, 2).T
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        save_rows(Path(folder, "rows.npy"), _ROWS)
        for limit in (0, 1_000):
            patch.setattr(arrays, "MAPPED_UP_TO", limit)
            found = ScatteredRows(Path(folder, "rows.npy")).read(firsts, sizes)
            assert (found.dtype, found.tolist()) == (_ROWS.dtype, expected)


@pytest.mark.usefixtures("_either_way")
def test_rows_of_one_number_each_are_flat(tmp_path: Path) -> None:
    """As they were saved."""
    save_rows(tmp_path / "rows.npy", _ROWS[:, 0])
    rows = ScatteredRows(tmp_path / "rows.npy")
    assert len(rows) == 20
    assert rows.read(np.array([3, 9]), np.array([2, 1])).tolist() == [9, 12, 27]


@pytest.mark.usefixtures("_either_way")
def test_rows_are_read_after_their_file_is_deleted(tmp_path: Path) -> None:
    """Its build may be dropped while a question is under way."""
    save_rows(tmp_path / "rows.npy", _ROWS)
    rows = ScatteredRows(tmp_path / "rows.npy")
    (tmp_path / "rows.npy").unlink()
    assert rows.read(np.array([19]), np.array([1])).tolist() == [[57, 58, 59]]


@pytest.mark.skipif(not hasattr(os, "pread"), reason="files are always mapped on this system")
def test_a_file_cut_short_under_a_reader_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a mapped file would end the process."""
    monkeypatch.setattr(arrays, "MAPPED_UP_TO", 0)
    path = tmp_path / "rows.npy"
    save_rows(path, _ROWS)
    rows = ScatteredRows(path)
    os.truncate(path, path.stat().st_size - 1)
    assert rows.read(np.array([0]), np.array([1])).tolist() == [[0, 1, 2]]
    told = re.escape(f"The index at {tmp_path} is damaged: rows.npy has been cut short. ")
    with pytest.raises(IndexDamaged, match=told):
        rows.read(np.array([19]), np.array([1]))


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs Linux's list of open files")
def test_a_file_is_closed_with_its_last_reader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Builds come and go while a server runs."""
    monkeypatch.setattr(arrays, "MAPPED_UP_TO", 0)
    save_rows(tmp_path / "rows.npy", _ROWS)

    def opened() -> int:
        gc.collect()
        there = (each.resolve() for each in Path("/proc/self/fd").iterdir())
        return [*there].count((tmp_path / "rows.npy").resolve())

    rows = ScatteredRows(tmp_path / "rows.npy")
    assert opened() > 0
    del rows
    assert opened() == 0

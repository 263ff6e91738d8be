"""Quantised sentence vectors keep their cosines, and array files read back as written."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from chatbot.assistant import Chatbot
from chatbot.encoder import Encoder
from chatbot.errors import IndexDamaged
from chatbot.index.array_files import open_rows, save_rows, writing_rows
from chatbot.index.int8_vectors import cosines, quantise
from chatbot.types import Filters

Vectors = NDArray[np.float32]


def unit(vectors: NDArray[Any]) -> Vectors:
    """Rows scaled to length one."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / lengths, np.float32)


# -- sentence vectors ------------------------------------------------------------------------


def test_a_vector_is_scaled_to_its_largest_component() -> None:
    """The largest component becomes 127, and the others are rounded."""
    vectors = np.array([[0.6, -0.8], [0.0, 1.0], [-1.0, 0.0]], np.float32)
    assert quantise(vectors).tolist() == [[95, -127], [0, 127], [-127, 0]]


def test_a_cosine_of_quantised_rows_is_the_formula() -> None:
    """It is the inner product over the quantised length, by hand for 3-4-5 triangles."""
    rows = np.array([[3, 4], [4, -3], [-6, -8], [0, 0]], np.int8)
    result = cosines(rows, np.array([0.6, 0.8], np.float32))
    np.testing.assert_allclose(result, [1, 0, -1, 0], atol=1e-6)


@given(arrays.arrays(np.float32, (6, 16), elements=st.floats(-1, 1, width=32)))
@hypothesis(max_examples=200, deadline=None)
def test_quantising_is_at_most_half_a_step_off(vectors: Vectors) -> None:
    """A step is a 127th of the vector's largest component."""
    vectors = unit(vectors + np.float32(1.5))
    steps = np.abs(vectors).max(axis=1, keepdims=True) / 127
    assert np.abs(quantise(vectors) * steps - vectors).max() <= steps.max() * 0.501


def test_cosines_of_real_sentences_are_kept(demo: Chatbot, encoder: Encoder) -> None:
    """Cosines between sentences of some documents stay within 0.003."""
    texts = [
        span.of(document.text)
        for summary in demo.build.documents(Filters())[:4]
        if (document := demo.document(summary.doc_id))
        for passage in demo.build.passages(demo.build.catalog.passage_rows(summary.doc_id))
        for span in passage.sentences
    ]
    assert len(texts) > 50
    vectors = encoder.encode(texts)
    stored = quantise(vectors)
    for vector in vectors:
        np.testing.assert_allclose(cosines(stored, vector), vectors @ vector, rtol=0, atol=3e-3)


# -- files -----------------------------------------------------------------------------------


@given(
    arrays.arrays(np.int8, st.tuples(st.integers(0, 20), st.integers(1, 4))),
    st.lists(st.integers(0, 20)),
)
@hypothesis(max_examples=60, deadline=None)
def test_rows_read_back_as_they_were_written(rows: NDArray[np.int8], cuts: list[int]) -> None:
    """Rows may be appended in any parts; the file is in NumPy's format."""
    with TemporaryDirectory() as name:
        path = Path(name, "rows.npy")
        with writing_rows(path, rows.shape, np.int8) as append:
            for part in np.split(rows, sorted(cuts)):
                append(part)
        np.testing.assert_array_equal(np.load(path), rows)
        np.testing.assert_array_equal(open_rows(path), rows)


def test_rows_keep_their_type(tmp_path: Path) -> None:
    """An array keeps its type and shape, whatever its memory order."""
    table = np.arange(12, dtype=np.int64).reshape(3, 4).T
    save_rows(tmp_path / "rows.npy", table)
    rows = open_rows(tmp_path / "rows.npy")
    assert rows.dtype == np.int64
    np.testing.assert_array_equal(rows, table)


def test_opened_rows_can_not_be_written(tmp_path: Path) -> None:
    """Builds are immutable."""
    save_rows(tmp_path / "rows.npy", np.zeros((2, 2), np.int8))
    with pytest.raises(ValueError, match="read-only"):
        open_rows(tmp_path / "rows.npy")[0] = 1


@pytest.mark.parametrize("content", [None, b"", b"no array", b"\x93NUMPY\x01\x00"])
def test_damaged_rows_are_reported(tmp_path: Path, content: bytes | None) -> None:
    """The message names the file, whether it is missing, empty, cut short or something else."""
    if content is not None:
        (tmp_path / "rows.npy").write_bytes(content)
    with pytest.raises(IndexDamaged, match=r"rows\.npy can't be read"):
        open_rows(tmp_path / "rows.npy")


def test_missing_rows_are_reported(tmp_path: Path) -> None:
    """The header promises more rows than the file has."""
    save_rows(tmp_path / "rows.npy", np.zeros((100, 100), np.int8))
    whole = (tmp_path / "rows.npy").read_bytes()
    (tmp_path / "rows.npy").write_bytes(whole[:-1])
    with pytest.raises(IndexDamaged, match=r"rows\.npy can't be read"):
        open_rows(tmp_path / "rows.npy")

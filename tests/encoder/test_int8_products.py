"""Products with bytes: which ones, how well they are rounded, and when they are done without."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chatbot.encoder import compilation, find_model
from chatbot.encoder.compiled_encoder import open_compiled
from chatbot.encoder.engine import openvino
from chatbot.encoder.int8_products import _rounded, quantise, texts_of
from tests.encoder.variants import AGREEMENT, cosines, loaded

TEXTS = ["Which air defence system did Russia sell to China?", "Wind tunnel and water tunnel"]


def products_with_bytes(cache: Path) -> int:
    """How many products of the one compiled model in a cache read what was rounded."""
    (home,) = cache.iterdir()
    model = openvino().Core().read_model(home / "model.xml")
    return sum(
        node.get_type_name() == "MatMul"
        and node.input(0).get_source_output().get_node().get_type_name() == "FakeQuantize"
        for node in model.get_ordered_ops()
    )


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A processor that is quick with bytes, whatever this one is.

    The small model's vectors are short, and even out less than those of a real one.
    """
    monkeypatch.setattr(compilation, "_multiplies_bytes", lambda: True)
    monkeypatch.setattr(compilation, "AGREEMENT", 0.98)
    return monkeypatch


def assert_compiled(model: Path, cache: Path, *, products: int, agreement: float) -> None:
    """It has so many products with bytes, and its vectors are those of sentence-transformers."""
    files = find_model(str(model))
    encoder = open_compiled(files, cache=cache)
    assert products_with_bytes(cache) == products
    expected = loaded(files).encode(TEXTS, normalize_embeddings=True)
    assert cosines(encoder.encode(TEXTS), expected).min() >= agreement


@pytest.mark.usefixtures("quick")
def test_what_reads_a_normalisation_is_made_with_bytes(tiny: Path, tmp_path: Path) -> None:
    """Of each of two layers query, key, value and the first of the two wide products."""
    assert_compiled(tiny, tmp_path, products=8, agreement=0.98)


def test_where_bytes_disagree_floats_serve(
    tiny: Path, tmp_path: Path, quick: pytest.MonkeyPatch
) -> None:
    """A model whose ranges are those of a single word."""

    def badly(model: Any, _: Any) -> int:
        return quantise(model, [[101, 102]])

    quick.setattr(compilation, "quantise", badly)
    quick.setattr(compilation, "AGREEMENT", AGREEMENT)
    assert_compiled(tiny, tmp_path, products=0, agreement=0.9999)


def test_a_processor_that_adds_bytes_inexactly_keeps_floats(
    tiny: Path, tmp_path: Path, quick: pytest.MonkeyPatch
) -> None:
    """In a folder of its own, beside that of a processor that does not."""
    for multiplies, kind, products in ((True, "bytes", 8), (False, "floats", 0)):
        quick.setattr(compilation, "_multiplies_bytes", lambda is_so=multiplies: is_so)
        cache = tmp_path / kind
        open_compiled(find_model(str(tiny)), cache=cache)
        assert [path.name.rpartition("-")[2] for path in cache.iterdir()] == [kind]
        assert products_with_bytes(cache) == products


def test_a_model_without_a_normalisation_is_left_as_it_is() -> None:
    """Nothing tells what its inputs may be."""
    ops = openvino().opset13
    texts = ops.parameter([-1, -1, 4], np.float32)
    weights = ops.constant(np.eye(4, dtype=np.float32))
    model = openvino().Model(
        [ops.matmul(texts, weights, transpose_a=False, transpose_b=True)], [texts], "plain"
    )
    before = [node.get_friendly_name() for node in model.get_ordered_ops()]
    assert quantise(model, [[1, 2]]) == 0
    assert [node.get_friendly_name() for node in model.get_ordered_ops()] == before


def test_weights_rounded_later_make_up_for_those_before() -> None:
    """Where channels go together, the products are nearer than those of nearest numbers."""
    chance = np.random.default_rng(3)
    inputs = chance.normal(size=(500, 8)) @ chance.normal(size=(8, 100))
    inputs += chance.normal(size=inputs.shape) * 0.1
    weights = chance.normal(size=(20, 100)) * 20
    found = _rounded(weights, inputs.T @ inputs)
    assert found.dtype == np.int8
    errors = [
        np.square(inputs @ (rounded - weights).T).mean() for rounded in (found, weights.round())
    ]
    assert errors[0] < errors[1] / 2


def test_texts_of_a_model_are_the_same_each_time(tiny: Path) -> None:
    """Short and long, with the model's own marks; a model is compiled alike wherever it is."""
    tokenizer = find_model(str(tiny)).open_tokenizer()
    first, again = [*texts_of(tokenizer)], [*texts_of(tokenizer)]
    assert first == again
    lengths = [len(text) for text in first]
    assert min(lengths) == 2
    assert max(lengths) > 60
    assert {(text[0], text[-1]) for text in first} == {(101, 102)}

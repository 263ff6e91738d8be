"""Int8 quantisation: which products are quantised, how accurately, and when none is."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from chatbot.encoder import find_model
from chatbot.encoder.compilation import CompilationTuning
from chatbot.encoder.compiled_encoder import open_compiled
from chatbot.encoder.engine import openvino
from chatbot.encoder.int8_products import _rounded, calibration_texts, quantise
from tests.encoder.variants import AGREEMENT, cosines, loaded

TEXTS = ["Which air defence system did Russia sell to China?", "Wind tunnel and water tunnel"]

# As on a processor with exact int8 products, whatever this one is. The errors of the small model's
# short vectors average out less than those of a real one.
INT8 = CompilationTuning(int8=True, agreement=0.98)


def int8_products(cache: Path) -> int:
    """The number of quantised products of the one compiled model in a cache."""
    (home,) = cache.iterdir()
    model = openvino().Core().read_model(home / "model.xml")
    return sum(
        node.get_type_name() == "MatMul"
        and node.input(0).get_source_output().get_node().get_type_name() == "FakeQuantize"
        for node in model.get_ordered_ops()
    )


def assert_compiled(
    model: Path, cache: Path, tuning: CompilationTuning, *, products: int, agreement: float
) -> None:
    """It has this many int8 products, and its vectors are those of sentence-transformers."""
    files = find_model(str(model))
    encoder = open_compiled(files, cache=cache, tuning=tuning)
    assert int8_products(cache) == products
    expected = loaded(files).encode(TEXTS, normalize_embeddings=True)
    assert cosines(encoder.encode(TEXTS), expected).min() >= agreement


def test_products_that_read_a_normalisation_are_quantised(tiny: Path, tmp_path: Path) -> None:
    """In each layer these are query, key, value and the first of the two wide products."""
    assert_compiled(tiny, tmp_path, INT8, products=8, agreement=0.98)


def test_a_quantised_model_that_disagrees_is_compiled_with_floats(
    tiny: Path, tmp_path: Path
) -> None:
    """Here the ranges are those of a text without words."""
    tuning = CompilationTuning(int8=True, agreement=AGREEMENT, calibration=lambda _: [[101, 102]])
    assert_compiled(tiny, tmp_path, tuning, products=0, agreement=0.9999)


def test_a_processor_without_exact_int8_products_keeps_floats(tiny: Path, tmp_path: Path) -> None:
    """Its folder differs from that of a processor that has them."""
    for int8, kind, products in ((True, "bytes", 8), (False, "floats", 0)):
        cache = tmp_path / kind
        tuning = CompilationTuning(int8=int8, agreement=0.98)
        open_compiled(find_model(str(tiny)), cache=cache, tuning=tuning)
        assert [path.name.rpartition("-")[2] for path in cache.iterdir()] == [kind]
        assert int8_products(cache) == products


def test_a_model_without_a_normalisation_is_unchanged() -> None:
    """The range of its inputs is unknown."""
    ops = openvino().opset13
    texts = ops.parameter([-1, -1, 4], np.float32)
    weights = ops.constant(np.eye(4, dtype=np.float32))
    model = openvino().Model(
        [ops.matmul(texts, weights, transpose_a=False, transpose_b=True)], [texts], "plain"
    )
    before = [node.get_friendly_name() for node in model.get_ordered_ops()]
    assert quantise(model, [[1, 2]]) == 0
    assert [node.get_friendly_name() for node in model.get_ordered_ops()] == before


def test_later_weights_compensate_for_rounding_errors() -> None:
    """With correlated channels, products are closer than with weights rounded one by one."""
    rng = np.random.default_rng(3)
    inputs = rng.normal(size=(500, 8)) @ rng.normal(size=(8, 100))
    inputs += rng.normal(size=inputs.shape) * 0.1
    weights = rng.normal(size=(20, 100)) * 20
    compensated = _rounded(weights, inputs.T @ inputs)
    assert compensated.dtype == np.int8
    errors = [
        np.square(inputs @ (rounded - weights).T).mean()
        for rounded in (compensated, weights.round())
    ]
    assert errors[0] < errors[1] / 2


def test_calibration_texts_are_the_same_each_time(tiny: Path) -> None:
    """They are short and long and have the model's special tokens."""
    tokenizer = find_model(str(tiny)).open_tokenizer()
    first, second = [*calibration_texts(tokenizer)], [*calibration_texts(tokenizer)]
    assert first == second
    lengths = [len(text) for text in first]
    assert min(lengths) == 2
    assert max(lengths) > 60
    assert {(text[0], text[-1]) for text in first} == {(101, 102)}

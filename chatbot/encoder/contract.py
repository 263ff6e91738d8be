"""The contracts of an encoder and of a model that another package registers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Advance = Callable[[int], None]


class Encoder(Protocol):
    """Turns texts into unit vectors, so that an inner product is a cosine.

    Safe to use from several threads.
    """

    dimensions: int

    def encode(self, texts: Sequence[str], *, advance: Advance | None = None) -> Vectors:
        """Vectors of documents, `(len(texts), dimensions)`, row i for text i.

        Text beyond the model's maximum length is ignored. `advance` is called with the number
        of texts done since its last call.
        """
        ...

    def encode_query(self, text: str) -> Vectors:
        """The vector of a question, `(dimensions,)`, with the model's query prompt if any."""
        ...

    def word_vectors(self, words: Sequence[str]) -> Vectors:
        """Unit vectors of single words out of context, `(len(words), dimensions)`.

        They come from the model's input embeddings: a look-up without inference.
        """
        ...

    def count_tokens(self, texts: Sequence[str]) -> Sequence[int]:
        """The length of each text in the model's tokens, without special tokens."""
        ...


@runtime_checkable
class DividingEncoder(Encoder, Protocol):
    """An encoder that several workers can replace.

    The vector of a text may depend on its batch, so only the encoder knows where to divide texts.
    """

    def portions(self, texts: Sequence[str]) -> Iterator[list[int]]:
        """The positions of texts, divided so that encoding each portion gives the same vectors."""
        ...


class RegisteredModel(Protocol):
    """A model that another package registers (`registered.py`)."""

    @property
    def name(self) -> str:
        """The name in the setting `model`."""
        ...

    @property
    def fingerprint(self) -> str:
        """A hash of everything that decides a vector: weights, tokenizer, configuration.

        A build records it. If it changes, the build is refused and the next one embeds every text
        again.
        """
        ...

    @property
    def max_tokens(self) -> int:
        """The longest text that the model reads, in tokens."""
        ...

    def open(self) -> Encoder:
        """Load the model; called once per process, and only when vectors are needed."""
        ...

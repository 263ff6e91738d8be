"""An encoder outside the package: a text is the sum of its words, a word is its letters.

It needs no model, so it shows the contract and nothing else. Install a package like this one, set
`model = "letters"`, and run `chatbot build`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from string import ascii_lowercase

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


class LettersEncoder:
    """Unit vectors of 26 dimensions; a text without letters has the first letter's."""

    dimensions = len(ascii_lowercase)

    def encode(
        self, texts: Sequence[str], *, advance: Callable[[int], None] | None = None
    ) -> Vectors:
        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        for row, text in enumerate(texts):
            vectors[row] = [text.lower().count(letter) for letter in ascii_lowercase]
            if not vectors[row].any():
                vectors[row, 0] = 1
            if advance:
                advance(1)
        unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit

    def encode_query(self, text: str) -> Vectors:
        row: Vectors = self.encode([text])[0]
        return row

    def word_vectors(self, words: Sequence[str]) -> Vectors:
        return self.encode(words)

    def count_tokens(self, texts: Sequence[str]) -> Sequence[int]:
        return [len(text.split()) for text in texts]


class LettersModel:
    """What a build records of the model; change the fingerprint whenever vectors change."""

    fingerprint = "letters-1"
    max_tokens = 1_000_000

    def __init__(self, name: str) -> None:
        self.name = name

    def open(self) -> LettersEncoder:
        return LettersEncoder()

"""Texts -> unit vectors.

Two encoders give the same vectors: sentence-transformers itself, the source of truth, and the
same model compiled for this processor, several times faster. `open_encoder` chooses; callers
cannot tell the difference but by the clock.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from chatbot.encoder.model_files import ModelFiles, find_model

Vectors = NDArray[np.float32]
Advance = Callable[[int], None]

log = logging.getLogger(__name__)

__all__ = ["Advance", "Encoder", "ModelFiles", "Vectors", "find_model", "open_encoder"]


class Encoder(Protocol):
    """Turns texts into vectors of length one, so that an inner product is a cosine."""

    files: ModelFiles
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
        """Unit vectors of single words, `(len(words), dimensions)`, out of any context.

        They are the model's input embeddings, so they cost a look-up and no inference.
        """
        ...

    def count_tokens(self, texts: Sequence[str]) -> Sequence[int]:
        """The length of each text in the model's tokens, special tokens not counted."""
        ...


def open_encoder(files: ModelFiles, *, cache: Path, compiled: bool = True) -> Encoder:
    """The fastest encoder that gives this model's vectors on this machine.

    Compiles the model into `cache` the first time, which takes some seconds; with
    `compiled=False`, or where compiling is refused, sentence-transformers serves.
    """
    from chatbot.encoder.compilation import CompilationRefused
    from chatbot.encoder.compiled_encoder import open_compiled
    from chatbot.encoder.reference_encoder import ReferenceEncoder, has_accelerator

    if compiled and not has_accelerator():
        try:
            return open_compiled(files, cache=cache)
        except CompilationRefused as refusal:
            log.warning("%s; using sentence-transformers, which is slower", refusal)
    return ReferenceEncoder(files)

"""The model in sentence-transformers: the source of truth for every vector.

Importing sentence_transformers takes seconds and hundreds of megabytes, so it is imported only
when an encoder is created.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from chatbot.encoder.batches import batches, portions
from chatbot.encoder.contract import Advance, Vectors
from chatbot.encoder.fingerprint import BUNDLED
from chatbot.encoder.model_files import ModelFiles
from chatbot.encoder.word_vectors import mean_rows
from chatbot.errors import ModelMissing

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


# Tokens in one forward pass, padding included; on two cores larger batches are no faster.
_BATCH_TOKENS = 8_192


def has_accelerator() -> bool:
    """Whether this machine may have a CUDA or Apple GPU; checked without importing torch."""
    apple = sys.platform == "darwin" and os.uname().machine == "arm64"
    return apple or Path("/dev/nvidia0").exists()


def load_model(files: ModelFiles) -> SentenceTransformer:
    """The model from its folder, never from a hub. Raises ModelMissing if it is incomplete."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as transformers_logging

    # Loading prints a progress bar and advice for model authors.
    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity(logging.ERROR)
    try:
        return SentenceTransformer(str(files.folder), local_files_only=True).eval()
    except Exception as failure:  # each underlying library has its own errors
        raise ModelMissing(
            f"The model in {files.folder} can't be loaded ({failure}). "
            f"Copy it here again, or use {BUNDLED}."
        ) from failure


class ReferenceEncoder:
    """Encodes with sentence-transformers, on the accelerator if the machine has one."""

    def __init__(self, files: ModelFiles) -> None:
        self.files = files
        self._model = load_model(files)
        self.dimensions = int(self._model.get_embedding_dimension() or 0)

    def encode(self, texts: Sequence[str], *, advance: Advance | None = None) -> Vectors:
        vectors = np.empty((len(texts), self.dimensions), np.float32)
        for rows in batches(self._lengths(texts), _BATCH_TOKENS):
            vectors[rows] = self._unit([texts[row] for row in rows], self.files.prefixes.passage)
            if advance:
                advance(len(rows))
        return vectors

    def portions(self, texts: Sequence[str]) -> Iterator[list[int]]:
        return portions(self._lengths(texts), _BATCH_TOKENS)

    def _lengths(self, texts: Sequence[str]) -> list[int]:
        """The length of each text in tokens, cut at the model's limit."""
        return [min(n + 2, self.files.max_tokens) for n in self.count_tokens(texts)]

    def encode_query(self, text: str) -> Vectors:
        row: Vectors = self._unit([text], self.files.prefixes.query)[0]
        return row

    def word_vectors(self, words: Sequence[str]) -> Vectors:
        tokens = self._model.tokenizer(list(words), add_special_tokens=False) if words else {}
        return mean_rows(self.input_embeddings(), tokens.get("input_ids", []))

    def input_embeddings(self) -> Vectors:
        """The model's input embeddings, one row per token of the vocabulary."""
        weight = self._model[0].auto_model.get_input_embeddings().weight
        return np.asarray(weight.detach().cpu().numpy(), np.float32)

    def count_tokens(self, texts: Sequence[str]) -> Sequence[int]:
        if not texts:
            return []
        tokens = self._model.tokenizer(list(texts), add_special_tokens=False, verbose=False)
        return [len(ids) for ids in tokens["input_ids"]]

    def _unit(self, texts: list[str], prompt: str) -> Vectors:
        return np.asarray(
            self._model.encode(
                texts,
                batch_size=len(texts),
                prompt=prompt,
                normalize_embeddings=True,
                show_progress_bar=False,
            ),
            np.float32,
        )

"""A cross-encoder: a model that reads a question and a passage together and scores the pair.

It ranks a few candidates better than vectors do, but is slower by orders of magnitude. This module
is imported only if the settings name a cross-encoder.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from chatbot.encoder.contract import Vectors
from chatbot.encoder.model_files import hub_snapshot
from chatbot.errors import ModelMissing

_OWNER = "cross-encoder"
_CONFIGURATION = "config.json"
_BATCH = 32


def find_reranker(name: str) -> Path:
    """The folder of a cross-encoder, given as a folder or as a name in the local hub cache.

    Raises ModelMissing if it isn't on this machine.
    """
    folder = Path(name) if Path(name).is_dir() else hub_snapshot(name, _OWNER, _CONFIGURATION)
    if folder is None or not (folder / _CONFIGURATION).is_file():
        raise ModelMissing(
            f"The cross-encoder {name} is not on this machine, and the chatbot downloads nothing. "
            f"Copy it here and name its folder in the setting reranker, or leave that empty."
        )
    return folder.resolve()


class Reranker:
    """Scores passages for a question; higher is better, on the model's own scale."""

    def __init__(self, folder: Path) -> None:
        """Load the model, which takes seconds. Raises ModelMissing if it is incomplete."""
        os.environ["HF_HUB_OFFLINE"] = "1"
        import torch
        from sentence_transformers import CrossEncoder
        from transformers.utils import logging as transformers_logging

        transformers_logging.disable_progress_bar()
        transformers_logging.set_verbosity(logging.ERROR)
        try:
            self._model = CrossEncoder(
                str(folder), local_files_only=True, activation_fn=torch.nn.Identity()
            )
        except Exception as failure:  # each underlying library has its own errors
            raise _unusable(folder, str(failure)) from failure
        if self._model.num_labels != 1:
            raise _unusable(folder, f"it gives {self._model.num_labels} scores for a pair, not one")
        # Each call reconfigures the tokenizer, so calls from several threads would interfere.
        self._lock = threading.Lock()

    def scores(self, question: str, passages: Sequence[str]) -> Vectors:
        """A score for each passage, `(len(passages),)`."""
        pairs = [(question, passage) for passage in passages]
        with self._lock:
            scores = self._model.predict(pairs, batch_size=_BATCH, show_progress_bar=False)
        return np.asarray(scores, np.float32)


def _unusable(folder: Path, reason: str) -> ModelMissing:
    return ModelMissing(
        f"The cross-encoder in {folder} can't be used ({reason}). "
        f"Copy it here again, or leave the setting reranker empty."
    )

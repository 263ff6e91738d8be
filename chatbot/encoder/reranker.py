"""A cross-encoder: a model that reads question and passage together and scores the pair.

It is better at telling the best of a few from the rest than vectors are, and slower by orders of
magnitude. Nothing here is imported unless the settings name one.
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
    """The folder of a cross-encoder: one that is named, or one in the local hub cache.

    Raises ModelMissing where it is not on this machine.
    """
    folder = Path(name) if Path(name).is_dir() else hub_snapshot(name, _OWNER, _CONFIGURATION)
    if folder is None or not (folder / _CONFIGURATION).is_file():
        raise ModelMissing(
            f"The cross-encoder {name} is not on this machine, and the chatbot downloads nothing. "
            f"Copy it here and name its folder in the setting reranker, or leave that empty."
        )
    return folder.resolve()


class Reranker:
    """Scores passages for a question; a higher score is better, on the model's own scale."""

    def __init__(self, folder: Path) -> None:
        """Load it, which takes seconds. Raises ModelMissing where it is not whole."""
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
        except Exception as failure:  # each library underneath has errors of its own
            raise _unusable(folder, str(failure)) from failure
        if self._model.num_labels != 1:
            raise _unusable(folder, f"it gives {self._model.num_labels} scores for a pair, not one")
        # Its tokenizer is set up anew for each call, which threads may not do at once.
        self._turn = threading.Lock()

    def scores(self, question: str, passages: Sequence[str]) -> Vectors:
        """A score for each passage, `(len(passages),)`."""
        pairs = [(question, passage) for passage in passages]
        with self._turn:
            found = self._model.predict(pairs, batch_size=_BATCH, show_progress_bar=False)
        return np.asarray(found, np.float32)


def _unusable(folder: Path, why: str) -> ModelMissing:
    return ModelMissing(
        f"The cross-encoder in {folder} can't be used ({why}). "
        f"Copy it here again, or leave the setting reranker empty."
    )

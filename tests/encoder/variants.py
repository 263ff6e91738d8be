"""Variants of a model that differ in some files, and their expected vectors."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from chatbot.encoder import ModelFiles, find_model
from chatbot.encoder.engine import multiplies_bf16
from chatbot.encoder.fingerprint import BUNDLED

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# The compiled model computes with int8 and bfloat16 where the processor has them.
AGREEMENT = 0.999
# A text's vector is the mean over its tokens, and so is its error. Over a few tokens the errors of
# int8 average out less.
FEW_TOKENS = 10
AGREEMENT_OF_FEW = 0.998 if multiplies_bf16() else AGREEMENT
# The widths that have a model of their own.
WIDTHS = [16, 32] if multiplies_bf16() else [16, 24]

CASED = {"tokenizer_config.json": {"do_lower_case": False}}
PROMPTED = {
    "config_sentence_transformers.json": {
        "prompts": {
            "query": "Ask of wind and ruin: ",
            "document": "Say what the committee found: ",
        }
    }
}
# A prompt that sentence-transformers adds only to texts that are neither query nor document.
DEFAULTED = {
    "config_sentence_transformers.json": {
        "prompts": {"tale": "A long tale of ducks and ruin: "},
        "default_prompt_name": "tale",
    }
}


def variant(
    folder: Path,
    changes: Mapping[str, bytes | Mapping[str, Any] | None],
    *,
    of: Path | None = None,
) -> Path:
    """Copy a model, by default the bundled one, with changed files.

    A mapping updates keys of a JSON file, bytes replace a file, and None removes it.
    """
    source = of or find_model(BUNDLED).folder
    shutil.copytree(source, folder, copy_function=os.symlink)
    for name, change in changes.items():
        path = folder / name
        before = path.read_bytes() if path.is_file() else b"{}"
        path.unlink(missing_ok=True)
        if isinstance(change, Mapping):
            path.write_text(json.dumps({**json.loads(before), **change}))
        elif change is not None:
            path.write_bytes(change)
    return folder


def loaded(files: ModelFiles) -> SentenceTransformer:
    """The model in sentence-transformers; the first import takes seconds."""
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(files.folder), local_files_only=True)


def cosines(first: NDArray[Any], second: NDArray[Any]) -> NDArray[Any]:
    """The cosine of each unit row with the same row of the other array."""
    cosine: NDArray[Any] = np.einsum("ij,ij->i", first, second)
    return cosine

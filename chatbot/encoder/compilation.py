"""How a model is compiled with OpenVINO, once, and whether the result is to be trusted.

The model's modules are traced. Where the processor is quick with bytes, as many products as can
be are made with them. The result is compared with sentence-transformers on sample texts: below a
cosine of `AGREEMENT` the products keep their floats, and if that does not help the compiled
model is refused.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from chatbot.encoder.contract import Encoder
from chatbot.encoder.engine import multiplies_bf16, openvino
from chatbot.encoder.int8_products import quantise, texts_of
from chatbot.encoder.model_files import ModelFiles

log = logging.getLogger(__name__)

AGREEMENT = 0.999
MODEL = "model.xml"
# Of 2,570 questions of five public sets 49 % have at most 16 tokens, 80 % at most 24 and 93 % at
# most 32. A product with bf16 or bytes takes 16 at once; one with floats takes longer for each.
_FIXED_FLOATS = (16, 24)
_FIXED_BF16 = (16, 32)

# What lies in a cache folder; a change of it makes the caches of earlier versions unknown.
_FORMAT = 4
_PARTIAL = ".compiling-"
_REST_SECONDS = 86_400
# Each model of fixed length has its own copy of the weights.
_SMALL_BYTES = 100_000_000
_SAMPLES = (
    "Which air defence system did Russia sell to China?",
    "Wind tunnel",
    "why would they train together",
    "Entre 2012 et 2017, les deux pays ont renforcé leur coopération.",
    "Das Abkommen von 2014 sieht vor, dass 38 Milliarden m³ Gas im Jahr geliefert werden.",
    "Россия и Китай провели совместные учения.",
    "Arms sales fell from $2.7bn (2005) to $1.1bn (2012), and have grown by 8.4% a year since.",
    "The committee found that trade, energy and arms sales had each grown. " * 24,
)


class CompilationRefused(Exception):
    """The compiled model is not to be trusted, or can't be made here; says why."""


def home_of(files: ModelFiles, cache: Path) -> Path:
    """Where a model compiled for a processor like this one is kept."""
    kind = "bytes" if _multiplies_bytes() else "floats"
    return cache / f"{_name(files)}-{kind}"


def fixed_model(width: int) -> str:
    """The file of the model for one text of so many tokens."""
    return f"model-{width}.xml"


def fixed_widths(home: Path) -> list[int]:
    """The widths for which there is a model of their own."""
    return [width for width in _widths() if (home / fixed_model(width)).is_file()]


def _widths() -> tuple[int, ...]:
    return _FIXED_BF16 if multiplies_bf16() else _FIXED_FLOATS


def publish(files: ModelFiles, home: Path, *, opened: Callable[[Path], Encoder]) -> None:
    """Compile, and publish into `home` by a rename, so that a killed run leaves no half of it.

    `opened` opens what was made in a folder. Raises CompilationRefused.
    """
    home.parent.mkdir(parents=True, exist_ok=True)
    _clear(files, home.parent)
    with tempfile.TemporaryDirectory(dir=home.parent, prefix=_PARTIAL) as partial:
        _make(files, Path(partial), opened)
        # Another process may have been first, and may be reading what it made.
        if not (home / MODEL).is_file():
            shutil.rmtree(home, ignore_errors=True)
            Path(partial).replace(home)
            Path(partial).mkdir()  # what the context manager is about to remove


def reason(failure: BaseException) -> str:
    """The last line, where OpenVINO says what it was; before that, where in its source."""
    return str(failure).strip().rpartition("\n")[2]


def _name(files: ModelFiles) -> str:
    version = openvino().__version__.split("-")[0]
    return f"{files.fingerprint[:16]}-{version}-{_FORMAT}"


def _multiplies_bytes() -> bool:
    """Whether it does so exactly.

    Processors before VNNI add two products in 16 bits, and what is too much for them is cut off.
    Each that multiplies bf16 has VNNI or better.
    """
    return multiplies_bf16()


def _clear(files: ModelFiles, cache: Path) -> None:
    """Remove what nobody uses any more, and what a killed run has left behind.

    That is this model compiled by other versions, and half-made models. A day's rest tells them
    from those that another process is making or has just made.
    """
    current = _name(files)
    model = current.partition("-")[0]
    before = time.time() - _REST_SECONDS
    for path in cache.iterdir():
        left = path.name.startswith((_PARTIAL, f"{model}-")) and not path.name.startswith(current)
        with suppress(OSError):  # gone meanwhile, or not ours to remove
            if left and path.stat().st_mtime < before:
                shutil.rmtree(path)


def _make(files: ModelFiles, folder: Path, opened: Callable[[Path], Encoder]) -> None:
    """Trace the model, save it in a folder, and check it there."""
    from chatbot.encoder.reference_encoder import ReferenceEncoder

    reference = ReferenceEncoder(files)
    np.save(folder / "words.npy", reference.input_embeddings().astype(np.float16))
    expected = reference.encode(_SAMPLES)
    agreement = 0.0
    for _ in _ways(files, folder):
        agreement = float((opened(folder).encode(_SAMPLES) * expected).sum(axis=1).min())
        log.info("%s agrees with sentence-transformers to %.5f", files.name, agreement)
        if agreement >= AGREEMENT:
            _fix_widths(folder)
            return
    raise CompilationRefused(
        f"The compiled {files.name} agrees with sentence-transformers only to a cosine "
        f"of {agreement:.4f}"
    )


def _ways(files: ModelFiles, folder: Path) -> Iterator[None]:
    """The model as it may be compiled, put into the folder; the fastest way first."""
    try:
        model = _traced(files)
        # Half precision is finer than bf16. A weight too large for it would cost the agreement.
        openvino().save_model(model, folder / MODEL, compress_to_fp16=True)
    except Exception as failure:  # whatever a foreign model's trace runs into
        raise CompilationRefused(f"{files.name} can't be compiled ({reason(failure)})") from failure
    if _multiplies_bytes():
        # Read back, since OpenVINO leaves floats as they are where there are bytes among them.
        core = openvino().Core()
        core.set_property({"ENABLE_MMAP": False})  # the same file is written again
        quick = core.read_model(folder / MODEL)
        if quantise(quick, texts_of(files.open_tokenizer())):
            openvino().save_model(quick, folder / MODEL, compress_to_fp16=False)
            yield
            openvino().save_model(model, folder / MODEL, compress_to_fp16=True)
    yield


def _fix_widths(folder: Path) -> None:
    """Save a small model for the usual lengths of questions too."""
    path = folder / MODEL
    if path.with_suffix(".bin").stat().st_size <= _SMALL_BYTES:
        model = openvino().Core().read_model(path)
        for width in _widths():
            model.reshape({name: [1, width] for each in model.inputs for name in each.names})
            openvino().save_model(model, folder / fixed_model(width), compress_to_fp16=False)


def _traced(files: ModelFiles) -> Any:
    """The model's modules in order, from token ids to the sentence vector."""
    import torch

    from chatbot.encoder.reference_encoder import load_model

    loaded = load_model(files).to("cpu")

    class Traceable(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.stages = torch.nn.ModuleList(loaded)

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            features = {"input_ids": input_ids, "attention_mask": attention_mask}
            for stage in self.stages:
                features = stage(features)
            return torch.nn.functional.normalize(features["sentence_embedding"], dim=-1)

    example = torch.ones((2, 7), dtype=torch.long)
    # Tracing warns of branches that a fixed model takes the same way each time.
    with warnings.catch_warnings(action="ignore"):
        return openvino().convert_model(
            Traceable(), example_input={"input_ids": example, "attention_mask": example}
        )

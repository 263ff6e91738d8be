"""Compile a model with OpenVINO, and check the result against sentence-transformers.

The model's modules are traced. On processors with fast int8 arithmetic, some matrix products are
quantised. The compiled model must agree with sentence-transformers on sample texts to a cosine of
`CompilationTuning.agreement`. If it doesn't, it is compiled without quantisation; if it still
doesn't, it is refused.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from chatbot.encoder import cache_folders
from chatbot.encoder.cache_folders import PARTIAL, remove_unused
from chatbot.encoder.contract import Encoder, Vectors
from chatbot.encoder.engine import multiplies_bf16, opened_core, openvino
from chatbot.encoder.int8_products import calibration_texts, quantise
from chatbot.encoder.model_files import ModelFiles

if TYPE_CHECKING:
    from tokenizers import Tokenizer

log = logging.getLogger(__name__)

MODEL = "model.xml"
# Of 2,570 questions of five public sets, 49 % have up to 16 tokens, 80 % up to 24 and 93 % up to
# 32. bf16 and int8 kernels process 16 tokens at once; float32 kernels slow down with each token.
_FIXED_FLOATS = (16, 24)
_FIXED_BF16 = (16, 32)

# Part of the name of a cache folder; increase it when the files in it change.
_FORMAT = 4
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


@dataclass(frozen=True, slots=True)
class CompilationTuning:
    """How a model is compiled, and when the result is accepted."""

    # The lowest accepted cosine with sentence-transformers on the sample texts.
    agreement: float = 0.999
    # Each fixed-width model has its own copy of the weights, so only models up to this size in
    # bytes get any.
    fixed_width_bytes: int = 100_000_000
    # Whether to quantise matrix products; None decides by the processor.
    int8: bool | None = None
    # Gives the texts, as token ids, that set the ranges of quantised values.
    calibration: Callable[[Tokenizer], Iterable[Sequence[int]]] = calibration_texts

    @property
    def quantises(self) -> bool:
        """Whether matrix products are quantised on this processor.

        Before VNNI, processors add two products in 16 bits, which overflows. Every processor with
        bf16 has VNNI or better.
        """
        return multiplies_bf16() if self.int8 is None else self.int8


DEFAULT = CompilationTuning()


class CompilationRefused(Exception):
    """The compiled model disagrees with the original, or the model can't be compiled here."""


def home_of(files: ModelFiles, cache: Path, tuning: CompilationTuning) -> Path:
    """The folder of a model compiled for a processor like this one."""
    kind = "bytes" if tuning.quantises else "floats"
    return cache / f"{_name(files)}-{kind}"


def fixed_model(width: int) -> str:
    """The file of the model for one text of `width` tokens."""
    return f"model-{width}.xml"


def fixed_widths(home: Path) -> list[int]:
    """The widths that have their own model."""
    return [width for width in _widths() if (home / fixed_model(width)).is_file()]


def _widths() -> tuple[int, ...]:
    return _FIXED_BF16 if multiplies_bf16() else _FIXED_FLOATS


def publish(
    files: ModelFiles,
    home: Path,
    *,
    open_encoder: Callable[[Path], Encoder],
    tuning: CompilationTuning = DEFAULT,
) -> None:
    """Compile a model and publish it as `home` by a rename, so that `home` is always complete.

    `open_encoder` opens the model compiled in a folder. Raises CompilationRefused.
    """
    home.parent.mkdir(parents=True, exist_ok=True)
    remove_unused(_others(files, home.parent))
    cache_folders.publish(home, MODEL, lambda folder: _compile(files, folder, open_encoder, tuning))


def last_line(failure: BaseException) -> str:
    """The reason in an OpenVINO error: its last line, after the source locations."""
    return str(failure).strip().rpartition("\n")[2]


def _name(files: ModelFiles) -> str:
    version = openvino().__version__.split("-")[0]
    return f"{files.fingerprint[:16]}-{version}-{_FORMAT}"


def _others(files: ModelFiles, cache: Path) -> Iterator[Path]:
    """This model compiled by other versions, and the leftovers of killed runs."""
    current = _name(files)
    model = current.partition("-")[0]
    for path in cache.iterdir():
        if path.name.startswith((PARTIAL, f"{model}-")) and not path.name.startswith(current):
            yield path


def _compile(
    files: ModelFiles,
    folder: Path,
    open_encoder: Callable[[Path], Encoder],
    tuning: CompilationTuning,
) -> None:
    """Write the compiled model into a folder, in the fastest variant that agrees."""
    expected = _reference_vectors(files, folder)
    agreement = 0.0
    for _ in _variants(files, folder, tuning):
        agreement = float((open_encoder(folder).encode(_SAMPLES) * expected).sum(axis=1).min())
        log.info("%s agrees with sentence-transformers to %.5f", files.name, agreement)
        if agreement >= tuning.agreement:
            _save_fixed_widths(folder, tuning)
            return
    raise CompilationRefused(
        f"The compiled {files.name} agrees with sentence-transformers only to a cosine "
        f"of {agreement:.4f}"
    )


def _reference_vectors(files: ModelFiles, folder: Path) -> Vectors:
    """The expected vectors of the sample texts; also writes the input embeddings.

    Returning frees the reference model before the same weights are loaded for tracing.
    """
    from chatbot.encoder.reference_encoder import ReferenceEncoder

    reference = ReferenceEncoder(files)
    np.save(folder / "words.npy", reference.input_embeddings().astype(np.float16))
    return reference.encode(_SAMPLES)


def _variants(files: ModelFiles, folder: Path, tuning: CompilationTuning) -> Iterator[None]:
    """Write the variants of the compiled model into the folder in turn, the fastest first."""
    try:
        model = _traced(files)
        # Half precision is finer than bf16. If a weight exceeds its range, the check fails.
        openvino().save_model(model, folder / MODEL, compress_to_fp16=True)
    except Exception as failure:  # tracing a foreign model may raise anything
        raise CompilationRefused(
            f"{files.name} can't be compiled ({last_line(failure)})"
        ) from failure
    if tuning.quantises:
        # Read back from the file, because OpenVINO doesn't compress the floats of a model that
        # also has int8 weights.
        # The same file is written again.
        quantised = opened_core(mapped=False).read_model(folder / MODEL)
        if quantise(quantised, tuning.calibration(files.open_tokenizer())):
            openvino().save_model(quantised, folder / MODEL, compress_to_fp16=False)
            yield
            openvino().save_model(model, folder / MODEL, compress_to_fp16=True)
    yield


def _save_fixed_widths(folder: Path, tuning: CompilationTuning) -> None:
    """Save a small model again for the usual lengths of questions."""
    path = folder / MODEL
    if path.with_suffix(".bin").stat().st_size <= tuning.fixed_width_bytes:
        model = opened_core().read_model(path)
        names = [name for port in model.inputs for name in port.names]
        for width in _widths():
            model.reshape({name: [1, width] for name in names})
            openvino().save_model(model, folder / fixed_model(width), compress_to_fp16=False)


def _traced(files: ModelFiles) -> Any:
    """The model as one OpenVINO graph, from token ids to the unit vector of a text."""
    import torch

    from chatbot.encoder.reference_encoder import load_model

    model = load_model(files).to("cpu")

    class Traceable(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.stages = torch.nn.ModuleList(model)

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            features = {"input_ids": input_ids, "attention_mask": attention_mask}
            for stage in self.stages:
                features = stage(features)
            return torch.nn.functional.normalize(features["sentence_embedding"], dim=-1)

    example = torch.ones((2, 7), dtype=torch.long)
    # Tracing warns about branches on Python values, which never vary here.
    with warnings.catch_warnings(action="ignore"):
        return openvino().convert_model(
            Traceable(), example_input={"input_ids": example, "attention_mask": example}
        )

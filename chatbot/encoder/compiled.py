"""The same model, compiled for this processor with OpenVINO.

Compiling happens once for each model: its modules are traced, the result is compared with
sentence-transformers on sample texts, and refused below a cosine of `AGREEMENT`. What passes is
cached on disk under the model's fingerprint; from then on encoding imports neither torch nor
sentence-transformers.
"""

from __future__ import annotations

import logging
import os
import shutil
import sys
import tempfile
import time
import warnings
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from tokenizers import Tokenizer

from chatbot.encoder.batches import batches, padded
from chatbot.encoder.model import ModelFiles
from chatbot.encoder.one_by_one import OneByOne, Requests
from chatbot.encoder.words import mean_rows

if TYPE_CHECKING:
    from chatbot.encoder import Advance, Vectors

log = logging.getLogger(__name__)

# Positions of texts, and the tokens of each.
Part = tuple[list[int], list[list[int]]]
Options = dict[str, str | int]

AGREEMENT = 0.999

# What lies in a cache folder; a change of it makes the caches of earlier versions unknown.
_FORMAT = 2
_MODEL = "model.xml"
_WEIGHTS = "model.bin"
_PARTIAL = ".compiling-"
_REST_SECONDS = 86_400
_BATCH_TOKENS = 2_000
_MOST_CORES_A_QUESTION = 4
_REMEMBERED_WORDS = 65_536
# Each model of fixed length has its own copy of the weights.
_SMALL_BYTES = 100_000_000
_SAMPLES = (
    "Which air defence system did Russia sell to China?",
    "Wind tunnel",
    "Entre 2012 et 2017, les deux pays ont renforcé leur coopération.",
    "Россия и Китай провели совместные учения.",
    "The committee found that trade, energy and arms sales had each grown. " * 24,
)

# What opening the cache may run into: a file cut short or closed to us, a bad disk.
_UNUSABLE = (OSError, EOFError, RuntimeError, ValueError)


class CompilationRefused(Exception):
    """The compiled model is not to be trusted, or can't be made here; says why."""


def open_compiled(files: ModelFiles, *, cache: Path) -> CompiledEncoder:
    """The compiled model from the cache, compiled now if it is not there.

    Raises CompilationRefused.
    """
    if not files.tokenizer.is_file():
        raise CompilationRefused(f"{files.name} has no fast tokenizer")
    version = _openvino().__version__.split("-")[0]
    home = cache / f"{files.fingerprint[:16]}-{version}-{_FORMAT}"
    try:
        if (home / _MODEL).is_file():
            return CompiledEncoder(files, home)
    except _UNUSABLE as failure:
        log.warning("%s can't be used and is made again (%s)", home, _reason(failure))
        shutil.rmtree(home, ignore_errors=True)
    try:
        _compile(files, home)
        return CompiledEncoder(files, home)
    except _UNUSABLE as failure:
        raise CompilationRefused(
            f"The compiled {files.name} can't be made in {cache} ({_reason(failure)})"
        ) from failure


def _reason(failure: BaseException) -> str:
    """The last line, where OpenVINO says what it was; before that, where in its source."""
    return str(failure).strip().rpartition("\n")[2]


def _openvino() -> Any:
    # `import openvino` would otherwise load a telemetry client that looks up a host and writes
    # an identifier into the home folder; without that client it uses its own stub.
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    try:
        import openvino
    except ImportError as failure:
        # What Ctrl-C becomes while it is being imported.
        if isinstance(failure.__cause__, KeyboardInterrupt):
            raise KeyboardInterrupt from failure
        raise
    return openvino


def _compile(files: ModelFiles, home: Path) -> None:
    """Compile and publish into `home` by a rename, so that a killed run leaves no half of it."""
    home.parent.mkdir(parents=True, exist_ok=True)
    _clear(home)
    with tempfile.TemporaryDirectory(dir=home.parent, prefix=_PARTIAL) as partial:
        _make(files, Path(partial))
        # Another process may have been first, and may be reading what it made.
        if not (home / _MODEL).is_file():
            shutil.rmtree(home, ignore_errors=True)
            Path(partial).replace(home)
            Path(partial).mkdir()  # what the context manager is about to remove


def _clear(home: Path) -> None:
    """Remove what nobody uses any more, and what a killed run has left behind.

    That is this model compiled by other versions, and half-made models. A day's rest tells them
    from those that another process is making or has just made.
    """
    model = home.name.partition("-")[0]
    before = time.time() - _REST_SECONDS
    for path in home.parent.iterdir():
        ours = path.name.startswith((_PARTIAL, f"{model}-")) and path != home
        with suppress(OSError):  # gone meanwhile, or not ours to remove
            if ours and path.stat().st_mtime < before:
                shutil.rmtree(path)


def _make(files: ModelFiles, folder: Path) -> None:
    """Trace the model, save it in a folder, and check it there."""
    import torch

    from chatbot.encoder.reference import ReferenceEncoder, load_model

    loaded = load_model(files).to("cpu")

    class Traceable(torch.nn.Module):  # type: ignore[misc]
        """The model's modules in order, from token ids to the sentence vector."""

        def __init__(self) -> None:
            super().__init__()
            self.stages = torch.nn.ModuleList(loaded)

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            features = {"input_ids": input_ids, "attention_mask": attention_mask}
            for stage in self.stages:
                features = stage(features)
            return torch.nn.functional.normalize(features["sentence_embedding"], dim=-1)

    example = torch.ones((2, 7), dtype=torch.long)
    try:
        # Tracing warns of branches that a fixed model takes the same way each time.
        with warnings.catch_warnings(action="ignore"):
            model = _openvino().convert_model(
                Traceable(), example_input={"input_ids": example, "attention_mask": example}
            )
        # Half precision is finer than bf16. A weight too large for it would cost the agreement.
        _openvino().save_model(model, folder / _MODEL, compress_to_fp16=True)
    except Exception as failure:  # whatever a foreign model's trace runs into
        raise CompilationRefused(
            f"{files.name} can't be compiled ({_reason(failure)})"
        ) from failure
    reference = ReferenceEncoder(files)
    np.save(folder / "words.npy", reference.input_embeddings().astype(np.float16))
    ours = CompiledEncoder(files, folder, keep=False).encode(_SAMPLES)
    agreement = float((ours * reference.encode(_SAMPLES)).sum(axis=1).min())
    if not agreement >= AGREEMENT:
        raise CompilationRefused(
            f"The compiled {files.name} agrees with sentence-transformers only to a cosine "
            f"of {agreement:.4f}"
        )


def _options(hint: str, streams: int, threads: int) -> Options:
    return {
        "PERFORMANCE_HINT": hint,
        "NUM_STREAMS": streams,
        "INFERENCE_NUM_THREADS": threads,
    }


class CompiledEncoder:
    """Encodes with the compiled model, one stream a core, tokenising while others infer.

    With `keep`, OpenVINO keeps in `home` what it makes of the model for this processor, which is
    as large again and makes the next start quicker.
    """

    def __init__(self, files: ModelFiles, home: Path, *, keep: bool = True) -> None:
        self.files = files
        self._tokenizer = Tokenizer.from_file(str(files.tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(files.max_tokens)
        self._counter = Tokenizer.from_file(str(files.tokenizer))
        self._counter.no_padding()
        self._counter.no_truncation()
        self._home = home
        self._core = _openvino().Core()
        if keep:
            self._core.set_property({"CACHE_DIR": str(home)})
        self._cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
        # One text, soon: a few cores together, and never all, since the lexical arm works beside.
        together = min(max(1, self._cores // 2), _MOST_CORES_A_QUESTION)
        streams = max(1, self._cores // _MOST_CORES_A_QUESTION)
        options = _options("LATENCY", streams, streams * together)
        self._any_length = Requests(self._compile(options))
        small = (home / _WEIGHTS).stat().st_size <= _SMALL_BYTES
        compile_for = partial(self._compile, options)
        self._questions = OneByOne(self._any_length, compile_for, files.max_tokens, small=small)
        self.dimensions = int(self._any_length.model.output(0).partial_shape[1].get_length())
        # A plain view: the subclass that maps a file costs more than looking up a few rows.
        self._words = np.asarray(np.load(home / "words.npy", mmap_mode="r"))
        self._word_ids = lru_cache(_REMEMBERED_WORDS)(self._read_word_ids)

    @cached_property
    def _for_documents(self) -> Any:
        """The model for many texts at once, a stream a core; who only asks never needs it."""
        return self._compile(_options("THROUGHPUT", self._cores, self._cores))

    def _compile(self, options: Options, width: int = 0) -> Any:
        """The model for any number of texts of any length, or for one text of so many tokens."""
        if "BF16" in self._core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
            # What a processor has and what it is allowed to use may differ.
            with suppress(RuntimeError):
                return self._compile_as(options | {"INFERENCE_PRECISION_HINT": "bf16"}, width)
        return self._compile_as(options | {"INFERENCE_PRECISION_HINT": "f32"}, width)

    def _compile_as(self, options: Options, width: int) -> Any:
        if not width:
            return self._core.compile_model(self._home / _MODEL, "CPU", options)
        model = self._model
        model.reshape({name: [1, width] for each in model.inputs for name in each.names})
        # Made soon enough, and not worth as much disk again for each length.
        return self._core.compile_model(model, "CPU", options | {"CACHE_DIR": ""})

    @cached_property
    def _model(self) -> Any:
        """The model before it is compiled; its weights are mapped once for all lengths."""
        return self._core.read_model(self._home / _MODEL)

    def encode(self, texts: Sequence[str], *, advance: Advance | None = None) -> Vectors:
        tokens = self._tokens([self.files.document_prompt + text for text in texts])
        # Streams help where there is more than a batch; for less, opening them takes the longest.
        few = sum(map(len, tokens)) <= _BATCH_TOKENS
        groups = batches([len(ids) for ids in tokens], _BATCH_TOKENS)
        parts = ((rows, [tokens[row] for row in rows]) for rows in groups)
        vectors = np.empty((len(texts), self.dimensions), np.float32)
        at_once = ((rows, self._any_length.infer(part)) for rows, part in parts)
        for rows, found in at_once if few else self._side_by_side(parts):
            vectors[rows] = found
            if advance:
                advance(len(rows))
        return vectors

    def _side_by_side(self, parts: Iterable[Part]) -> Iterator[tuple[list[int], Vectors]]:
        running: deque[tuple[Any, list[int]]] = deque()
        # No callbacks: a thread of OpenVINO's that still holds one needs Python's lock to let go
        # of it, and whoever drops the model meanwhile has that lock and waits for the thread.
        for rows, tokens in parts:
            if len(running) > self._cores:
                request, done = running.popleft()
                request.wait()
                yield done, request.get_output_tensor(0).data
            else:
                request = self._for_documents.create_infer_request()
            request.start_async(padded(tokens))
            running.append((request, rows))
        for request, done in running:
            request.wait()
            yield done, request.get_output_tensor(0).data

    def encode_query(self, text: str) -> Vectors:
        (tokens,) = self._tokens([self.files.query_prompt + text])
        return self._questions.infer(tokens)

    def word_vectors(self, words: Sequence[str]) -> Vectors:
        return mean_rows(self._words, [self._word_ids(word) for word in words])

    def _read_word_ids(self, word: str) -> tuple[int, ...]:
        return tuple(self._counter.encode(word, add_special_tokens=False).ids)

    def count_tokens(self, texts: Sequence[str]) -> Sequence[int]:
        encodings = self._counter.encode_batch_fast(list(texts), add_special_tokens=False)
        return [len(encoding) for encoding in encodings]

    def _tokens(self, texts: list[str]) -> list[list[int]]:
        return [encoding.ids for encoding in self._tokenizer.encode_batch_fast(texts)]

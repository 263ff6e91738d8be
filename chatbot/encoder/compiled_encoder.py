"""The same model, compiled for this processor with OpenVINO.

It is made once (`compilation.py`) and cached on disk under the model's fingerprint; from then on
encoding imports neither torch nor sentence-transformers.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from chatbot.encoder.batches import batches, padded
from chatbot.encoder.compilation import (
    MODEL,
    CompilationRefused,
    fixed_model,
    fixed_widths,
    home_of,
    publish,
    reason,
)
from chatbot.encoder.contract import Advance, Vectors
from chatbot.encoder.engine import compiled_model, multiplies_bf16, openvino
from chatbot.encoder.model_files import ModelFiles
from chatbot.encoder.single_texts import OneByOne, Requests
from chatbot.encoder.word_vectors import mean_rows

log = logging.getLogger(__name__)

# Positions of texts, and the tokens of each.
Part = tuple[list[int], list[list[int]]]
Options = dict[str, str | int]

_BATCH_TOKENS = 2_000
_MOST_CORES_A_QUESTION = 4
_REMEMBERED_WORDS = 65_536
# What opening the cache may run into: a file cut short or closed to us, a bad disk.
_UNUSABLE = (OSError, EOFError, RuntimeError, ValueError)


def open_compiled(files: ModelFiles, *, cache: Path) -> CompiledEncoder:
    """The compiled model from the cache, compiled now if it is not there.

    Raises CompilationRefused.
    """
    if not files.tokenizer.is_file():
        raise CompilationRefused(f"{files.name} has no fast tokenizer")
    home = home_of(files, cache)
    try:
        if (home / MODEL).is_file():
            return CompiledEncoder(files, home)
    except _UNUSABLE as failure:
        log.warning("%s can't be used and is made again (%s)", home, reason(failure))
        shutil.rmtree(home, ignore_errors=True)
    try:
        publish(files, home, opened=partial(CompiledEncoder, files, keep=False))
        return CompiledEncoder(files, home)
    except _UNUSABLE as failure:
        raise CompilationRefused(
            f"The compiled {files.name} can't be made in {cache} ({reason(failure)})"
        ) from failure


def _options(hint: str, streams: int, threads: int) -> Options:
    return {
        "PERFORMANCE_HINT": hint,
        "NUM_STREAMS": streams,
        "INFERENCE_NUM_THREADS": threads,
    }


class CompiledEncoder:
    """Encodes with the compiled model, one stream a core, tokenising while others infer.

    With `keep`, OpenVINO keeps in `home` what it makes of a model for this processor, which is as
    large again and makes the next start quicker.
    """

    def __init__(self, files: ModelFiles, home: Path, *, keep: bool = True) -> None:
        self.files = files
        self._tokenizer = files.open_tokenizer()
        self._counter = files.open_tokenizer(cut=False)
        self._home = home
        self._core = openvino().Core()
        if keep:
            self._core.set_property({"CACHE_DIR": str(home)})
        self._cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
        # One text, soon: a few cores together, and never all, since the lexical arm works beside.
        together = min(max(1, self._cores // 2), _MOST_CORES_A_QUESTION)
        streams = max(1, self._cores // _MOST_CORES_A_QUESTION)
        self._soon = _options("LATENCY", streams, streams * together)
        # Not yet compiled, so that who asks compiles what the question needs; whether it is whole.
        model = self._core.read_model(home / MODEL)
        self.dimensions = int(model.output(0).partial_shape[1].get_length())
        self._questions = OneByOne(self._requests, fixed_widths(home), files.max_tokens)
        # A plain view: the subclass that maps a file costs more than looking up a few rows.
        self._words = np.asarray(np.load(home / "words.npy", mmap_mode="r"))
        self._word_ids = lru_cache(_REMEMBERED_WORDS)(self._read_word_ids)

    @cached_property
    def _for_documents(self) -> Any:
        """The model for many texts at once, a stream a core; who only asks never needs it."""
        return self._compile(MODEL, _options("THROUGHPUT", self._cores, self._cores))

    def _requests(self, width: int) -> Requests:
        """The model for one text of so many tokens; for 0, for a few texts of any length."""
        return Requests(self._compile(fixed_model(width) if width else MODEL, self._soon))

    def _compile(self, name: str, options: Options) -> Any:
        compiled = partial(compiled_model, self._core, self._home / name)
        if multiplies_bf16():
            # What a processor has and what it is allowed to use may differ.
            with suppress(RuntimeError):
                return compiled(options | {"INFERENCE_PRECISION_HINT": "bf16"})
        return compiled(options | {"INFERENCE_PRECISION_HINT": "f32"})

    def encode(self, texts: Sequence[str], *, advance: Advance | None = None) -> Vectors:
        tokens = self._tokens([self.files.document_prompt + text for text in texts])
        # Streams help where there is more than a batch; for less, opening them takes the longest.
        few = sum(map(len, tokens)) <= _BATCH_TOKENS
        groups = batches([len(ids) for ids in tokens], _BATCH_TOKENS)
        parts = ((rows, [tokens[row] for row in rows]) for rows in groups)
        vectors = np.empty((len(texts), self.dimensions), np.float32)
        at_once = ((rows, self._questions.any_length.infer(part)) for rows, part in parts)
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

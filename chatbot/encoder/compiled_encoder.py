"""The model compiled for this processor with OpenVINO.

It is compiled once (`compilation.py`) and cached on disk under the model's fingerprint. After
that, encoding imports neither torch nor sentence-transformers.
"""

from __future__ import annotations

import logging
import os
import shutil
from array import array
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from chatbot.encoder.batches import batches, padded, portions
from chatbot.encoder.compilation import (
    DEFAULT,
    MODEL,
    CompilationRefused,
    CompilationTuning,
    fixed_model,
    fixed_widths,
    home_of,
    last_line,
    publish,
)
from chatbot.encoder.contract import Advance, Vectors
from chatbot.encoder.engine import compiled_for_processor, opened_core
from chatbot.encoder.model_files import ModelFiles
from chatbot.encoder.single_texts import RequestPool, SingleTexts
from chatbot.encoder.token_counts import TokenCounter
from chatbot.encoder.word_vectors import mean_rows
from chatbot.mapped_array import mapped_array

if TYPE_CHECKING:
    from tokenizers import Tokenizer

log = logging.getLogger(__name__)

# The positions of some texts, and the tokens of each.
Batch = tuple[list[int], list[Sequence[int]]]
Options = dict[str, str | int]

_BATCH_TOKENS = 2_000
# The tokenizer's own record of a text takes thirty times the memory of its ids.
_TOKENIZED_TOGETHER = 1_000
_CORES_PER_QUESTION = 4
_CACHED_WORDS = 65_536
# Opening the cache may fail: files cut short, missing permissions, a bad disk.
_UNUSABLE = (OSError, EOFError, RuntimeError, ValueError)


def open_compiled(
    files: ModelFiles,
    *,
    cache: Path,
    tuning: CompilationTuning = DEFAULT,
    cores: int | None = None,
) -> CompiledEncoder:
    """The compiled model from the cache; compiles it first if it isn't there.

    Raises CompilationRefused.
    """
    if not files.tokenizer.is_file():
        raise CompilationRefused(f"{files.name} has no fast tokenizer")
    home = home_of(files, cache, tuning)
    try:
        if (home / MODEL).is_file():
            return CompiledEncoder(files, home, cores=cores)
    except _UNUSABLE as failure:
        log.warning("%s can't be used and is compiled again (%s)", home, last_line(failure))
        shutil.rmtree(home, ignore_errors=True)
    try:
        reopen = partial(CompiledEncoder, files, keep=False)
        publish(files, home, open_encoder=reopen, tuning=tuning)
        return CompiledEncoder(files, home, cores=cores)
    except _UNUSABLE as failure:
        raise CompilationRefused(
            f"{files.name} can't be compiled into {cache} ({last_line(failure)})"
        ) from failure


def _options(hint: str, streams: int, threads: int) -> Options:
    return {
        "PERFORMANCE_HINT": hint,
        "NUM_STREAMS": streams,
        "INFERENCE_NUM_THREADS": threads,
    }


class CompiledEncoder:
    """Encodes with the compiled model: many texts in one stream per core, questions at low latency.

    With `keep`, OpenVINO caches its own compiled form in `home`. It is as large as the model and
    makes the next start faster.
    """

    def __init__(
        self, files: ModelFiles, home: Path, *, keep: bool = True, cores: int | None = None
    ) -> None:
        self.files = files
        self._tokenizer = files.open_tokenizer()
        self._home = home
        self._core = opened_core(home if keep else None)
        available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
        self._cores = cores or available
        # A few cores per text, but never all, because the lexical arm runs at the same time.
        cores_per_stream = min(max(1, self._cores // 2), _CORES_PER_QUESTION)
        streams = max(1, self._cores // _CORES_PER_QUESTION)
        self._low_latency = _options("LATENCY", streams, streams * cores_per_stream)
        # Reading the model shows whether the file is intact. The first text compiles it.
        model = self._core.read_model(home / MODEL)
        self.dimensions = int(model.output(0).partial_shape[1].get_length())
        self._questions = SingleTexts(self._request_pool, fixed_widths(home), files.max_tokens)
        self._words = mapped_array(home / "words.npy")
        self._word_ids = lru_cache(_CACHED_WORDS)(self._read_word_ids)

    @cached_property
    def _whole_tokenizer(self) -> Tokenizer:
        """A tokenizer that doesn't truncate. A large vocabulary takes a second and 280 MB."""
        return self.files.open_tokenizer(cut=False)

    @cached_property
    def _counter(self) -> TokenCounter:
        return TokenCounter(self._whole_tokenizer)

    @cached_property
    def _for_documents(self) -> Any:
        """The model for many texts, one stream per core; questions never need it."""
        return self._compile(MODEL, _options("THROUGHPUT", self._cores, self._cores))

    def _request_pool(self, width: int) -> RequestPool:
        """The model for single texts of this width; with 0, for a few texts of any length."""
        return RequestPool(self._compile(fixed_model(width) if width else MODEL, self._low_latency))

    def _compile(self, name: str, options: Options) -> Any:
        return compiled_for_processor(self._core, self._home / name, options)

    def encode(self, texts: Sequence[str], *, advance: Advance | None = None) -> Vectors:
        tokens = self._tokens([self.files.prefixes.passage + text for text in texts])
        one_batch = sum(map(len, tokens)) <= _BATCH_TOKENS
        positions = batches([len(ids) for ids in tokens], _BATCH_TOKENS)
        work = ((rows, [tokens[row] for row in rows]) for rows in positions)
        # Opening the streams would take longer than encoding a single batch.
        results = self._in_turn(work) if one_batch else self._in_parallel(work)
        vectors = np.empty((len(texts), self.dimensions), np.float32)
        for rows, batch_vectors in results:
            vectors[rows] = batch_vectors
            if advance:
                advance(len(rows))
        return vectors

    def portions(self, texts: Sequence[str]) -> Iterator[list[int]]:
        tokens = self._tokens([self.files.prefixes.passage + text for text in texts])
        return portions([len(ids) for ids in tokens], _BATCH_TOKENS)

    def _in_turn(self, work: Iterable[Batch]) -> Iterator[tuple[list[int], Vectors]]:
        for rows, tokens in work:
            yield rows, self._questions.any_length.infer(tokens)

    def _in_parallel(self, work: Iterable[Batch]) -> Iterator[tuple[list[int], Vectors]]:
        requests: deque[tuple[Any, list[int]]] = deque()
        # No callbacks, which could deadlock: OpenVINO's thread needs Python's lock to release a
        # callback, while a thread that drops the model holds that lock and waits for the thread.
        for rows, tokens in work:
            if len(requests) > self._cores:
                request, finished_rows = requests.popleft()
                request.wait()
                yield finished_rows, request.get_output_tensor(0).data
            else:
                request = self._for_documents.create_infer_request()
            request.start_async(padded(tokens))
            requests.append((request, rows))
        for request, finished_rows in requests:
            request.wait()
            yield finished_rows, request.get_output_tensor(0).data

    def encode_query(self, text: str) -> Vectors:
        (tokens,) = self._tokens([self.files.prefixes.query + text])
        return self._questions.infer(tokens)

    def word_vectors(self, words: Sequence[str]) -> Vectors:
        return mean_rows(self._words, [self._word_ids(word) for word in words])

    def _read_word_ids(self, word: str) -> tuple[int, ...]:
        return tuple(self._whole_tokenizer.encode(word, add_special_tokens=False).ids)

    def count_tokens(self, texts: Sequence[str]) -> Sequence[int]:
        return self._counter.counts(texts)

    def _tokens(self, texts: list[str]) -> list[Sequence[int]]:
        tokens: list[Sequence[int]] = []
        for first in range(0, len(texts), _TOKENIZED_TOGETHER):
            encodings = self._tokenizer.encode_batch_fast(
                texts[first : first + _TOKENIZED_TOGETHER]
            )
            tokens += (array("i", encoding.ids) for encoding in encodings)
        return tokens

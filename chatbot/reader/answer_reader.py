"""A small model that reads a question and some sentences together.

It scores how likely each sentence is to have the answer, and finds the words that answer. The
embedding model computes its vectors before the question is known. This model sees the question and
the sentences at once, so it can tell a sentence that answers from one that is only about the
subject.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from chatbot.answers import LOWEST, SentenceReading
from chatbot.encoder.fingerprint import BUNDLED
from chatbot.encoder.model_files import find_model
from chatbot.encoder.single_texts import RequestPool
from chatbot.reader.network import compiled, open_network

# The model was trained with this limit.
_QUESTION_TOKENS: Final = 48
# The longest answer, in tokens.
_ANSWER_TOKENS: Final = 40
_MOST_CORES: Final = 4


@dataclass(frozen=True, slots=True)
class _Pieces:
    """A sentence in tokens, with the characters of each."""

    ids: list[int]
    offsets: list[tuple[int, int]]


class AnswerReader:
    """Reads windows of sentences; safe to use from several threads."""

    def __init__(self, cache: Path) -> None:
        """Compiles the model into `cache` the first time. Raises ModelMissing."""
        self._core, self._model = open_network(cache)
        self._tokenizer = find_model(BUNDLED).open_tokenizer(cut=False)
        self._begin, self._separate = self._tokenizer.encode("").ids

    @cached_property
    def _requests(self) -> RequestPool:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
        return RequestPool(compiled(self._core, self._model, threads=min(cores, _MOST_CORES)))

    def token_counts(self, sentences: Sequence[str]) -> list[int]:
        """The length of each sentence in tokens."""
        return [len(pieces.ids) for pieces in self._pieces(sentences)]

    def read(
        self, question: str, windows: Sequence[Sequence[str]], *, limit: int
    ) -> list[list[SentenceReading]]:
        """A reading of each sentence of each window; `limit` is the most tokens of a window.

        A sentence is read up to the limit; one that is wholly beyond it, or has no tokens, gets
        the score LOWEST.
        """
        tokens = self._tokenizer.encode(question, add_special_tokens=False).ids[:_QUESTION_TOKENS]
        head = [self._begin, *tokens, self._separate]
        pieces = [self._pieces(window) for window in windows]
        texts = []
        for window in pieces:
            passage = [token for sentence in window for token in sentence.ids][:limit]
            texts.append([*head, *passage, self._separate])
        scores = self._requests.infer(texts)
        return [
            _readings(scores[row], len(head), window, limit) for row, window in enumerate(pieces)
        ]

    def _pieces(self, sentences: Sequence[str]) -> list[_Pieces]:
        encodings = self._tokenizer.encode_batch(list(sentences), add_special_tokens=False)
        return [_Pieces(encoding.ids, encoding.offsets) for encoding in encodings]


def _readings(
    scores: NDArray[np.float32], first: int, window: Sequence[_Pieces], limit: int
) -> list[SentenceReading]:
    # In training, the first token stands for "no answer".
    no_answer = float(scores[0].sum())
    readings, position = [], 0
    for sentence in window:
        tokens = min(len(sentence.ids), limit - position)
        if tokens <= 0:
            readings.append(SentenceReading(LOWEST, 0, 0))
            continue
        sentence_scores = scores[first + position : first + position + tokens]
        start, end, score, share = _best_span(sentence_scores[:, 0], sentence_scores[:, 1])
        first_character, last_character = sentence.offsets[start][0], sentence.offsets[end][1]
        readings.append(SentenceReading(score - no_answer, first_character, last_character, share))
        position += len(sentence.ids)
    return readings


def _best_span(
    starts: NDArray[np.float32], ends: NDArray[np.float32]
) -> tuple[int, int, float, float]:
    """The first and last token of the likeliest answer, the sum of their scores, and its share.

    The share is the probability that the answer overlaps it, given that it is in these tokens.
    """
    sums = starts[:, None] + ends[None, :]
    tokens = np.arange(len(starts))
    length = tokens[None, :] - tokens[:, None]
    sums = np.where((length >= 0) & (length < _ANSWER_TOKENS), sums, -np.inf)
    start, end = np.unravel_index(int(sums.argmax()), sums.shape)
    chances = np.exp(sums - sums[start, end])
    overlapping = (tokens[:, None] <= end) & (tokens[None, :] >= start)
    share = float(chances[overlapping].sum() / chances.sum())
    return int(start), int(end), float(sums[start, end]), share

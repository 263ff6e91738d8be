"""The sentence of a passage that answers, as far as a retriever can tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np

from chatbot.retrieval.passage_index import Flags, Scores
from chatbot.types import Passage, Span

# What a sentence gains when it holds all of the question's words, on the scale of the cosine;
# tuned in tests/benchmarks (evidence.py).
_COVERAGE: Final = 1.0


def best_sentence(
    passage: Passage,
    cosines: Scores,
    held: Flags,
    weights: Mapping[str, float],
    above: Iterable[str],
) -> Span:
    """The sentence nearest in meaning and in words; the earlier one where two are equal.

    `held` says which of the weighed terms each sentence has. The terms `above` them, of title and
    section, hold for every sentence, so they tell nothing between sentences.
    """
    known = {*above}
    telling = [0.0 if term in known else weight for term, weight in weights.items()]
    # Not by a product of matrices, in which equal rows may come out a little different.
    covered = (held * np.array(telling, np.float32)).sum(axis=1) / max(sum(telling), 1e-9)
    return passage.sentences[int(np.argmax(cosines + _COVERAGE * covered))]


def sentence_text(passage: Passage, sentence: Span) -> str:
    """The words of one of the passage's sentences."""
    start = passage.span.start
    return passage.text[sentence.start - start : sentence.end - start]

"""The sentence of a passage that best matches the question."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np

from chatbot.retrieval.passage_index import Flags, Scores
from chatbot.types import Passage, Span

# Added to the cosine of a sentence that has all words of the question. On squad20_sample, .909 of
# the highlighted sentences are right with it, and .848 without (tests/benchmarks/README.md).
_COVERAGE: Final = 1.0


def best_sentence(
    passage: Passage,
    cosines: Scores,
    held_terms: Flags,
    weights: Mapping[str, float],
    context_terms: Iterable[str],
) -> Span:
    """The sentence nearest in meaning and in words; the first one among equals.

    `held_terms` `(sentences, terms)` says which of the weighted terms each sentence has. The
    `context_terms`, from title and section, apply to every sentence, so they can't decide
    between them.
    """
    context = {*context_terms}
    own = [0.0 if term in context else weight for term, weight in weights.items()]
    # Not a matrix product, which can give equal rows slightly different results.
    coverage = (held_terms * np.array(own, np.float32)).sum(axis=1) / max(sum(own), 1e-9)
    return passage.sentences[int(np.argmax(cosines + _COVERAGE * coverage))]


def sentence_text(passage: Passage, sentence: Span) -> str:
    """The text of one of the passage's sentences."""
    start = passage.span.start
    return passage.text[sentence.start - start : sentence.end - start]

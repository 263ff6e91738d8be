"""The sentence of a passage that answers, as far as a retriever can tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np

from chatbot.retrieval.passage_index import PassageIndex, Scores
from chatbot.retrieval.query import Query
from chatbot.types import Passage, Span

# What a sentence gains when it holds all of the question's words, on the scale of the cosine;
# tuned in tests/benchmarks (evidence.py).
_COVERAGE: Final = 1.0


def best_sentence(
    passage: Passage, title: str, cosines: Scores, query: Query, index: PassageIndex[Any]
) -> Span:
    """The sentence nearest in meaning and in words; the earlier one where two are equal.

    Words of the title and section hold for every sentence under them, so they tell nothing
    between sentences.
    """
    place = index.terms(" ".join([title, *passage.section]))
    telling = {term: query.weights[term] for term in query.weights.keys() - set(place)}
    covered = [
        coverage(telling, index.terms(sentence_text(passage, span))) for span in passage.sentences
    ]
    return passage.sentences[int(np.argmax(cosines + _COVERAGE * np.array(covered, np.float32)))]


def sentence_text(passage: Passage, sentence: Span) -> str:
    """The words of one of the passage's sentences."""
    start = passage.span.start
    return passage.text[sentence.start - start : sentence.end - start]


def coverage(weights: Mapping[str, float], terms: Iterable[str]) -> float:
    """The share of the weight that these terms hold, 0..1."""
    held = sum(weights[term] for term in weights.keys() & set(terms))
    return held / max(sum(weights.values()), 1e-9)

"""How well the sentences of a passage match the question."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

import numpy as np

from chatbot.retrieval.passage_index import Flags, Scores
from chatbot.types import Passage, Span

# Added to the cosine of a sentence that has all words of the question. On squad20_sample, .909 of
# the highlighted sentences are right with it, and .848 without (tests/benchmarks/README.md).
_COVERAGE: Final = 1.0
# Terms that are in neither title nor section decide fully from this share of all weights on.
_LEAST_OWN: Final = 0.5
# Taken from the cosine of a sentence that states nothing, such as a question.
_NO_STATEMENT: Final = 0.5
# Added to the cosine of a sentence that surely answers, as the reader sees it. Tuned, like the
# curves below, on the demo questions and two other small sets: a sentence is chosen by degrees,
# but passages change places only where the reader is sure.
_READING: Final = 3.0
# Added to the cosine of a sentence with a date or a number in the range that the question asks for.
_IN_RANGE: Final = 0.5


class _Curve(NamedTuple):
    """The log-odds that count half, and how quickly the share grows."""

    middle: float
    width: float


_FOR_SENTENCES: Final = _Curve(0.0, 4.0)
_FOR_PASSAGES: Final = _Curve(2.0, 1.5)
_NO_ANSWER: Final = re.compile(r"[?？:：]\W*$|\.{5,}")


def sentence_share(log_odds: Scores) -> Scores:
    """The reader's log-odds from 0 to 1, to choose between the sentences of a passage."""
    return _share(log_odds, _FOR_SENTENCES)


def passage_share(log_odds: Scores) -> Scores:
    """The reader's log-odds from 0 to 1, to reorder passages where it is sure."""
    return _share(log_odds, _FOR_PASSAGES)


def _share(log_odds: Scores, curve: _Curve) -> Scores:
    shares: Scores = 1 / (1 + np.exp(-(log_odds - curve.middle) / curve.width))
    return shares


def sentence_scores(
    cosines: Scores,
    held_terms: Flags,
    weights: Mapping[str, float],
    context_terms: Iterable[str],
    statements: Flags,
    shares: Scores | None = None,
    preferred: Flags | None = None,
) -> Scores:
    """How near each sentence is in meaning and in words, `(sentences,)`.

    `held_terms` `(sentences, terms)` says which of the weighted terms each sentence has. The
    `context_terms`, from title and section, apply to every sentence, so they can't decide
    between them; if few other terms are left, those decide less. `statements` `(sentences,)` says
    which sentences may answer at all, and `shares` `(sentences,)` how surely each one answers, if
    it was read. `preferred` `(sentences,)` says which ones have a date or a number in the range
    that the question asks for.
    """
    context = {*context_terms}
    own = [0.0 if term in context else weight for term, weight in weights.items()]
    # Not a matrix product, which can give equal rows slightly different results.
    counted = max(sum(own), _LEAST_OWN * sum(weights.values()), 1e-9)
    coverage = (held_terms * np.array(own, np.float32)).sum(axis=1) / counted
    scores: Scores = cosines + _COVERAGE * coverage - _NO_STATEMENT * ~statements
    if shares is not None:
        scores = scores + _READING * shares
    if preferred is not None:
        scores = scores + _IN_RANGE * preferred
    return scores


def is_statement(sentence: str) -> bool:
    """Whether a sentence may answer: it isn't a question, a label or a line of contents."""
    return not _NO_ANSWER.search(sentence)


def sentence_text(passage: Passage, sentence: Span) -> str:
    """The text of one of the passage's sentences."""
    start = passage.span.start
    return passage.text[sentence.start - start : sentence.end - start]

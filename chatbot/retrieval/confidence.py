"""The probability that the answer is among the passages shown.

A logistic regression over two features of the ranking: the score of the first passage, and how
well its words match the words of the question. The second feature catches a passage on the right
subject that lacks the requested detail, which the first one misses. The coefficients are settings;
`chatbot evaluate calibrate` fits them to your own questions.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chatbot.retrieval.passage_index import Scores
from chatbot.retrieval.query import content_words
from chatbot.types import Passage, Verdict

WordVectors = Callable[[Sequence[str]], Scores]


@dataclass(frozen=True, slots=True)
class Features:
    """The features that confidence is computed from.

    `score` is the weighted sum of the clues of the first passage. It leaves out a cross-encoder's
    share, which is relative to the other passages and doesn't tell whether any of them answers.
    `word_match` is the mean, over the content words of the question, of the best cosine with any
    word of that passage.
    """

    score: float
    word_match: float


def features(
    question: str, score: float, title: str, passage: Passage, word_vectors: WordVectors
) -> Features:
    """The features of a ranking whose first passage is this one.

    The passage's title and section count as its words. A passage without words, such as a line of
    dots, matches nothing.
    """
    question_words = content_words(question)
    passage_words = content_words(" ".join([title, *passage.section, passage.text]))
    if not passage_words:
        return Features(score=score, word_match=0.0)
    cosines = word_vectors(question_words) @ word_vectors(passage_words).T
    return Features(score=score, word_match=float(cosines.max(axis=1).mean()))


@dataclass(frozen=True, slots=True)
class Calibration:
    """The coefficients of the regression: the intercept, and one for each feature."""

    intercept: float
    score: float
    word_match: float


def probability(values: Features, calibration: Calibration) -> float:
    """The probability, 0..1, that the answer is among the passages shown."""
    logit = (
        calibration.intercept
        + calibration.score * values.score
        + calibration.word_match * values.word_match
    )
    return 1 / (1 + math.exp(-logit))


def verdict_of(confidence: float, *, strong_from: float, abstain_below: float) -> Verdict:
    """The confidence as a word."""
    if confidence < abstain_below:
        return "none"
    return "strong" if confidence >= strong_from else "possible"

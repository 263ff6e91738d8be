"""How sure the chatbot may be that the answer is in what it found.

A logistic regression over two features of the retrieval: how well the first passage scores, and
how well its words match the question's one by one. The second sees what the first forgives: a
passage about the right subject that says nothing of the one thing asked for. The constants are
settings, which `chatbot evaluate --calibrate` fits to questions of one's own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chatbot.retrieval.passage_index import Scores
from chatbot.retrieval.query import naming_words
from chatbot.types import Passage, Verdict

WordVectors = Callable[[Sequence[str]], Scores]


@dataclass(frozen=True, slots=True)
class Features:
    """What is known of a ranking when its confidence is asked.

    `score` is what the clues add up to for the first passage, whatever a cross-encoder said of it:
    its share is relative to the other passages and tells nothing of whether any answers.
    `word_match` is the mean, over the words of
    the question that name something, of the best cosine with any word of that passage.
    """

    score: float
    word_match: float


def features(
    question: str, score: float, title: str, first: Passage, word_vectors: WordVectors
) -> Features:
    """The features of a ranking with this first passage.

    The title and section under which the passage stands count as its words. A passage without a
    single word, such as a line of dots, matches none.
    """
    asked = naming_words(question)
    said = naming_words(" ".join([title, *first.section, first.text]))
    if not said:
        return Features(score=score, word_match=0.0)
    cosines = word_vectors(asked) @ word_vectors(said).T
    return Features(score=score, word_match=float(cosines.max(axis=1).mean()))


@dataclass(frozen=True, slots=True)
class Calibration:
    """The constants of the regression: one that stands alone, and one for each feature."""

    intercept: float
    score: float
    word_match: float


def probability(found: Features, by: Calibration) -> float:
    """The probability, 0..1, that the answer is in what was found."""
    total = by.intercept + by.score * found.score + by.word_match * found.word_match
    return 1 / (1 + math.exp(-total))


def verdict(confidence: float, *, strong_from: float, abstain_below: float) -> Verdict:
    """The confidence in a word."""
    if confidence < abstain_below:
        return "none"
    return "strong" if confidence >= strong_from else "possible"

"""The probability that the answer is among the passages shown.

A logistic regression over features of the ranking: the score of the first passage, how well its
words match the words of the question, and how sure the answer reader is of its best sentence. The
last two catch a passage on the right subject that lacks the requested detail, which the first one
misses. The coefficients are settings; `chatbot evaluate calibrate` fits them to your own
questions.

A claim, such as "Russia sold the S-400 to China.", has most words of many passages, and the reader
was trained on questions. So for claims, the log-odds of the regression count a quarter, and a
fourth feature is added: how far the first document is ahead of the next ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from chatbot.answers import Verdict
from chatbot.retrieval.passage_index import Scores
from chatbot.retrieval.query import content_words
from chatbot.types import Passage

WordVectors = Callable[[Sequence[str]], Scores]


@dataclass(frozen=True, slots=True)
class Features:
    """The features that confidence is computed from.

    `score` is the weighted sum of the clues of the first passage. It leaves out a cross-encoder's
    share, which is relative to the other passages and doesn't tell whether any of them answers.
    `word_match` is the mean, over the content words of the question, of the best cosine with any
    word of that passage. `reader` is the log-odds of the best sentence on the cards; 0 if none was
    read. `lacks_number` says that the first passage lacks a number which the question names.
    `lead` is `Ranking.lead` if the question is a claim, and None otherwise.
    """

    score: float
    word_match: float
    reader: float = 0.0
    lacks_number: bool = False
    lead: float | None = None

    @property
    def regressed(self) -> tuple[float, float, float]:
        """The features that the regression is computed from, in the order of `Calibration`."""
        return self.score, self.word_match, self.reader


def word_match(question: str, title: str, passage: Passage, word_vectors: WordVectors) -> float:
    """The mean, over the question's content words, of the best cosine with a passage's word.

    The passage's title and section count as its words. A passage without words, such as a line of
    dots, matches nothing.
    """
    question_words = content_words(question)
    passage_words = content_words(" ".join([title, *passage.section, passage.text]))
    if not question_words or not passage_words:
        return 0.0
    cosines = word_vectors(question_words) @ word_vectors(passage_words).T
    return float(cosines.max(axis=1).mean())


@dataclass(frozen=True, slots=True)
class Calibration:
    """The coefficients of the regression: the intercept, and one for each feature."""

    intercept: float
    score: float
    word_match: float
    reader: float = 0.0


# The coefficients where no passage is read. Fitted on squad20_sample and scifact alone, with an
# answer for half of the questions; the intercept is raised by log 4, because people find one for
# four questions in five.
UNREAD: Final = Calibration(intercept=-5.84, score=2.85, word_match=5.41)
# The same, and the threshold that belongs to them, as settings.
WITHOUT_READER: Final = MappingProxyType(
    {
        "confidence_intercept": UNREAD.intercept,
        "confidence_score": UNREAD.score,
        "confidence_word_match": UNREAD.word_match,
        "confidence_reader": UNREAD.reader,
        "strong_from": 0.97,
        "abstain_below": 0.47,
    }
)


@dataclass(frozen=True, slots=True)
class ClaimCalibration:
    """The coefficients for claims: the intercept, the regression's share, and that of the lead."""

    intercept: float
    regression: float
    lead: float


# Fitted on scifact's train split by tests/benchmarks/fit_confidence.py.
CLAIMS: Final = ClaimCalibration(intercept=-1.26, regression=0.24, lead=6.80)

# The most that can be said if the first passage lacks a number which the question names. On
# squad20_sample, that is so for 1 of 26 questions with a number that it answers and for 20 of 51
# near misses, however sure the features are; and people find an answer for four in five.
LACKS_NUMBER: Final = 0.28


def probability(values: Features, calibration: Calibration) -> float:
    """The probability, 0..1, that the answer is among the passages shown."""
    logit = (
        calibration.intercept
        + calibration.score * values.score
        + calibration.word_match * values.word_match
        + calibration.reader * values.reader
    )
    if values.lead is not None:
        logit = CLAIMS.intercept + CLAIMS.regression * logit + CLAIMS.lead * values.lead
    chance = 1 / (1 + math.exp(-logit))
    return min(chance, LACKS_NUMBER) if values.lacks_number else chance


def verdict_of(confidence: float, *, strong_from: float, abstain_below: float) -> Verdict:
    """The confidence as a word."""
    if confidence < abstain_below:
        return "none"
    return "strong" if confidence >= strong_from else "possible"

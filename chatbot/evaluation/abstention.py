"""The quality of abstention, for question sets with unanswerable questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from chatbot.evaluation.outcome import QuestionOutcome
from chatbot.evaluation.reliability import auroc, expected_calibration_error, risk_coverage

# The share of wrong answers that a careful reader accepts.
RISK: Final = 0.05


@dataclass(frozen=True, slots=True)
class Abstention:
    """How well confidence separates questions to answer from questions to abstain on.

    `auroc` separates answerable from unanswerable questions. An answer is right if the question
    is answerable and a card shows a judged document. `calibration_error` compares confidence with
    that; `coverage` is the largest share of questions that could be answered, most confident
    first, with at most 5 % of the answers wrong.
    """

    auroc: float
    calibration_error: float
    coverage: float


def abstention(outcomes: Sequence[QuestionOutcome]) -> Abstention | None:
    """The quality of abstention; None unless some questions are answerable and some are not."""
    answerable = [outcome.question.answerable for outcome in outcomes]
    if all(answerable) or not any(answerable):
        return None
    confidence, right = confidences(outcomes)
    return Abstention(
        auroc=auroc(confidence, answerable),
        calibration_error=expected_calibration_error(confidence, right),
        coverage=risk_coverage(confidence, right).coverage_at(RISK),
    )


def confidences(outcomes: Sequence[QuestionOutcome]) -> tuple[list[float], list[bool]]:
    """The confidence of each answer, and whether the answer is right."""
    return (
        [outcome.answer.confidence for outcome in outcomes],
        [outcome.answered_rightly for outcome in outcomes],
    )

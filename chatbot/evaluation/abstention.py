"""What abstaining is worth, where questions are marked unanswerable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from chatbot.evaluation.outcome import Outcome
from chatbot.evaluation.reliability import auroc, expected_calibration_error, risk_coverage

# The share of wrong answers that somebody who relies on them would bear with.
RISK: Final = 0.05


@dataclass(frozen=True, slots=True)
class Abstention:
    """How well confidence tells what to answer; a confidence promises that an answer is right.

    `auroc` is for telling answerable questions from others. An answer is right if the question
    is answerable and a card is of a judged document: `calibration_error` is how far confidence
    lies from that, and `coverage` the largest share of all questions that could be answered with
    at most 5 % of the answers wrong, the surest first.
    """

    auroc: float
    calibration_error: float
    coverage: float


def abstention(outcomes: Sequence[Outcome]) -> Abstention | None:
    """The quality of abstention; None unless there are questions of both kinds."""
    answerable = [each.question.answerable for each in outcomes]
    if all(answerable) or not any(answerable):
        return None
    confidence, right = promises(outcomes)
    return Abstention(
        auroc=auroc(confidence, answerable),
        calibration_error=expected_calibration_error(confidence, right),
        coverage=risk_coverage(confidence, right).coverage_at(RISK),
    )


def promises(outcomes: Sequence[Outcome]) -> tuple[list[float], list[bool]]:
    """The confidence of each answer, and whether it is right."""
    return (
        [each.answer.confidence for each in outcomes],
        [each.answered_rightly for each in outcomes],
    )

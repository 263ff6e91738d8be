"""What a question set guarantees about the answers that are called strong.

The threshold is chosen on one half of the questions and tested on the other half. The bound is
exact for independent answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.stats import beta

from chatbot.evaluation.abstention import RISK
from chatbot.evaluation.reliability import BoolSequence, Floats, FloatSequence, risk_coverage

_CONFIDENCE: Final = 0.95


@dataclass(frozen=True, slots=True)
class Guarantee:
    """A threshold, and how the held-out answers above it turned out.

    `most_wrong` is the largest share of wrong answers that agrees with them, with a confidence of
    95 %.
    """

    strong_from: float
    answers: int
    wrong: int

    @property
    def most_wrong(self) -> float:
        """The upper bound of Clopper and Pearson (1934); 1 without answers."""
        return upper_bound(self.wrong, self.answers)

    @property
    def holds(self) -> bool:
        """Whether at most one answer in twenty is wrong, with a confidence of 95 %."""
        return self.most_wrong <= RISK


def upper_bound(wrong: int, answers: int) -> float:
    """The largest share of wrong answers that agrees with `wrong` of `answers`, one-sided.

    Clopper and Pearson, "The use of confidence or fiducial limits illustrated in the case of the
    binomial" (1934).
    """
    if wrong >= answers:
        return 1.0
    return float(beta.ppf(_CONFIDENCE, wrong + 1, answers - wrong))


def answers_needed() -> int:
    """The number of held-out answers, all right, from which the claim can be made at all."""
    return int(np.ceil(np.log(1 - _CONFIDENCE) / np.log(1 - RISK)))


def guarantee(
    probabilities: FloatSequence, right: BoolSequence, chosen_on: BoolSequence
) -> Guarantee | None:
    """The lowest threshold that the trials of `chosen_on` support, tried on the others.

    None if no answer of the first part reaches the accepted risk.
    """
    scores, is_right = np.asarray(probabilities, np.float64), np.asarray(right, np.bool_)
    mask = np.asarray(chosen_on, np.bool_)
    threshold = _lowest(scores[mask], is_right[mask])
    if threshold is None:
        return None
    strong = scores[~mask] >= threshold
    return Guarantee(threshold, int(strong.sum()), int((~is_right[~mask][strong]).sum()))


def _lowest(scores: Floats, right: BoolSequence) -> float | None:
    """The lowest score that meets the bound, or else the lowest with an accepted measured risk."""
    curve = risk_coverage(scores, right)
    answers = (curve.coverage * len(scores)).round().astype(int)
    wrong = (curve.risk * answers).round().astype(int)
    bounds = [upper_bound(*pair) for pair in zip(wrong.tolist(), answers.tolist(), strict=True)]
    for measure in (np.array(bounds), curve.risk):
        safe = np.flatnonzero(measure <= RISK)
        if len(safe):
            return float(curve.threshold[safe[-1]])
    return None

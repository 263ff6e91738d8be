"""Measures the quality of a confidence: discrimination, calibration, and risk against coverage.

Every function takes two parallel sequences `(n,)`: scores, where higher means more confident, and
whether each answer was right. `probabilities` are scores from 0 to 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Floats = NDArray[np.float64]
FloatSequence = Sequence[float] | Floats
BoolSequence = Sequence[bool] | NDArray[np.bool_]

BINS: Final = 10


def auroc(scores: FloatSequence, positive: BoolSequence) -> float:
    """The probability that a positive scores above a negative; a tie counts half.

    (R - p (p + 1) / 2) / (p n), where R is the sum of the ranks of the p positives, ties at their
    mean rank, and n is the number of negatives: the statistic of Mann and Whitney (1947) as a
    share of the pairs (Hanley and McNeil, 1982). NaN unless there are both kinds.
    """
    chosen = np.asarray(positive, np.bool_)
    positives = int(chosen.sum())
    negatives = chosen.size - positives
    if not (positives and negatives):
        return math.nan
    above = rankdata(scores)[chosen].sum() - positives * (positives + 1) / 2
    return float(above / (positives * negatives))


@dataclass(frozen=True, slots=True)
class Bin:
    """The answers with a probability in `[low, high)`, including 1 in the last bin; never empty.

    `weight` is the sum of the answers' weights, or their number. `probability` is their mean
    probability and `right` the share of right answers.
    """

    low: float
    high: float
    count: int
    weight: float
    probability: float
    right: float


def reliability_bins(
    probabilities: FloatSequence,
    right: BoolSequence,
    *,
    weights: FloatSequence | None = None,
    bins: int = BINS,
) -> tuple[Bin, ...]:
    """Probability against the share of right answers in bins of equal width, without empty bins.

    Both are means over a bin's answers, by `weights` `(n,)` if they're given.

    The reliability diagram of Murphy and Winkler ("Reliability of subjective probability
    forecasts of precipitation and temperature", 1977).
    """
    predicted, observed = np.asarray(probabilities, np.float64), np.asarray(right, np.bool_)
    weight = np.ones(len(predicted)) if weights is None else np.asarray(weights, np.float64)
    numbers = np.minimum((predicted * bins).astype(np.int64), bins - 1)
    return tuple(
        Bin(
            low=number / bins,
            high=(number + 1) / bins,
            count=int(of_bin.sum()),
            weight=float(weight[of_bin].sum()),
            probability=float(np.average(predicted[of_bin], weights=weight[of_bin])),
            right=float(np.average(observed[of_bin], weights=weight[of_bin])),
        )
        for number in np.unique(numbers).tolist()
        for of_bin in [numbers == number]
    )


def expected_calibration_error(
    probabilities: FloatSequence,
    right: BoolSequence,
    *,
    weights: FloatSequence | None = None,
    bins: int = BINS,
) -> float:
    """Σ (w_b / w) |right_b - probability_b| over the bins; w is the number of answers, or a weight.

    Naeini, Cooper and Hauskrecht ("Obtaining well calibrated probabilities using Bayesian
    binning", 2015). NaN for empty input.
    """
    groups = reliability_bins(probabilities, right, weights=weights, bins=bins)
    total = sum(group.weight for group in groups)
    if not total:
        return math.nan
    return sum(group.weight * abs(group.right - group.probability) for group in groups) / total


@dataclass(frozen=True, slots=True)
class RiskCoverage:
    """A curve with one point per distinct confidence, highest first; all arrays are `(m,)`.

    Answering at `threshold` and above answers the share `coverage` of all questions, of which the
    share `risk` is wrong. Coverage rises and ends at 1.
    """

    threshold: Floats
    coverage: Floats
    risk: Floats

    def coverage_at(self, risk: float) -> float:
        """The largest coverage with at most this risk; 0 if there is none."""
        return float(self.coverage[self.risk <= risk].max(initial=0.0))


def risk_coverage(scores: FloatSequence, right: BoolSequence) -> RiskCoverage:
    """The risk-coverage curve of answering only the most confident questions.

    El-Yaniv and Wiener ("On the foundations of noise-free selective classification", 2010).
    Equal scores can't be separated, so they're answered together.
    """
    order = np.argsort(-np.asarray(scores, np.float64), kind="stable")
    sorted_scores = np.asarray(scores, np.float64)[order]
    wrong = np.cumsum(~np.asarray(right, np.bool_)[order])
    last = np.flatnonzero(np.diff(sorted_scores, append=-np.inf))
    answered = last + 1
    return RiskCoverage(
        threshold=sorted_scores[last],
        coverage=answered / max(len(order), 1),
        risk=wrong[last] / answered,
    )

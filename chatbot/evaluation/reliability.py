"""How far a confidence can be trusted: what it tells apart, whether it is calibrated, what it buys.

Every function takes two parallel sequences `(n,)`: numbers, of which a higher one is surer, and
whether each of them was right. Where they are called chances they are probabilities, 0..1.
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
Numbers = Sequence[float] | Floats
Flags = Sequence[bool] | NDArray[np.bool_]

BINS: Final = 10


def auroc(scores: Numbers, positive: Flags) -> float:
    """The chance that a positive scores above a negative, a tie counting half.

    With R the sum of the ranks of the p positives among all, ties at their mean rank, and n
    negatives: (R - p (p + 1) / 2) / (p n), the statistic of Mann and Whitney (1947) as a share
    of the pairs (Hanley and McNeil, 1982). NaN unless there are both kinds.
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
    """The answers whose chance lies in `[low, high)`, the last bin including 1; at least one.

    `chance` is their mean chance and `right` the share of them that was right.
    """

    low: float
    high: float
    count: int
    chance: float
    right: float


def reliability_bins(chances: Numbers, right: Flags, *, bins: int = BINS) -> tuple[Bin, ...]:
    """What was promised and what was kept, over bins of equal width; empty bins are left out.

    The diagram of Murphy and Winkler ("Reliability of subjective probability forecasts of
    precipitation and temperature", 1977).
    """
    promised, kept = np.asarray(chances, np.float64), np.asarray(right, np.bool_)
    places = np.minimum((promised * bins).astype(np.int64), bins - 1)
    return tuple(
        Bin(
            low=place / bins,
            high=(place + 1) / bins,
            count=int((places == place).sum()),
            chance=float(promised[places == place].mean()),
            right=float(kept[places == place].mean()),
        )
        for place in np.unique(places).tolist()
    )


def expected_calibration_error(chances: Numbers, right: Flags, *, bins: int = BINS) -> float:
    """How far promises lie from what is kept: Σ (n_b / n) |right_b - chance_b| over the bins.

    Naeini, Cooper and Hauskrecht ("Obtaining well calibrated probabilities using Bayesian
    binning", 2015). NaN of nothing.
    """
    found = reliability_bins(chances, right, bins=bins)
    count = sum(each.count for each in found)
    if not count:
        return math.nan
    return sum(each.count * abs(each.right - each.chance) for each in found) / count


@dataclass(frozen=True, slots=True)
class RiskCoverage:
    """What it costs to answer more: a point for each different confidence, the surest first.

    Answering from `threshold` up means to answer the share `coverage` of all, and of those the
    share `risk` is wrong. All `(m,)`; coverage rises and ends at 1.
    """

    threshold: Floats
    coverage: Floats
    risk: Floats

    def coverage_at(self, risk: float) -> float:
        """The largest share that can be answered with no more than this risk; 0 if none can."""
        return float(self.coverage[self.risk <= risk].max(initial=0.0))


def risk_coverage(scores: Numbers, right: Flags) -> RiskCoverage:
    """The risk-coverage curve of answering only what is surest.

    El-Yaniv and Wiener ("On the foundations of noise-free selective classification", 2010).
    Equal scores can't be told apart, so they are answered together.
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

"""AUROC, calibration and risk-coverage, against counts by brute force."""

from __future__ import annotations

import math
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.evaluation.reliability import (
    Bin,
    auroc,
    expected_calibration_error,
    reliability_bins,
    risk_coverage,
)

# Few distinct values, so that ties occur.
judged = st.lists(
    st.tuples(st.sampled_from([0.0, 0.05, 0.1, 0.2, 0.3, 0.55, 0.7, 0.999, 1.0]), st.booleans()),
    min_size=1,
    max_size=30,
)
Judged = list[tuple[float, bool]]


def columns(pairs: Judged) -> tuple[list[float], list[bool]]:
    return [chance for chance, _ in pairs], [right for _, right in pairs]


@given(judged)
def test_auroc_is_the_share_of_pairs_in_the_right_order(pairs: Judged) -> None:
    """The oracle counts all pairs of a positive and a negative; a tie counts half."""
    won = [
        (above > below) + (above == below) / 2
        for (above, positive), (below, other) in product(pairs, repeat=2)
        if positive and not other
    ]
    area = auroc(*columns(pairs))
    assert area == pytest.approx(sum(won) / len(won)) if won else math.isnan(area)


def test_auroc_of_a_perfect_order_is_1() -> None:
    """It's 0 for the reverse order and ½ if all scores are equal."""
    assert auroc([0.1, 0.2, 0.8, 0.9], [False, False, True, True]) == 1.0
    assert auroc([0.1, 0.2, 0.8, 0.9], [True, True, False, False]) == 0.0
    assert auroc([0.5, 0.5, 0.5], [True, False, True]) == 0.5


def test_bins_match_a_calculation_by_hand() -> None:
    """An edge belongs to the bin above it, but 1 to the last; empty bins are left out."""
    probabilities, right = (
        [0.0, 0.125, 0.25, 0.25, 1.0, 0.75],
        [False, True, True, False, True, True],
    )
    assert reliability_bins(probabilities, right, bins=4) == (
        Bin(0.0, 0.25, 2, 2.0, 0.0625, 0.5),
        Bin(0.25, 0.5, 2, 2.0, 0.25, 0.5),
        Bin(0.75, 1.0, 2, 2.0, 0.875, 1.0),
    )
    weighted = reliability_bins(probabilities, right, weights=[3, 1, 1, 1, 1, 1], bins=4)
    assert weighted[0] == Bin(0.0, 0.25, 2, 4.0, 0.03125, 0.25)


@given(judged, st.integers(1, 12))
def test_bins_hold_every_answer_once(pairs: Judged, bins: int) -> None:
    """Each answer is in the bin of its probability."""
    groups = reliability_bins(*columns(pairs), bins=bins)
    assert sum(group.count for group in groups) == len(pairs)
    assert all(group.low - 1e-9 <= group.probability <= group.high + 1e-9 for group in groups)
    assert all(group.high - group.low == pytest.approx(1 / bins) for group in groups)
    assert sum(group.count * group.right for group in groups) == pytest.approx(
        sum(right for _, right in pairs)
    )


@given(judged)
def test_calibration_error_is_the_mean_gap(pairs: Judged) -> None:
    """Bins are weighted by their answers; the oracle collects them one by one."""
    gathered: dict[int, Judged] = {}
    for chance, right in pairs:
        # Integers, so that rounding can't move a value over an edge.
        place = min(int(round(chance * 1000) // 100), 9)
        gathered.setdefault(place, []).append((chance, right))
    expected = sum(
        abs(sum(right for _, right in those) - sum(chance for chance, _ in those))
        for those in gathered.values()
    ) / len(pairs)
    assert expected_calibration_error(*columns(pairs)) == pytest.approx(expected)


def test_calibration_by_hand() -> None:
    """One of two at 0.8 is right, a gap of 0.3; none of two at 0.1, a gap of 0.1."""
    probabilities, right = [0.8, 0.8, 0.1, 0.1], [True, False, False, False]
    assert expected_calibration_error(probabilities, right) == pytest.approx(0.2)
    assert math.isnan(expected_calibration_error([], []))


@given(judged)
def test_the_curve_has_the_risk_of_every_threshold(pairs: Judged) -> None:
    """For each distinct score, the oracle counts the answers at or above it."""
    curve = risk_coverage(*columns(pairs))
    thresholds = sorted({chance for chance, _ in pairs}, reverse=True)
    answered = [[right for chance, right in pairs if chance >= least] for least in thresholds]
    assert curve.threshold.tolist() == thresholds
    assert curve.coverage.tolist() == pytest.approx([len(a) / len(pairs) for a in answered])
    assert curve.risk.tolist() == pytest.approx([1 - sum(a) / len(a) for a in answered])
    assert curve.coverage[-1] == 1


@given(judged, st.floats(0, 1))
def test_coverage_at_a_risk_is_the_largest_one_possible(pairs: Judged, risk: float) -> None:
    """The oracle tries every threshold."""
    allowed = [0.0]
    for least, _ in pairs:
        answered = [right for chance, right in pairs if chance >= least]
        if answered.count(False) / len(answered) <= risk:
            allowed.append(len(answered) / len(pairs))
    assert risk_coverage(*columns(pairs)).coverage_at(risk) == pytest.approx(max(allowed))


def test_a_risk_of_one_in_twenty_is_within_five_percent() -> None:
    """The limit itself is allowed, and rounding doesn't exceed it."""
    curve = risk_coverage([*[0.9] * 20, *[0.1] * 20], [*[True] * 19, *[False] * 21])
    assert curve.coverage_at(0.05) == 0.5
    assert curve.coverage_at(0.049) == 0.0


def test_no_answers_give_an_empty_curve() -> None:
    """Without answers, coverage is 0."""
    assert risk_coverage([], []).coverage_at(1.0) == 0.0

"""The promise about strong answers is exact, and made only where the questions suffice."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from chatbot.evaluation.guarantee import Guarantee, answers_needed, guarantee, upper_bound


@pytest.mark.parametrize(("wrong", "answers"), [(0, 59), (0, 10), (3, 120), (7, 40)])
def test_the_bound_is_the_share_that_would_rarely_give_so_few_wrong_answers(
    wrong: int, answers: int
) -> None:
    """With that share wrong, at most this many are wrong in exactly one case of twenty."""
    assert binom.cdf(wrong, answers, upper_bound(wrong, answers)) == pytest.approx(0.05)


def test_the_promise_needs_fifty_nine_right_answers() -> None:
    """0.95 ** 59 is the first power below 0.05."""
    assert answers_needed() == 59
    assert Guarantee(0.9, 59, 0).holds
    assert not Guarantee(0.9, 58, 0).holds
    assert not Guarantee(0.9, 59, 1).holds
    assert not Guarantee(0.9, 0, 0).holds


def test_the_promise_is_broken_in_at_most_one_case_of_twenty() -> None:
    """2,000 samples of answers whose confidence is their true chance of being right."""
    rng = np.random.default_rng(5)
    broken = 0
    for _ in range(2_000):
        chance = rng.beta(4, 1, 400)
        right = rng.random(400) < chance
        promise = guarantee(chance, right, np.arange(400) % 2 == 0)
        if promise and promise.holds:
            truth = rng.beta(4, 1, 4_000)
            broken += float((1 - truth[truth >= promise.strong_from]).mean()) > 0.05
    assert broken <= 0.05 * 2_000


def test_without_a_safe_confidence_there_is_no_promise() -> None:
    """Where every second answer is wrong, none is called strong."""
    right = [number % 4 < 2 for number in range(100)]
    assert guarantee([0.5] * 100, right, [number % 2 == 0 for number in range(100)]) is None

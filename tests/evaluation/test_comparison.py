"""The comparison of two runs, against full enumeration of resamples and sign exchanges."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chatbot.evaluation.comparison import Comparison, compare
from chatbot.evaluation.measures import measure
from chatbot.evaluation.question_set import Judgment, Question
from chatbot.evaluation.run_files import RunQuestion, SavedRun

# The rank of the right document for each question, from 1; 0 if it's missing.
Ranks = Sequence[int]


def questions(count: int) -> tuple[Question, ...]:
    return tuple(Question(f"q{n}", f"Question {n}?", (Judgment("right"),)) for n in range(count))


def saved_run(ranks: Ranks, *, abstained: Sequence[str] = (), **settings: float) -> SavedRun:
    """A run with the right document of each question at this rank."""
    return SavedRun(
        tuple(
            RunQuestion(
                question_id=f"q{n}",
                ranking=tuple(
                    ("right" if place == rank else f"d{place}", 1 / place) for place in range(1, 9)
                ),
                abstained=f"q{n}" in abstained,
            )
            for n, rank in enumerate(ranks)
        ),
        build="earlier",
        settings=settings,
    )


def comparison_of(before: SavedRun, now: SavedRun, *names: str) -> Comparison:
    judged = questions(len(now.questions))
    return compare(
        before, now, judged, measure(now.rankings, judged, names or ("RR",)).per_question
    )


def test_the_figures_match_a_calculation_by_hand() -> None:
    """Reciprocal ranks 1, ½, ⅓ before and ½, ½, 1 now: one worse, one the same, one better."""
    comparison = comparison_of(saved_run([1, 2, 3]), saved_run([2, 2, 1]), "RR", "P@1")
    first, second = comparison.differences
    assert (first.measure, second.measure) == ("RR", "P@1")
    assert first.before == pytest.approx((1 + 1 / 2 + 1 / 3) / 3)
    assert first.now == pytest.approx((1 / 2 + 1 / 2 + 1) / 3)
    assert first.mean == pytest.approx((-1 / 2 + 0 + 2 / 3) / 3)
    assert (first.wins, first.losses, first.ties) == (1, 1, 1)
    assert (second.before, second.now, second.mean) == pytest.approx((1 / 3, 1 / 3, 0))
    assert [change.question_id for change in comparison.changes] == ["q0", "q1", "q2"]
    assert [change.difference for change in comparison.changes] == pytest.approx([-1 / 2, 0, 2 / 3])


few_ranks = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=5)


@given(few_ranks)
@example([(0, 2), (0, 3), (0, 3), (1, 3), (2, 0)])  # the sum is 0 up to rounding
@settings(max_examples=25, deadline=None)
def test_p_is_the_share_of_sign_exchanges_that_differ_as_much(pairs: list[tuple[int, int]]) -> None:
    """If both runs are equally good, each difference could as well have the other sign.

    All exchanges are enumerated, as scipy does for few questions.
    """
    before, now = zip(*pairs, strict=True)
    (difference,) = comparison_of(saved_run(before), saved_run(now)).differences
    differences = [_reciprocal(b) - _reciprocal(a) for a, b in pairs]
    observed = abs(sum(differences))
    exchanged = [
        abs(sum(sign * difference for sign, difference in zip(signs, differences, strict=True)))
        for signs in product((1, -1), repeat=len(differences))
    ]
    assert difference.p == pytest.approx(np.mean([mean >= observed - 1e-9 for mean in exchanged]))


def _reciprocal(rank: int) -> float:
    return 1 / rank if rank else 0.0


def test_the_interval_is_that_of_all_resamples() -> None:
    """The ends are percentiles 2.5 and 97.5 of the means of all 5⁵ resamples."""
    before, now = [1, 2, 4, 3, 1], [2, 1, 1, 2, 3]
    (difference,) = comparison_of(saved_run(before), saved_run(now)).differences
    differences = [1 / b - 1 / a for a, b in zip(before, now, strict=True)]
    means = [np.mean(resample) for resample in product(differences, repeat=5)]
    assert difference.low == pytest.approx(np.percentile(means, 2.5), abs=0.02)
    assert difference.high == pytest.approx(np.percentile(means, 97.5), abs=0.02)
    assert not difference.regressed


def test_a_baseline_that_is_better_throughout_is_a_regression() -> None:
    """The whole interval is below 0; with the runs swapped it isn't."""
    better, worse = saved_run([1] * 12), saved_run([2, 3] * 6)
    (difference,) = comparison_of(better, worse).differences
    assert -2 / 3 <= difference.low <= difference.high < 0
    assert difference.regressed
    (turned,) = comparison_of(worse, better).differences
    assert not turned.regressed
    assert (turned.low, turned.high) == pytest.approx((-difference.high, -difference.low), abs=0.02)
    assert turned.p == difference.p == pytest.approx(2 / 2**12)


def test_equal_runs_do_not_differ() -> None:
    """The difference and its interval are 0, and p is 1."""
    (difference,) = comparison_of(saved_run([1, 2, 0, 3]), saved_run([1, 2, 0, 3])).differences
    assert (difference.mean, difference.low, difference.high, difference.p, difference.ties) == (
        0,
        0,
        0,
        1,
        4,
    )


def test_equal_comparisons_give_equal_figures() -> None:
    """The seed is fixed, so that a gate can't pass at a second try."""
    before, now = saved_run([1, 2, 3, 4] * 6), saved_run([2, 2, 1, 0] * 6)
    first, second = comparison_of(before, now), comparison_of(before, now)
    assert first == second
    assert 0 < first.differences[0].p < 1


def test_the_ten_that_changed_most_come_first() -> None:
    """Larger changes in either direction come first, then ids; unchanged ones aren't listed."""
    comparison = comparison_of(saved_run([1] * 14), saved_run([1, 2, 0, 4, *[2] * 10]))
    assert [change.question_id for change in comparison.most_changed] == [
        *("q2", "q3", "q1", "q10", "q11", "q12", "q13", "q4", "q5", "q6")
    ]
    assert comparison.most_changed[0].difference == -1


def test_only_questions_in_both_are_compared() -> None:
    """Questions in only one of the runs are listed."""
    before, now = saved_run([1, 1, 1]), saved_run([0, 1, 1, 1])
    earlier = SavedRun((*before.questions[1:], RunQuestion("older", ())))
    comparison = comparison_of(earlier, now)
    assert [change.question_id for change in comparison.changes] == ["q1", "q2"]
    assert (comparison.only_now, comparison.only_before) == (("q0", "q3"), ("older",))
    assert comparison.differences[0].mean == 0


def test_a_question_without_an_answer_is_compared_by_abstention_alone() -> None:
    """Such a question has no measures."""
    judged = (*questions(2), Question("q2", "Question 2?", answerable=False))
    before = saved_run([1, 1, 0], abstained=["q0"])
    now = saved_run([1, 1, 0], abstained=["q2"])
    comparison = compare(before, now, judged, measure(now.rankings, judged, ["RR"]).per_question)
    assert (comparison.newly_abstained, comparison.newly_answered) == (("q2",), ("q0",))
    assert len(comparison.changes) == 2
    assert not comparison.only_before


def test_a_trec_run_has_no_abstentions() -> None:
    """So no abstention is reported as changed."""
    bare = SavedRun(tuple(RunQuestion(f"q{n}", (("right", 1.0),)) for n in range(2)))
    comparison = comparison_of(bare, saved_run([1, 1], abstained=["q0"]))
    assert (comparison.newly_abstained, comparison.newly_answered) == ((), ())


def test_settings_that_differ_are_named() -> None:
    """Each has its values before and now."""
    comparison = comparison_of(
        saved_run([1, 1], depth=100, top_k=5, old=1), saved_run([1, 1], depth=50, top_k=5, new=1)
    )
    assert comparison.settings == {"depth": (100, 50)}
    assert (comparison.build, comparison.made) == ("earlier", "")


def test_a_question_without_a_measure_is_left_out_of_it() -> None:
    """Accuracy is undefined if every document found is right."""
    values = {"RR": {"q0": 1.0, "q1": 1.0}, "Accuracy": {"q0": math.nan}}
    run = saved_run([1, 1])
    comparison = compare(run, run, questions(2), values)
    assert [difference.measure for difference in comparison.differences] == ["RR"]

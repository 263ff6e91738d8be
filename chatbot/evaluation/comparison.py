"""Compares two runs question by question, with significance tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import bootstrap, permutation_test

from chatbot.evaluation.measures import measure
from chatbot.evaluation.question_set import Question
from chatbot.evaluation.run_files import SavedRun

_CHANGES_SHOWN: Final = 10
# A fixed seed: equal runs give equal figures.
_SEED: Final = 2_003
_RESAMPLES: Final = 9_999
# Resamples drawn at once; with thousands of questions, more wouldn't fit into memory.
_BATCH: Final = 500
_DECIMALS: Final = 12


@dataclass(frozen=True, slots=True)
class Difference:
    """The mean of a measure before and now, over the questions in both runs.

    `low` and `high` are the 95 % confidence interval of the mean difference, now minus before.
    `p` is the probability of a difference this large if both runs were equally good.
    """

    measure: str
    before: float
    now: float
    mean: float
    low: float
    high: float
    p: float
    wins: int
    losses: int
    ties: int

    @property
    def regressed(self) -> bool:
        """Whether the baseline is significantly better: the whole interval is below 0."""
        return self.high < 0


@dataclass(frozen=True, slots=True)
class Change:
    """The score of one question in the baseline and now."""

    question_id: str
    before: float
    now: float

    @property
    def difference(self) -> float:
        """The change in score; above 0 means better than the baseline."""
        return self.now - self.before


@dataclass(frozen=True, slots=True)
class Comparison:
    """A run against a baseline.

    `differences` are in the order of the measures. `changes` has the score of every common
    question by the first measure, in the order of the set. `settings` has the values before and
    now of the settings that differ. Only a baseline in JSON has settings and abstentions.
    """

    build: str
    made: str
    differences: tuple[Difference, ...]
    changes: tuple[Change, ...]
    newly_abstained: tuple[str, ...]
    newly_answered: tuple[str, ...]
    only_now: tuple[str, ...]
    only_before: tuple[str, ...]
    settings: Mapping[str, tuple[Any, Any]]

    @property
    def most_changed(self) -> tuple[Change, ...]:
        """The ten questions that changed most, in either direction."""
        changed = [change for change in self.changes if change.difference]
        changed.sort(key=lambda change: (-abs(change.difference), change.question_id))
        return tuple(changed[:_CHANGES_SHOWN])


def compare(
    before: SavedRun,
    now: SavedRun,
    questions: Sequence[Question],
    values: Mapping[str, Mapping[str, float]],
) -> Comparison:
    """Compare two runs by every measure; `values[measure][question_id]` is the score now.

    At least two answerable questions are in both runs: `read_run` checks that.
    """
    earlier_questions = {question.question_id: question for question in before.questions}
    answerable = [question for question in questions if question.answerable]
    common = [question for question in answerable if question.question_id in earlier_questions]
    earlier = measure(before.rankings, common, [*values]).per_question
    changes = {
        name: tuple(
            Change(question_id, score, values[name][question_id])
            for question_id, score in earlier[name].items()
            if question_id in values[name]
        )
        for name in values
    }
    abstention_changes = [
        (question.question_id, question.abstained)
        for question in now.questions
        if earlier_questions.get(question.question_id, question).abstained
        not in (None, question.abstained)
    ]
    current_ids = {question.question_id for question in questions}
    return Comparison(
        build=before.build,
        made=before.made,
        differences=tuple(
            _difference(name, pairs) for name, pairs in changes.items() if len(pairs) > 1
        ),
        changes=next(iter(changes.values())),
        newly_abstained=tuple(
            question_id for question_id, abstained in abstention_changes if abstained
        ),
        newly_answered=tuple(
            question_id for question_id, abstained in abstention_changes if not abstained
        ),
        only_now=tuple(
            question.question_id
            for question in answerable
            if question.question_id not in earlier_questions
        ),
        only_before=tuple(
            question_id for question_id in earlier_questions if question_id not in current_ids
        ),
        settings={
            name: (before.settings[name], value)
            for name, value in now.settings.items()
            if name in before.settings and before.settings[name] != value
        },
    )


def _difference(name: str, changes: Sequence[Change]) -> Difference:
    """The difference of a measure over at least two questions.

    The interval is from a percentile bootstrap (Efron and Tibshirani, 1993), `p` from the paired
    randomisation test (Smucker, Allan and Carterette, "A comparison of statistical significance
    tests for information retrieval evaluation", 2007).
    """
    differences = np.array([change.difference for change in changes])
    sampling: dict[str, Any] = {"n_resamples": _RESAMPLES, "batch": _BATCH, "rng": _SEED}
    interval = bootstrap(
        (differences,), np.mean, method="percentile", **sampling
    ).confidence_interval
    test = permutation_test((differences,), _rounded_mean, permutation_type="samples", **sampling)
    return Difference(
        measure=name,
        before=float(np.mean([change.before for change in changes])),
        now=float(np.mean([change.now for change in changes])),
        mean=float(differences.mean()),
        low=float(interval.low),
        high=float(interval.high),
        p=float(test.pvalue),
        wins=int((differences > 0).sum()),
        losses=int((differences < 0).sum()),
        ties=int((differences == 0).sum()),
    )


def _rounded_mean(values: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    """The mean, rounded so that the order of summation can't make equal means differ."""
    mean: NDArray[np.float64] = values.mean(axis=axis).round(_DECIMALS)
    return mean

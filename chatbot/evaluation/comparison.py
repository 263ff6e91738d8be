"""A run against an earlier one, question by question: what differs, and whether by chance."""

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
# Equal runs give equal figures.
_SEED: Final = 2_003
_RESAMPLES: Final = 9_999
# How many resamples are drawn at once, so that thousands of questions fit in memory.
_BATCH: Final = 500
_DECIMALS: Final = 12


@dataclass(frozen=True, slots=True)
class Difference:
    """A measure in the baseline and now, as means over the questions that both have.

    `low` and `high` bound the mean difference, now less before, with 95 % confidence; `p` is how
    likely one as large would be if the two runs were equally good.
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
        """Whether the baseline is significantly better: the whole interval is below zero."""
        return self.high < 0


@dataclass(frozen=True, slots=True)
class Change:
    """What a question scored in the baseline and scores now."""

    question_id: str
    before: float
    now: float

    @property
    def difference(self) -> float:
        """Above 0 means better than the baseline."""
        return self.now - self.before


@dataclass(frozen=True, slots=True)
class Comparison:
    """A run against a baseline.

    `differences` has the first measure first. `changes` has what every question that both have
    scores by that measure, in the order of the set. Abstentions are known of a baseline in JSON
    only, and so are `settings`, which has those that differ: before and now.
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
        """The ten questions that changed most, either way."""
        changed = [each for each in self.changes if each.difference]
        changed.sort(key=lambda each: (-abs(each.difference), each.question_id))
        return tuple(changed[:_CHANGES_SHOWN])


def compare(
    before: SavedRun,
    now: SavedRun,
    questions: Sequence[Question],
    values: Mapping[str, Mapping[str, float]],
) -> Comparison:
    """Compare by every measure, of which `values` has what each question scores now, by its id.

    At least two answerable questions are in both, as `read_run` makes sure.
    """
    asked_before = {each.question_id: each for each in before.questions}
    answerable = [each for each in questions if each.answerable]
    common = [each for each in answerable if each.question_id in asked_before]
    earlier = measure(before.rankings, common, [*values]).each
    changes = {
        name: tuple(
            Change(question_id, score, values[name][question_id])
            for question_id, score in earlier[name].items()
            if question_id in values[name]
        )
        for name in values
    }
    switched = [
        (each.question_id, each.abstained)
        for each in now.questions
        if asked_before.get(each.question_id, each).abstained not in (None, each.abstained)
    ]
    known = {each.question_id for each in questions}
    return Comparison(
        build=before.build,
        made=before.made,
        differences=tuple(
            _difference(name, found) for name, found in changes.items() if len(found) > 1
        ),
        changes=next(iter(changes.values())),
        newly_abstained=tuple(question_id for question_id, abstained in switched if abstained),
        newly_answered=tuple(question_id for question_id, abstained in switched if not abstained),
        only_now=tuple(e.question_id for e in answerable if e.question_id not in asked_before),
        only_before=tuple(each for each in asked_before if each not in known),
        settings={
            name: (before.settings[name], value)
            for name, value in now.settings.items()
            if name in before.settings and before.settings[name] != value
        },
    )


def _difference(name: str, changes: Sequence[Change]) -> Difference:
    """Over the questions, of which there are two at least.

    The interval is a percentile bootstrap's (Efron and Tibshirani, 1993). The test is the paired
    randomisation test (Smucker, Allan and Carterette, "A comparison of statistical significance
    tests for information retrieval evaluation", 2007).
    """
    found = np.array([each.difference for each in changes])
    sampling: dict[str, Any] = {"n_resamples": _RESAMPLES, "batch": _BATCH, "rng": _SEED}
    interval = bootstrap((found,), np.mean, method="percentile", **sampling).confidence_interval
    test = permutation_test((found,), _rounded_mean, permutation_type="samples", **sampling)
    return Difference(
        measure=name,
        before=float(np.mean([each.before for each in changes])),
        now=float(np.mean([each.now for each in changes])),
        mean=float(found.mean()),
        low=float(interval.low),
        high=float(interval.high),
        p=float(test.pvalue),
        wins=int((found > 0).sum()),
        losses=int((found < 0).sum()),
        ties=int((found == 0).sum()),
    )


def _rounded_mean(values: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    """Means that are equal but for how they were added up come out equal, and count as such."""
    found: NDArray[np.float64] = values.mean(axis=axis).round(_DECIMALS)
    return found

"""Fitting the confidence to questions whose answers are known.

Each answerable question is asked twice: as it is, and with the documents that answer it taken
out of the index. The answer is there in the first case, if a card shows it, and never in the
second, nor for a question that is marked unanswerable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from chatbot.assistant import Chatbot
from chatbot.errors import QuestionSetError
from chatbot.evaluation.question_set import Question
from chatbot.evaluation.reliability import auroc, expected_calibration_error, risk_coverage
from chatbot.index.opened_build import Allowed, Build
from chatbot.retrieval.confidence import Calibration, Features, probability
from chatbot.retrieval.follow_ups import interpret

Floats = NDArray[np.float64]

# The constants that are there count as much as some trials would: a few questions move them
# little, some hundred decide. `_TRUST` is the precision of a normal prior on each constant.
_TRUST = 1.0
_FOLDS = 5
_MOST_WRONG = 0.05


@dataclass(frozen=True, slots=True)
class Trial:
    """A question as retrieval saw it, and whether a card showed what answers it."""

    seen: Features
    right: bool


@dataclass(frozen=True, slots=True)
class Quality:
    """How good a calibration is on trials: see `evaluation.reliability`."""

    auroc: float
    calibration_error: float


@dataclass(frozen=True, slots=True)
class Refit:
    """What fitting to a question set gave.

    `before` is the quality of the calibration that was there and `after` that of the new one,
    measured on trials that it was not fitted to (cross-validation by question). `strong_from` is
    the lowest confidence from which on at most one answer in twenty was wrong, if there is any.
    """

    calibration: Calibration
    strong_from: float | None
    trials: int
    before: Quality
    after: Quality


def recalibrate(
    chatbot: Chatbot,
    questions: Sequence[Question],
    *,
    advance: Callable[[int], None] = lambda _: None,
) -> Refit:
    """Fit the confidence to a question set. Raises QuestionSetError for one without contrast."""
    groups = []
    for question in questions:
        groups.append(list(trials(chatbot, question)))
        advance(1)
    every = [trial for group in groups for trial in group]
    if len({trial.right for trial in every}) < 2:
        raise QuestionSetError(
            "The confidence can't be fitted: not one question finds its answer. "
            "Check that the judgments name documents of this index."
        )
    there = chatbot.retriever().calibration
    fitted = fit(every, prior=there)
    chances = np.zeros(len(every))
    fold_of = np.concatenate([[n % _FOLDS] * len(group) for n, group in enumerate(groups)])
    for fold in range(_FOLDS):
        rest = [each for each, of in zip(every, fold_of, strict=True) if of != fold]
        for place in np.flatnonzero(fold_of == fold):
            chances[place] = probability(every[place].seen, fit(rest, prior=there))
    return Refit(
        calibration=fitted,
        strong_from=_strong_from(chances, every),
        trials=len(every),
        before=_quality([probability(each.seen, there) for each in every], every),
        after=_quality(chances, every),
    )


def trials(chatbot: Chatbot, question: Question) -> Iterable[Trial]:
    """A question as it is and, if it is answerable, with what answers it taken out."""
    yield trial(chatbot, question)
    if question.answerable:
        gone = question.grades.__contains__
        yield trial(chatbot, replace(question, relevant=()), without=gone)


def trial(
    chatbot: Chatbot, question: Question, *, without: Callable[[str], bool] | None = None
) -> Trial:
    """A question asked of the documents but those whose id is taken out."""
    retriever = chatbot.retriever()
    asked = interpret(question.text, question.history, retriever.index)
    allowed = _remaining(chatbot.build, without) if without else None
    cards = retriever.rank(asked, allowed=allowed).cards(chatbot.settings.top_k)
    seen = retriever.features(asked.question, cards) if cards else Features(0.0, 0.0)
    return Trial(seen, any(card.doc_id in question.grades for card in cards))


def _remaining(build: Build, gone: Callable[[str], bool]) -> Allowed:
    return build.allowed_documents(
        [number for number, doc_id in enumerate(build.document_ids) if not gone(doc_id)]
    )


def fit(
    trials: Sequence[Trial],
    *,
    weights: Sequence[float] | None = None,
    prior: Calibration | None = None,
) -> Calibration:
    """A logistic regression by its maximum likelihood, or drawn towards a calibration there is."""
    inputs = np.array([[1.0, *astuple(each.seen)] for each in trials])
    signs = np.array([1.0 if each.right else -1.0 for each in trials])
    scale = np.ones(len(trials)) if weights is None else np.array(weights)
    start = np.zeros(inputs.shape[1]) if prior is None else np.array(astuple(prior))
    trust = 0.0 if prior is None else _TRUST

    def loss(parameters: Floats) -> float:
        surprise = scale * np.logaddexp(0, -signs * (inputs @ parameters))
        return float(surprise.sum() + trust * ((parameters - start) ** 2).sum() / 2)

    return Calibration(*minimize(loss, start, method="BFGS").x.tolist())


def _quality(chances: Sequence[float] | Floats, every: Sequence[Trial]) -> Quality:
    right = [each.right for each in every]
    return Quality(auroc(chances, right), expected_calibration_error(chances, right))


def _strong_from(chances: Floats, every: Sequence[Trial]) -> float | None:
    curve = risk_coverage(chances, [each.right for each in every])
    safe = np.flatnonzero(curve.risk <= _MOST_WRONG)
    return float(curve.threshold[safe[-1]]) if len(safe) else None


def settings_of(refit: Refit) -> dict[str, float]:
    """The settings in which a refit is kept."""
    found = refit.calibration
    kept = {
        f"confidence_{each.name}": round(getattr(found, each.name), 3) for each in fields(found)
    }
    if refit.strong_from is not None:
        kept["strong_from"] = round(refit.strong_from, 3)
    return kept

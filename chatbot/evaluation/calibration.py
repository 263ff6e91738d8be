"""Fits the confidence to a question set.

Each answerable question is asked twice: as it is, and with the documents that answer it excluded.
The answer is right in the first case if a card shows a judged document. It's never right in the
second case, nor for an unanswerable question. Half of these trials have no answer, which is more
than people ask for; the trials are weighted so that four questions in five have one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, dataclass, fields, replace
from typing import Final

import numpy as np
from scipy.optimize import minimize

from chatbot.assistant import Chatbot
from chatbot.errors import QuestionSetError
from chatbot.evaluation.guarantee import Guarantee, guarantee
from chatbot.evaluation.question_set import Question
from chatbot.evaluation.reliability import (
    Floats,
    FloatSequence,
    auroc,
    expected_calibration_error,
)
from chatbot.index.opened_build import Allowed, Build
from chatbot.retrieval.confidence import CLAIMS, Calibration, Features, probability
from chatbot.retrieval.corrections import corrected

# Precision of the normal prior around the current coefficients. They count as much as a few
# trials, so a few questions barely move them and a few hundred override them.
_PRIOR_PRECISION = 1.0
_FOLDS = 5

# The share of people's questions that the documents answer. The demo questions have the same share.
_ANSWERABLE: Final = 0.8


@dataclass(frozen=True, slots=True)
class Trial:
    """The features of one ranking; whether a card shows a judged document, and whether one can."""

    features: Features
    right: bool
    answerable: bool


@dataclass(frozen=True, slots=True)
class Quality:
    """The quality of a calibration on trials: see `evaluation.reliability`."""

    auroc: float
    calibration_error: float


@dataclass(frozen=True, slots=True)
class Refit:
    """The result of fitting to a question set.

    `before` is the quality of the current calibration, `after` that of the new one on trials
    outside its training set (cross-validation by question). `guarantee` has the confidence from
    which answers are called strong, and what the questions prove about them; None if no confidence
    is high enough.
    """

    calibration: Calibration
    guarantee: Guarantee | None
    trials: int
    before: Quality
    after: Quality


def recalibrate(
    chatbot: Chatbot,
    questions: Sequence[Question],
    *,
    advance: Callable[[int], None] = lambda _: None,
) -> Refit:
    """Fit the confidence to a question set.

    Raises QuestionSetError if the answers are all right or all wrong.
    """
    groups = []
    for question in questions:
        groups.append(list(trials(chatbot, question)))
        advance(1)
    all_trials = [trial for group in groups for trial in group]
    if len({trial.right for trial in all_trials}) < 2:
        raise QuestionSetError(
            "The confidence can't be fitted: no question finds its answer. "
            "Check that the judgments name documents of this index."
        )
    current = chatbot.retriever().calibration
    fitted = fit(all_trials, weights=natural_weights(all_trials), prior=current)
    probabilities = np.zeros(len(all_trials))
    folds = np.concatenate([[n % _FOLDS] * len(group) for n, group in enumerate(groups)])
    for held_out in range(_FOLDS):
        training = [
            trial for trial, fold in zip(all_trials, folds, strict=True) if fold != held_out
        ]
        other = fit(training, weights=natural_weights(training), prior=current)
        for position in np.flatnonzero(folds == held_out):
            probabilities[position] = probability(all_trials[position].features, other)
    current_probabilities = [probability(trial.features, current) for trial in all_trials]
    return Refit(
        calibration=fitted,
        guarantee=guarantee(
            probabilities,
            [trial.right for trial in all_trials],
            chosen_on=np.concatenate([[n % 2 == 0] * len(group) for n, group in enumerate(groups)]),
        ),
        trials=len(all_trials),
        before=_quality(current_probabilities, all_trials),
        after=_quality(probabilities, all_trials),
    )


def trials(chatbot: Chatbot, question: Question) -> Iterable[Trial]:
    """A trial of a question and, if it's answerable, one without the documents that answer it."""
    yield trial(chatbot, question)
    if question.answerable:
        excluded = question.grades.__contains__
        yield trial(chatbot, replace(question, relevant=()), excluded=excluded)


def trial(
    chatbot: Chatbot, question: Question, *, excluded: Callable[[str], bool] | None = None
) -> Trial:
    """Ask a question of all documents except those with an excluded id."""
    retriever = chatbot.retriever(question=question.text)
    allowed = _remaining(chatbot.build, excluded) if excluded else None
    text = corrected(question.text, retriever.corrections(question.text))
    interpreted, ranking = retriever.search(text, question.history, allowed=allowed)
    cards = ranking.cards(chatbot.settings.top_k)
    values = Features(0.0, 0.0)
    if cards:
        values = retriever.features(interpreted.full_text, ranking, cards)
    right = any(card.doc_id in question.grades for card in cards)
    return Trial(values, right, answerable=bool(question.relevant))


def _remaining(build: Build, excluded: Callable[[str], bool]) -> Allowed:
    return build.allowed_documents(
        [number for number, doc_id in enumerate(build.document_ids) if not excluded(doc_id)]
    )


def natural_weights(trials: Sequence[Trial]) -> Floats:
    """Weights `(n,)`, with a mean of 1, that give answerable trials their natural share.

    All are 1 if only one kind is there.
    """
    share = sum(trial.answerable for trial in trials) / max(len(trials), 1)
    if share in (0, 1):
        return np.ones(len(trials))
    weights = _ANSWERABLE / share, (1 - _ANSWERABLE) / (1 - share)
    return np.array([weights[0 if trial.answerable else 1] for trial in trials])


def fit(
    trials: Sequence[Trial],
    *,
    weights: FloatSequence | None = None,
    prior: Calibration | None = None,
) -> Calibration:
    """A logistic regression by maximum likelihood, or by maximum posterior given a prior.

    Trials whose passage lacks a number of the question have a confidence without it.
    """
    inputs = np.array([[1.0, *trial.features.regressed] for trial in trials])
    shares, offsets = np.array([_claim_terms(trial.features) for trial in trials]).T
    right = [trial.right for trial in trials]
    scale = np.ones(len(trials)) if weights is None else np.array(weights)
    scale = scale * [not trial.features.lacks_number for trial in trials]
    inputs *= shares[:, None]
    start = None if prior is None else np.array(astuple(prior))
    return Calibration(*logistic_regression(inputs, right, scale, offsets=offsets, prior=start))


def logistic_regression(
    inputs: Floats,
    right: Sequence[bool],
    weights: Floats,
    *,
    offsets: Floats | float = 0.0,
    prior: Floats | None = None,
) -> list[float]:
    """The coefficients of the columns of `inputs` `(n, k)` for the log-odds of being right.

    `offsets` `(n,)` are added to the log-odds. `prior` `(k,)` is the middle of a normal prior.
    """
    signs = np.where(right, 1.0, -1.0)
    start = np.zeros(inputs.shape[1]) if prior is None else prior
    precision = 0.0 if prior is None else _PRIOR_PRECISION

    def loss(parameters: Floats) -> float:
        losses = weights * np.logaddexp(0, -signs * (offsets + inputs @ parameters))
        return float(losses.sum() + precision * ((parameters - start) ** 2).sum() / 2)

    coefficients: list[float] = minimize(loss, start, method="BFGS").x.tolist()
    return coefficients


def _claim_terms(values: Features) -> tuple[float, float]:
    """The share of the regression in the log-odds, and what is added to it."""
    if values.lead is None:
        return 1.0, 0.0
    return CLAIMS.regression, CLAIMS.intercept + CLAIMS.lead * values.lead


def _quality(probabilities: Sequence[float] | Floats, trials: Sequence[Trial]) -> Quality:
    right = [trial.right for trial in trials]
    return Quality(
        auroc(probabilities, right),
        expected_calibration_error(probabilities, right, weights=natural_weights(trials)),
    )


def refit_settings(refit: Refit) -> dict[str, float]:
    """The settings that store a refit."""
    values = {
        f"confidence_{field.name}": round(getattr(refit.calibration, field.name), 3)
        for field in fields(refit.calibration)
    }
    if refit.guarantee:
        values["strong_from"] = round(refit.guarantee.strong_from, 3)
    return values

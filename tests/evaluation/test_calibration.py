"""The fit recovers known coefficients, and little data changes little."""

from __future__ import annotations

from dataclasses import astuple
from pathlib import Path

import numpy as np
import pytest

from chatbot.assistant import Chatbot
from chatbot.errors import QuestionSetError
from chatbot.evaluation.calibration import (
    Trial,
    fit,
    natural_weights,
    recalibrate,
    refit_settings,
    trial,
    trials,
)
from chatbot.evaluation.question_set import Judgment, Question, load_question_set
from chatbot.retrieval.confidence import Calibration, Features, probability
from chatbot.settings import Settings, load_settings
from tests.shared import QUESTIONS

TRUE = Calibration(intercept=-4.0, score=2.0, word_match=3.0, reader=0.5)


def random_trials(count: int) -> list[Trial]:
    """Trials whose outcomes are drawn with the probabilities of the true coefficients."""
    rng = np.random.default_rng(7)
    rows = rng.uniform((0, 0, -4), (3, 1, 4), (count, 3)).tolist()
    values = [Features(*row) for row in rows]
    return [
        Trial(row, bool(rng.random() < probability(row, TRUE)), answerable=True) for row in values
    ]


def test_the_true_coefficients_are_recovered() -> None:
    """20,000 trials recover them within 0.25."""
    assert astuple(fit(random_trials(20_000))) == pytest.approx(astuple(TRUE), abs=0.25)


def test_the_fit_is_the_maximum_of_the_likelihood() -> None:
    """The gradient is 0: probabilities and outcomes agree in sum, also weighted by a feature."""
    sample = random_trials(500)
    fitted = fit(sample)
    gaps = np.array([probability(trial.features, fitted) - trial.right for trial in sample])
    columns = np.array([[1.0, *trial.features.regressed] for trial in sample])
    assert gaps @ columns == pytest.approx(0, abs=0.05)


def test_claims_count_in_the_fit_as_they_do_in_the_confidence() -> None:
    """Trials that are all claims recover the coefficients, too, if there are enough of them."""
    rng = np.random.default_rng(7)
    sample = []
    rows = rng.uniform((-6, -3, -20, 0), (10, 8, 20, 0.4), (40_000, 4)).tolist()
    for score, match, reader, lead in rows:
        values = Features(score, match, reader, lead=lead)
        right = bool(rng.random() < probability(values, TRUE))
        sample.append(Trial(values, right, answerable=True))
    assert astuple(fit(sample)) == pytest.approx(astuple(TRUE), abs=0.4)


def test_a_handful_of_trials_moves_the_coefficients_little() -> None:
    """Three wrong answers lower the probability of one like them, but not to nothing."""
    values = Features(score=2.5, word_match=0.9)
    moved = fit([Trial(values, right=False, answerable=False)] * 3, prior=TRUE)
    assert probability(values, TRUE) == pytest.approx(0.976, abs=1e-3)
    assert 0.1 < probability(values, moved) < 0.976


def test_weights_count_trials_several_times() -> None:
    """A trial of weight two equals the trial twice."""
    sample = random_trials(200)
    twice = fit(sample + sample[:50])
    weighted = fit(sample, weights=[2.0] * 50 + [1.0] * 150)
    assert astuple(weighted) == pytest.approx(astuple(twice), abs=1e-3)


def test_four_fifths_of_the_weight_are_on_answerable_trials() -> None:
    """However many there are; a set of one kind is left as it is."""
    asked, without = (
        Trial(Features(1.0, 0.5), right=answer, answerable=answer) for answer in (True, False)
    )
    for count in (1, 7):
        weights = natural_weights([asked] * count + [without] * 3)
        assert weights.sum() == pytest.approx(count + 3)
        assert weights[:count].sum() == pytest.approx(0.8 * (count + 3))
    assert natural_weights([without] * 3).tolist() == [1.0] * 3


def test_a_question_is_asked_with_and_without_its_document(demo: Chatbot) -> None:
    """If its documents are excluded, no card is right, and the score falls."""
    question = Question("q", "Who advises the grey zone?", (Judgment("arms-sales.md"),))
    answered = Question(
        "q", "Which air defence system did Russia sell to China?", question.relevant
    )
    whole, without = trials(demo, answered)
    assert (whole.right, without.right) == (True, False)
    assert (whole.answerable, without.answerable) == (True, False)
    assert without.features.score < whole.features.score


def test_excluded_documents_are_not_shown(demo: Chatbot) -> None:
    """Without any document the features are 0."""
    question = Question("q", "Which air defence system did Russia sell to China?")
    result = trial(demo, question, excluded=lambda _: True)
    assert result == Trial(Features(0.0, 0.0), right=False, answerable=False)


def test_the_demo_questions_refit_a_confidence_that_is_too_low(demo_index: Path) -> None:
    """Answerable questions count twice, others once; settings accept the result."""
    questions = load_question_set(QUESTIONS / "demo.jsonl")
    steps: list[int] = []
    low = load_settings(index=demo_index, confidence_intercept=-7.0)
    with Chatbot.open(settings=low) as chatbot:
        refit = recalibrate(chatbot, questions, advance=steps.append)
    assert sum(steps) == len(questions) == 100
    assert refit.trials == 2 * 80 + 20
    assert 0.5 < refit.before.auroc <= 1
    assert refit.after.auroc > refit.before.auroc - 0.05
    assert refit.after.calibration_error < refit.before.calibration_error
    refitted = Settings.model_validate(refit_settings(refit))
    assert refitted.confidence_score == pytest.approx(refit.calibration.score, abs=1e-3)
    assert refit.guarantee
    assert refit.guarantee.strong_from == pytest.approx(refitted.strong_from, abs=1e-3)


def test_questions_without_contrast_are_refused(demo: Chatbot) -> None:
    """If no answer is right there is nothing to fit."""
    with pytest.raises(QuestionSetError, match="no question finds its answer"):
        recalibrate(demo, [Question("q", "Who leads Gazprom?", answerable=False)])

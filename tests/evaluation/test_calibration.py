"""Fitting the confidence: known constants come back, and little data changes little."""

from __future__ import annotations

from dataclasses import astuple

import numpy as np
import pytest

from chatbot.assistant import Chatbot
from chatbot.errors import QuestionSetError
from chatbot.evaluation.calibration import Trial, fit, recalibrate, settings_of, trial, trials
from chatbot.evaluation.question_set import Judgment, Question, load_question_set
from chatbot.retrieval.confidence import Calibration, Features, probability
from chatbot.settings import Settings
from tests.shared import QUESTIONS

TRUE = Calibration(intercept=-4.0, score=2.0, word_match=3.0)


def drawn(count: int) -> list[Trial]:
    """Trials whose outcomes are drawn with the chances that the true constants give."""
    chance = np.random.default_rng(7)
    seen = [Features(*each) for each in chance.uniform((0, 0), (3, 1), (count, 2)).tolist()]
    return [Trial(each, bool(chance.random() < probability(each, TRUE))) for each in seen]


def test_the_constants_that_made_the_outcomes_are_found() -> None:
    """From 20,000 trials, to a tenth or so."""
    assert astuple(fit(drawn(20_000))) == pytest.approx(astuple(TRUE), abs=0.25)


def test_the_fit_is_the_maximum_of_the_likelihood() -> None:
    """At it, what is promised and what is kept agree in sum, also weighted with each feature."""
    found = drawn(500)
    by = fit(found)
    gaps = np.array([probability(each.seen, by) - each.right for each in found])
    columns = np.array([[1.0, *astuple(each.seen)] for each in found])
    assert gaps @ columns == pytest.approx(0, abs=0.05)


def test_a_handful_of_trials_moves_the_constants_little() -> None:
    """Three wrong answers make one like them less likely, and no more."""
    seen = Features(score=2.5, word_match=0.9)
    moved = fit([Trial(seen, right=False)] * 3, prior=TRUE)
    assert probability(seen, TRUE) == pytest.approx(0.976, abs=1e-3)
    assert 0.1 < probability(seen, moved) < 0.976


def test_weights_count_trials_several_times() -> None:
    """A trial of weight two is the same as the trial twice."""
    found = drawn(200)
    twice = fit(found + found[:50])
    weighed = fit(found, weights=[2.0] * 50 + [1.0] * 150)
    assert astuple(weighed) == pytest.approx(astuple(twice), abs=1e-3)


def test_a_question_is_asked_with_and_without_its_document(demo: Chatbot) -> None:
    """With its documents taken out, nothing that is shown is right, and the score falls."""
    question = Question("q", "Who advises the grey zone?", (Judgment("arms-sales.md"),))
    asked = Question("q", "Which air defence system did Russia sell to China?", question.relevant)
    there, gone = trials(demo, asked)
    assert (there.right, gone.right) == (True, False)
    assert gone.seen.score < there.seen.score


def test_what_is_taken_out_is_not_shown(demo: Chatbot) -> None:
    """Without every document there is nothing to see, and nothing breaks."""
    question = Question("q", "Which air defence system did Russia sell to China?")
    found = trial(demo, question, without=lambda _: True)
    assert found == Trial(Features(0.0, 0.0), right=False)


def test_the_demo_questions_refit_the_confidence(demo: Chatbot) -> None:
    """Each answerable one twice, each other once; settings take the result."""
    questions = load_question_set(QUESTIONS / "demo.jsonl")
    seen: list[int] = []
    refit = recalibrate(demo, questions, advance=seen.append)
    assert sum(seen) == len(questions) == 100
    assert refit.trials == 2 * 80 + 20
    assert 0.5 < refit.before.auroc <= 1
    assert refit.after.auroc > refit.before.auroc - 0.05
    assert refit.after.calibration_error < refit.before.calibration_error
    made = Settings.model_validate(settings_of(refit))
    assert made.confidence_score == pytest.approx(refit.calibration.score, abs=1e-3)
    assert refit.strong_from == pytest.approx(made.strong_from, abs=1e-3)


def test_questions_without_contrast_are_refused(demo: Chatbot) -> None:
    """Where no answer is ever right there is nothing to fit."""
    with pytest.raises(QuestionSetError, match="not one question finds its answer"):
        recalibrate(demo, [Question("q", "Who leads Gazprom?", answerable=False)])

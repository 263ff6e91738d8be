"""Runs a question set through the chatbot and measures the result."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from chatbot.assistant import Chatbot
from chatbot.client import Client
from chatbot.evaluation.abstention import abstention
from chatbot.evaluation.comparison import compare
from chatbot.evaluation.judged_places import unknown_places
from chatbot.evaluation.measures import DEFAULT, check_measures, measure
from chatbot.evaluation.outcome import QuestionOutcome
from chatbot.evaluation.question_set import Question
from chatbot.evaluation.result import Evaluation, as_run
from chatbot.evaluation.run_files import SavedRun
from chatbot.evaluation.subjects import Subject, subject_of

_PERCENTILES: Final = (50, 95, 99)


def evaluate(
    chatbot: Chatbot | Client,
    questions: Sequence[Question],
    *,
    measures: Sequence[str] = DEFAULT,
    baseline: SavedRun | None = None,
    advance: Callable[[int], None] = lambda _: None,
) -> Evaluation:
    """Ask every question, measure the rankings, and compare with a baseline from `read_run`.

    Needs at least one question and one measure; the first measure decides comparisons. Raises
    UsageError, QuestionSetError for a question that can't be asked, and for a client ServerError.
    """
    check_measures(measures, questions)  # first, because asking takes minutes
    outcomes, subject = [], subject_of(chatbot)
    for question in questions:
        answer, ranking = subject.ask(question)
        outcomes.append(QuestionOutcome(question, ranking, answer))
        advance(1)
    return _evaluation(subject, outcomes, measures, baseline)


def _evaluation(
    subject: Subject,
    asked_outcomes: Sequence[QuestionOutcome],
    measures: Sequence[str],
    baseline: SavedRun | None,
) -> Evaluation:
    questions = [outcome.question for outcome in asked_outcomes]
    rankings = {outcome.question.question_id: outcome.ranking for outcome in asked_outcomes}
    measured = measure(rankings, questions, measures)
    outcomes = [
        replace(outcome, measures=measured.of(outcome.question.question_id))
        for outcome in asked_outcomes
    ]
    answerable = [outcome for outcome in outcomes if outcome.question.answerable]
    unanswerable = [outcome for outcome in outcomes if not outcome.question.answerable]
    with_places = [outcome for outcome in answerable if outcome.names_places]
    with_wordings = [
        outcome
        for outcome in answerable
        if outcome.question.wordings and outcome.shows_right_document
    ]
    times = [outcome.answer.timings["total"] for outcome in outcomes]
    circumstances = subject.circumstances(outcomes[0].answer.build)
    run = as_run(outcomes, circumstances)
    judged_ids = {doc_id for question in questions for doc_id in question.grades}
    titles = subject.titles(judged_ids)
    return Evaluation(
        build=circumstances.build,
        circumstances=circumstances,
        answerable=len(answerable),
        unanswerable=len(unanswerable),
        measures=measured.mean,
        right_sentence=_share(outcome.shows_right_sentence for outcome in with_wordings),
        right_place_first=_share(outcome.shows_right_place_first for outcome in with_places),
        right_place=_share(outcome.shows_right_place for outcome in with_places),
        abstained_on_answerable=sum(outcome.answer.abstained for outcome in answerable),
        abstained_on_unanswerable=sum(outcome.answer.abstained for outcome in unanswerable),
        abstention=abstention(outcomes),
        milliseconds={f"p{rank}": float(np.percentile(times, rank)) for rank in _PERCENTILES},
        comparison=(compare(baseline, run, questions, measured.per_question) if baseline else None),
        titles=titles,
        unknown_documents=tuple(sorted(judged_ids - titles.keys())),
        unknown_places=tuple(unknown_places(questions, subject.document)),
        outcomes=tuple(outcomes),
    )


def _share(flags: Iterable[bool]) -> float | None:
    values = list(flags)
    return sum(values) / len(values) if values else None

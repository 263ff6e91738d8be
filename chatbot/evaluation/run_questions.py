"""Runs a question set through the chatbot and measures the result."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import numpy as np

from chatbot.assistant import Chatbot
from chatbot.errors import QuestionError, QuestionSetError
from chatbot.evaluation.abstention import abstention
from chatbot.evaluation.comparison import compare
from chatbot.evaluation.judged_places import unknown_places
from chatbot.evaluation.measures import DEFAULT, check_measures, measure
from chatbot.evaluation.outcome import QuestionOutcome
from chatbot.evaluation.question_set import Question
from chatbot.evaluation.result import Circumstances, Evaluation, as_run
from chatbot.evaluation.run_files import SavedRun
from chatbot.retrieval.ranking import Ranking
from chatbot.types import Answer

# The usual depth of a TREC run.
_RUN_DEPTH: Final = 1_000
_PERCENTILES: Final = (50, 95, 99)
# These settings don't affect answers; the cache folder would reveal a user name.
_EXCLUDED_SETTINGS: Final = {"cache", "host", "port", "keep_builds"}


def evaluate(
    chatbot: Chatbot,
    questions: Sequence[Question],
    *,
    measures: Sequence[str] = DEFAULT,
    baseline: SavedRun | None = None,
    advance: Callable[[int], None] = lambda _: None,
) -> Evaluation:
    """Ask every question, measure the rankings, and compare with a baseline from `read_run`.

    Needs at least one question and one measure; comparisons go by the first measure. Raises
    UsageError, and QuestionSetError for a question that can't be asked.
    """
    check_measures(measures, questions)  # before minutes are spent on questions
    outcomes = []
    for question in questions:
        answer, ranking = ask(chatbot, question)
        outcomes.append(QuestionOutcome(question, ranking.documents(_RUN_DEPTH), answer))
        advance(1)
    return _measured(chatbot, outcomes, measures, baseline)


def ask(chatbot: Chatbot, question: Question) -> tuple[Answer, Ranking]:
    """Ask one question of a set. Raises QuestionSetError with its id."""
    try:
        return chatbot.ask_and_rank(question.text, history=question.history)
    except QuestionError as failure:
        raise QuestionSetError(f"Question {question.question_id}: {failure}") from failure


def _measured(
    chatbot: Chatbot,
    unmeasured: Sequence[QuestionOutcome],
    measures: Sequence[str],
    baseline: SavedRun | None,
) -> Evaluation:
    questions = [outcome.question for outcome in unmeasured]
    rankings = {outcome.question.question_id: outcome.ranking for outcome in unmeasured}
    measured = measure(rankings, questions, measures)
    outcomes = [
        replace(outcome, measures=measured.of(outcome.question.question_id))
        for outcome in unmeasured
    ]
    answerable = [each for each in outcomes if each.question.answerable]
    unanswerable = [each for each in outcomes if not each.question.answerable]
    with_places = [each for each in answerable if each.names_places]
    with_wordings = [
        each for each in answerable if each.question.wordings and each.shows_right_document
    ]
    times = [outcome.answer.timings["total"] for outcome in outcomes]
    circumstances = _circumstances(chatbot, outcomes[0].answer.build)
    run = as_run(outcomes, circumstances)
    judged = {doc_id for question in questions for doc_id in question.grades}
    indexed = sorted(judged & {*chatbot.build.document_ids})
    return Evaluation(
        build=circumstances.build,
        circumstances=circumstances,
        answerable=len(answerable),
        unanswerable=len(unanswerable),
        measures=measured.mean,
        right_sentence=_share(each.shows_right_sentence for each in with_wordings),
        right_place_first=_share(each.shows_right_place_first for each in with_places),
        right_place=_share(each.shows_right_place for each in with_places),
        abstained_on_answerable=sum(each.answer.abstained for each in answerable),
        abstained_on_unanswerable=sum(each.answer.abstained for each in unanswerable),
        abstention=abstention(outcomes),
        milliseconds={f"p{rank}": float(np.percentile(times, rank)) for rank in _PERCENTILES},
        comparison=(compare(baseline, run, questions, measured.per_question) if baseline else None),
        titles={each.doc_id: each.title for each in chatbot.build.summaries(indexed)},
        unknown_documents=tuple(sorted(judged - {*indexed})),
        unknown_places=tuple(unknown_places(questions, chatbot.document)),
        outcomes=tuple(outcomes),
    )


def _circumstances(chatbot: Chatbot, build: str) -> Circumstances:
    manifest = chatbot.build.manifest
    return Circumstances(
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        build=build,
        corpus=manifest.corpus,
        documents=manifest.documents,
        passages=manifest.passages,
        model=manifest.model,
        versions=manifest.versions,
        settings=chatbot.settings.model_dump(mode="json", exclude=_EXCLUDED_SETTINGS),
    )


def _share(flags: Iterable[bool]) -> float | None:
    values = list(flags)
    return sum(values) / len(values) if values else None

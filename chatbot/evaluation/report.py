"""The HTML report of an evaluation: one self-contained file.

The template escapes all text from documents, questions and settings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from chatbot.evaluation import charts, summary
from chatbot.evaluation.abstention import confidences
from chatbot.evaluation.charts import Chart
from chatbot.evaluation.judged_places import place_text
from chatbot.evaluation.outcome import QuestionOutcome
from chatbot.evaluation.result import Evaluation

_ASSETS: Final = Path(__file__).parent / "assets"
_PAGE: Final = "report.html"

# The groups of questions, worst first; the last two are right.
_GROUPS: Final = {
    "answered": "Answered, though there is no answer",
    "wrong": "Another document came first",
    "abstained": "Abstained, though there is an answer",
    "right": "The right document came first",
    "declined": "Rightly abstained",
}


def report_page(
    evaluation: Evaluation, *, questions: str, command: str, missed: Sequence[str] = ()
) -> str:
    """The HTML; `questions` names the question set, `missed` has the failed gates."""
    environment = Environment(
        loader=FileSystemLoader(_ASSETS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "score": summary.score,
        "signed": summary.signed,
        "moment": summary.moment,
        "place": place_text,
    }
    comparison, outcomes = evaluation.comparison, evaluation.outcomes
    return environment.get_template(_PAGE).render(
        evaluation=evaluation,
        questions=questions,
        command=command,
        missed=missed,
        lines=list(summary.summary(evaluation)),
        notes=list(summary.comparison_notes(comparison)) if comparison else [],
        differences=list(summary.difference_rows(comparison)) if comparison else [],
        changes=list(summary.change_rows(evaluation)),
        first=sum(
            outcome.question.answerable and outcome.shows_right_document for outcome in outcomes
        ),
        charts=list(_charts(evaluation)),
        frame=charts.FRAME,
        groups=[
            (name, title, [outcome for outcome in outcomes if group_of(outcome) == name])
            for name, title in _GROUPS.items()
        ],
    )


def group_of(outcome: QuestionOutcome) -> str:
    """The key of the group that a question belongs to."""
    if not outcome.question.answerable:
        return "declined" if outcome.answer.abstained else "answered"
    if not outcome.shows_right_document:
        return "wrong"
    return "abstained" if outcome.answer.abstained else "right"


def _charts(evaluation: Evaluation) -> Iterator[Chart]:
    outcomes = evaluation.outcomes
    if evaluation.comparison and evaluation.comparison.changes:
        yield charts.differences(evaluation.comparison.changes, next(iter(evaluation.measures)))
    if evaluation.abstention:
        yield charts.reliability(*confidences(outcomes))
        yield charts.coverage(*confidences(outcomes))
    times = [outcome.answer.timings["total"] for outcome in outcomes]
    yield charts.latency(times, evaluation.milliseconds)

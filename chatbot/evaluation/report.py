"""A page about an evaluation for somebody who was not there: one file that asks for no other.

Every word of a document, a question or a setting is escaped by the template.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from chatbot.evaluation import charts, summary
from chatbot.evaluation.abstention import promises
from chatbot.evaluation.charts import Chart
from chatbot.evaluation.judged_places import place_text
from chatbot.evaluation.outcome import Outcome
from chatbot.evaluation.result import Evaluation

_ASSETS: Final = Path(__file__).parent / "assets"
_PAGE: Final = "report.html"

# What can become of a question, the worst first; the last two are as they should be.
_FATES: Final = {
    "answered": "Answered, though there is no answer",
    "wrong": "Another document came first",
    "abstained": "Abstained, though there is an answer",
    "right": "The right document came first",
    "declined": "Rightly abstained",
}


def report_page(
    found: Evaluation, *, questions: str, command: str, missed: Sequence[str] = ()
) -> str:
    """The page; `questions` names the set, and `missed` are the gates that it failed."""
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
    fates = [fate(each) for each in found.outcomes]
    return environment.get_template(_PAGE).render(
        found=found,
        questions=questions,
        command=command,
        missed=missed,
        lines=list(summary.summary(found)),
        notes=list(summary.comparison_notes(found.comparison)) if found.comparison else [],
        differences=list(summary.difference_rows(found.comparison)) if found.comparison else [],
        changes=list(summary.change_rows(found)),
        first=sum(e.question.answerable and e.shows_right_document for e in found.outcomes),
        charts=list(_charts(found)),
        frame=charts.FRAME,
        groups=[
            (
                name,
                title,
                [o for o, each in zip(found.outcomes, fates, strict=True) if each == name],
            )
            for name, title in _FATES.items()
        ],
    )


def fate(outcome: Outcome) -> str:
    """What became of a question, as a key of the groups."""
    if not outcome.question.answerable:
        return "declined" if outcome.answer.abstained else "answered"
    if not outcome.shows_right_document:
        return "wrong"
    return "abstained" if outcome.answer.abstained else "right"


def _charts(found: Evaluation) -> Iterator[Chart]:
    if found.comparison and found.comparison.changes:
        yield charts.differences(found.comparison.changes, next(iter(found.measures)))
    if found.abstention:
        yield charts.reliability(*promises(found.outcomes))
        yield charts.coverage(*promises(found.outcomes))
    times = [each.answer.timings["total"] for each in found.outcomes]
    yield charts.latency(times, found.milliseconds)

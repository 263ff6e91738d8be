"""An evaluation in words, shared by the command line and the report."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from chatbot.evaluation.comparison import Comparison
from chatbot.evaluation.measures import describe
from chatbot.evaluation.result import Evaluation
from chatbot.retrieval.standing import DropOut, Standing

_DROP_OUTS: Final[dict[DropOut, str]] = {
    "not found": "not found, by meaning or by words",
    "folded": "listed under [{card}], which has the same text",
    "below the cards": "ranked too low for a card",
    "abstained": "closest [{card}], but confidence was too low",
    "": "shown as [{card}]",
}

# Items named per list; the rest are counted.
_SHOWN: Final = 5


class SummaryLine(NamedTuple):
    """A figure with its name and what it means."""

    name: str
    value: str
    meaning: str


def summary(evaluation: Evaluation) -> Iterator[SummaryLine]:
    """The figures of an evaluation, one line each."""
    for name, value in evaluation.measures.items():
        yield SummaryLine(name, score(value), describe(name))
    if evaluation.right_sentence is not None:
        yield SummaryLine(
            "right sentence",
            score(evaluation.right_sentence),
            "Among the questions with the right document first, the share with the right sentence "
            "highlighted.",
        )
    if evaluation.right_place is not None and evaluation.right_place_first is not None:
        yield SummaryLine(
            "right place",
            f"{score(evaluation.right_place_first)} first, {score(evaluation.right_place)} shown",
            "Among the questions judged by a quote, span or page, the share whose first passage "
            "covers that place, and the share for which any passage shown covers it.",
        )
    yield SummaryLine(
        "abstained",
        f"{evaluation.abstained_on_answerable:,} of {evaluation.answerable:,} answerable, "
        f"{evaluation.abstained_on_unanswerable:,} of {evaluation.unanswerable:,} unanswerable",
        "How often the chatbot gave no answer: wrongly for answerable questions, rightly for "
        "unanswerable ones.",
    )
    if evaluation.abstention:
        yield SummaryLine(
            "confidence",
            f"AUROC {score(evaluation.abstention.auroc)}, "
            f"calibration error {score(evaluation.abstention.calibration_error)}, "
            f"coverage {score(evaluation.abstention.coverage)} at 5% risk",
            "AUROC: the probability that an answerable question gets a higher confidence than an "
            "unanswerable one. Calibration error: the mean gap between confidence and the share "
            "of right answers. Coverage: the share of questions that can be answered, most "
            "confident first, with at most 5 in 100 answers wrong.",
        )
    yield SummaryLine(
        "time",
        ", ".join(f"{name} {value:.1f} ms" for name, value in evaluation.milliseconds.items()),
        "The time per question: half take at most p50, 95 in 100 at most p95, 99 in 100 at most "
        "p99.",
    )


def unknown_judgments(evaluation: Evaluation) -> Iterator[str]:
    """Sentences about judgments that no ranking can meet: one for documents, one for places."""
    places = [
        f"{doc_id} {place} (question {question_id})"
        for question_id, doc_id, place in evaluation.unknown_places
    ]
    for kind, location, names in (
        ("document", "in the index", evaluation.unknown_documents),
        ("place", "in its document", places),
    ):
        if names:
            are = " is" if len(names) == 1 else "s are"
            more = f"; and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
            examples = "; ".join(names[:_SHOWN])
            yield f"{len(names):,} judged {kind}{are} not {location}: {examples}{more}"


def comparison_notes(comparison: Comparison) -> Iterator[str]:
    """Sentences about the baseline and the differences other than measures."""
    before = (
        f"build {comparison.build} of {moment(comparison.made)}"
        if comparison.build
        else "the run in TREC form"
    )
    common = len(comparison.changes)
    yield f"Against the baseline, {before}: {common:,} answerable questions in both."
    for heading, ids in (
        ("Not in the baseline", comparison.only_now),
        ("Only in the baseline", comparison.only_before),
        ("Now abstained on", comparison.newly_abstained),
        ("No longer abstained on", comparison.newly_answered),
    ):
        if ids:
            more = f" and {len(ids) - _SHOWN:,} more" if len(ids) > _SHOWN else ""
            yield f"{heading}: {', '.join(ids[:_SHOWN])}{more}."
    if comparison.settings:
        changed = (f"{name} {old} → {new}" for name, (old, new) in comparison.settings.items())
        yield f"Settings that differ: {', '.join(changed)}."


def difference_rows(comparison: Comparison) -> Iterator[tuple[str, ...]]:
    """The differences as a table, header first."""
    yield ("measure", "before", "now", "difference", "95% interval", "p", "better/worse/same")
    for difference in comparison.differences:
        yield (
            difference.measure,
            score(difference.before),
            score(difference.now),
            signed(difference.mean),
            f"{signed(difference.low)} to {signed(difference.high)}",
            score(difference.p),
            f"{difference.wins:,}/{difference.losses:,}/{difference.ties:,}",
        )


def change_rows(evaluation: Evaluation) -> Iterator[tuple[str, ...]]:
    """The questions that changed most as a table, header first; empty without a baseline."""
    comparison = evaluation.comparison
    if not comparison or not comparison.most_changed:
        return
    questions = {
        outcome.question.question_id: outcome.question.text for outcome in evaluation.outcomes
    }
    yield ("question", "before", "now", "asked")
    for change in comparison.most_changed:
        question = questions[change.question_id]
        yield (change.question_id, score(change.before), score(change.now), question)


def standing_rows(standings: Sequence[tuple[str, Standing]]) -> Iterator[tuple[str, ...]]:
    """The standing of a document by question id, as a table, header first."""
    yield ("question", "meaning", "words", "fused", "with evidence", "final", "outcome")
    for question_id, standing in standings:
        ranks = (
            standing.dense,
            standing.lexical,
            standing.fused,
            standing.evidence,
            standing.final,
        )
        outcome = _DROP_OUTS[standing.fell_out].format(card=standing.card)
        yield (question_id, *(str(rank or "-") for rank in ranks), outcome)


def score(value: float) -> str:
    """A figure with four decimals; "-" for NaN."""
    return "-" if math.isnan(value) else f"{value:.4f}"


def moment(time: str) -> str:
    """An ISO 8601 time for people, to the minute."""
    return time[:16].replace("T", " ") + " UTC"


def signed(value: float) -> str:
    """A difference with four decimals and its sign."""
    return f"{value:+.4f}"

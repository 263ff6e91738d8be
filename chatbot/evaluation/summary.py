"""An evaluation in words: the same lines on the command line and in the report."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from chatbot.evaluation.comparison import Comparison
from chatbot.evaluation.measures import meaning
from chatbot.evaluation.result import Evaluation
from chatbot.retrieval.standing import Fate, Standing

_FATES: Final[dict[Fate, str]] = {
    "not found": "found by neither arm",
    "folded": "folded into [{card}], which says the same",
    "below the cards": "ranked too low for a card",
    "abstained": "nearest [{card}], but confidence was too low",
    "": "shown as [{card}]",
}


# How many of a list are named.
_SHOWN: Final = 5


class Line(NamedTuple):
    """A figure with its name and what it says."""

    name: str
    value: str
    meaning: str


def summary(found: Evaluation) -> Iterator[Line]:
    """What an evaluation showed, a line for each figure."""
    for name, value in found.measures.items():
        yield Line(name, score(value), meaning(name))
    if found.right_sentence is not None:
        yield Line(
            "right sentence",
            score(found.right_sentence),
            "Of the questions with the right document first, the share whose highlighted "
            "sentence holds the answer.",
        )
    if found.right_place is not None and found.right_place_first is not None:
        yield Line(
            "right place",
            f"{score(found.right_place_first)} first, {score(found.right_place)} shown",
            "Of the questions judged by a quote, span or page, the share whose first passage is "
            "at that place, and the share of which any passage shown is.",
        )
    yield Line(
        "abstained",
        f"{found.abstained_on_answerable:,} of {found.answerable:,} answerable, "
        f"{found.abstained_on_unanswerable:,} of {found.unanswerable:,} unanswerable",
        "How often the chatbot said that the answer is not there: wrongly, then rightly.",
    )
    if found.abstention:
        yield Line(
            "confidence",
            f"AUROC {score(found.abstention.auroc)}, "
            f"calibration error {score(found.abstention.calibration_error)}, "
            f"coverage {score(found.abstention.coverage)} at 5% risk",
            "AUROC: the chance that an answerable question gets more confidence than an "
            "unanswerable one. Calibration error: how far confidence lies from the share of "
            "answers that are right. Coverage: the share of questions that can be answered, the "
            "surest first, with at most 5 in 100 answers wrong.",
        )
    yield Line(
        "time",
        ", ".join(f"{name} {value:.1f} ms" for name, value in found.milliseconds.items()),
        "What a question takes: half of them no more than p50, 95 in 100 no more than p95, "
        "99 in 100 no more than p99.",
    )


def unmet(found: Evaluation) -> Iterator[str]:
    """Judgments that nothing can meet, counted, with the first of them."""
    places = [f"{doc_id} {place} (question {name})" for name, doc_id, place in found.unknown_places]
    for what, where, those in (
        ("document", "in the index", found.unknown_documents),
        ("place", "in its document", places),
    ):
        if those:
            are = " is" if len(those) == 1 else "s are"
            more = f"; and {len(those) - _SHOWN:,} more" if len(those) > _SHOWN else ""
            named = "; ".join(those[:_SHOWN])
            yield f"{len(those):,} judged {what}{are} not {where}: {named}{more}"


def comparison_notes(found: Comparison) -> Iterator[str]:
    """What was compared with what, and what differs besides the measures."""
    before = (
        f"build {found.build} of {moment(found.made)}" if found.build else "the run in TREC form"
    )
    yield f"Against the baseline, {before}: {len(found.changes):,} answerable questions in both."
    for what, ids in (
        ("Not in the baseline", found.only_now),
        ("Only in the baseline", found.only_before),
        ("Now abstained on", found.newly_abstained),
        ("No longer abstained on", found.newly_answered),
    ):
        if ids:
            more = f" and {len(ids) - _SHOWN:,} more" if len(ids) > _SHOWN else ""
            yield f"{what}: {', '.join(ids[:_SHOWN])}{more}."
    if found.settings:
        differing = (f"{name} {then} → {now}" for name, (then, now) in found.settings.items())
        yield f"Settings that differ: {', '.join(differing)}."


def difference_rows(found: Comparison) -> Iterator[tuple[str, ...]]:
    """A table of the differences, its header first."""
    yield ("measure", "before", "now", "difference", "95% interval", "p", "better/worse/same")
    for each in found.differences:
        yield (
            each.measure,
            score(each.before),
            score(each.now),
            signed(each.mean),
            f"{signed(each.low)} to {signed(each.high)}",
            score(each.p),
            f"{each.wins:,}/{each.losses:,}/{each.ties:,}",
        )


def change_rows(found: Evaluation) -> Iterator[tuple[str, ...]]:
    """A table of the questions that changed most, its header first; empty without a baseline."""
    if not found.comparison or not found.comparison.most_changed:
        return
    texts = {each.question.question_id: each.question.text for each in found.outcomes}
    yield ("question", "before", "now", "asked")
    for each in found.comparison.most_changed:
        yield (each.question_id, score(each.before), score(each.now), texts[each.question_id])


def standing_rows(found: Sequence[tuple[str, Standing]]) -> Iterator[tuple[str, ...]]:
    """A table of where a document stood for some questions, by their names; its header first."""
    yield ("question", "meaning", "words", "fused", "with evidence", "in the end")
    for name, each in found:
        ranks = (each.dense, each.lexical, each.fused, each.evidence)
        fate = _FATES[each.fell_out].format(card=each.card)
        yield (name, *(str(rank or "-") for rank in ranks), fate)


def score(value: float) -> str:
    """A figure to four places."""
    return "-" if math.isnan(value) else f"{value:.4f}"


def moment(made: str) -> str:
    """A time in ISO 8601 as people write it."""
    return made[:16].replace("T", " ") + " UTC"


def signed(value: float) -> str:
    """A difference to four places, with its sign."""
    return f"{value:+.4f}"

"""What a question set showed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chatbot.evaluation.abstention import Abstention
from chatbot.evaluation.comparison import Comparison
from chatbot.evaluation.outcome import Outcome
from chatbot.evaluation.run_files import RunQuestion, SavedRun


@dataclass(frozen=True, slots=True)
class Circumstances:
    """When and of what the questions were asked.

    `made` is ISO 8601. `settings` has those that decide answers.
    """

    made: str
    build: str
    corpus: str
    documents: int
    passages: int
    model: str
    versions: Mapping[str, str]
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The figures, and the outcomes that they were made from, in the order of the set.

    `measures` are means over the answerable questions. `right_sentence` is the share of those
    with known wordings and the right document first whose sentence is right too. Of those
    judged by a quote, span or page, `right_place_first` is the share whose first card is there,
    and `right_place` that of which any card is. Each is None if there are none to tell.
    `titles` are those of the judged documents. `unknown_documents` are judged and not in the
    index; `unknown_places` are judged and not in their documents, as question, document, place.
    """

    build: str
    circumstances: Circumstances
    answerable: int
    unanswerable: int
    measures: Mapping[str, float]
    right_sentence: float | None
    right_place_first: float | None
    right_place: float | None
    abstained_on_answerable: int
    abstained_on_unanswerable: int
    abstention: Abstention | None
    milliseconds: Mapping[str, float]
    comparison: Comparison | None
    titles: Mapping[str, str]
    unknown_documents: tuple[str, ...]
    unknown_places: tuple[tuple[str, str, str], ...]
    outcomes: tuple[Outcome, ...]


def as_run(outcomes: Sequence[Outcome], told: Circumstances) -> SavedRun:
    """The run, to be kept and compared with."""
    return SavedRun(
        questions=tuple(
            RunQuestion(
                question_id=each.question.question_id,
                ranking=each.ranking,
                question=each.question.text,
                confidence=each.answer.confidence,
                abstained=each.answer.abstained,
                milliseconds=each.answer.timings["total"],
            )
            for each in outcomes
        ),
        build=told.build,
        made=told.made,
        settings=told.settings,
    )

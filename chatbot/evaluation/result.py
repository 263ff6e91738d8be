"""The result of running a question set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chatbot.evaluation.abstention import Abstention
from chatbot.evaluation.comparison import Comparison
from chatbot.evaluation.outcome import QuestionOutcome
from chatbot.evaluation.run_files import RunQuestion, SavedRun


@dataclass(frozen=True, slots=True)
class Circumstances:
    """The time, the build and the settings of a run.

    `made` is ISO 8601. `settings` has only the settings that affect answers.
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
    """The figures of a run, and the outcomes behind them in the order of the set.

    `measures` are means over the answerable questions. `right_sentence` is the share of right
    sentences among the questions with known wordings and the right document first. Among the
    questions judged by quote, span or page, `right_place_first` is the share whose first card
    covers the place, and `right_place` the share with any such card. Each share is None if no
    question counts for it. `titles` has the titles of the judged documents by id.
    `unknown_documents` are judged but not in the index. `unknown_places` are judged but not in
    their documents, as (question, document, place).
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
    outcomes: tuple[QuestionOutcome, ...]


def as_run(outcomes: Sequence[QuestionOutcome], circumstances: Circumstances) -> SavedRun:
    """The run as it is saved and compared."""
    return SavedRun(
        questions=tuple(
            RunQuestion(
                question_id=outcome.question.question_id,
                ranking=outcome.ranking,
                question=outcome.question.text,
                confidence=outcome.answer.confidence,
                abstained=outcome.answer.abstained,
                milliseconds=outcome.answer.timings["total"],
            )
            for outcome in outcomes
        ),
        build=circumstances.build,
        made=circumstances.made,
        settings=circumstances.settings,
    )

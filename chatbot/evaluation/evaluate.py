"""A question set, asked and measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from chatbot.assistant import Chatbot
from chatbot.errors import QuestionError, QuestionSetError
from chatbot.evaluation.measures import DEFAULT, measure, parse_measures
from chatbot.evaluation.question_set import Question
from chatbot.text.clean import fold
from chatbot.types import Answer

_RUN_DEPTH = 100


@dataclass(frozen=True, slots=True)
class Outcome:
    """One question as it was asked: the ranking of documents, best first, and the answer."""

    question: Question
    ranking: tuple[tuple[str, float], ...]
    answer: Answer

    @property
    def shows_right_document(self) -> bool:
        """Whether the first card is of a judged document, abstained or not."""
        shown = self.answer.citations or self.answer.nearest
        return bool(shown) and shown[0].doc_id in self.question.grades

    @property
    def shows_right_sentence(self) -> bool:
        """Whether the first card's sentence holds a wording of the answer, or is part of one."""
        shown = fold((self.answer.citations or self.answer.nearest)[0].quote)
        wordings = filter(None, map(fold, self.question.wordings))
        return bool(shown) and any(w in shown or shown in w for w in wordings)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a question set showed.

    `measures` are means over the answerable questions. `right_sentence` is the share of those
    with known wordings and the right document first whose sentence is right too; None if there
    are none. `unknown_documents` are judged and not in the index.
    """

    build: str
    answerable: int
    unanswerable: int
    measures: dict[str, float]
    right_sentence: float | None
    abstained_on_answerable: int
    abstained_on_unanswerable: int
    milliseconds: dict[str, float]
    unknown_documents: tuple[str, ...]
    outcomes: tuple[Outcome, ...]


def evaluate(
    chatbot: Chatbot,
    questions: Sequence[Question],
    *,
    measures: Sequence[str] = DEFAULT,
    advance: Callable[[int], None] = lambda _: None,
) -> Evaluation:
    """Ask every question and measure the documents found.

    Raises UsageError, and QuestionSetError for a question that can't be asked.
    """
    parse_measures(measures)  # before minutes are spent on questions
    outcomes = []
    for question in questions:
        try:
            answer, ranking = chatbot.ask_and_rank(question.text, history=question.history)
        except QuestionError as failure:
            raise QuestionSetError(f"Question {question.question_id}: {failure}") from failure
        outcomes.append(Outcome(question, ranking.documents(_RUN_DEPTH), answer))
        advance(1)
    answerable = [each for each in outcomes if each.question.answerable]
    unanswerable = [each for each in outcomes if not each.question.answerable]
    sentences = [
        each.shows_right_sentence
        for each in answerable
        if each.question.wordings and each.shows_right_document
    ]
    times = [each.answer.timings["total"] for each in outcomes]
    judged = {doc_id for question in questions for doc_id in question.grades}
    rankings = {each.question.question_id: each.ranking for each in outcomes}
    return Evaluation(
        build=outcomes[0].answer.build,
        answerable=len(answerable),
        unanswerable=len(unanswerable),
        measures=measure(rankings, questions, measures),
        right_sentence=float(np.mean(sentences)) if sentences else None,
        abstained_on_answerable=sum(each.answer.abstained for each in answerable),
        abstained_on_unanswerable=sum(each.answer.abstained for each in unanswerable),
        milliseconds={f"p{share}": float(np.percentile(times, share)) for share in (50, 95, 99)},
        unknown_documents=tuple(sorted(judged - {*chatbot.build.document_ids})),
        outcomes=tuple(outcomes),
    )

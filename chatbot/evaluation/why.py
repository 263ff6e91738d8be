"""Why a document isn't among the answers: its standing at each stage of the read path."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chatbot.assistant import Chatbot
from chatbot.chatbot_view import ChatbotView
from chatbot.errors import QuestionSetError, UsageError
from chatbot.evaluation.question_set import Question
from chatbot.evaluation.subjects import ask
from chatbot.retrieval.filters import as_filters
from chatbot.retrieval.standing import Standing, document_standing


@dataclass(frozen=True, slots=True)
class QuestionStanding:
    """A question and the standing of one document for it."""

    question_id: str
    question: str
    standing: Standing


def why(
    chatbot: Chatbot,
    questions: Sequence[Question],
    doc_id: str,
    *,
    advance: Callable[[int], None] = lambda _: None,
) -> tuple[QuestionStanding, ...]:
    """The standing of a document for each of these questions.

    Raises UsageError for a document that isn't in the index, and QuestionSetError for a question
    that can't be asked.
    """
    _check_indexed(chatbot, doc_id)
    standings = []
    for question in questions:
        standing = document_standing(doc_id, *ask(chatbot, question))
        standings.append(QuestionStanding(question.question_id, question.text, standing))
        advance(1)
    return tuple(standings)


def why_not(
    chatbot: ChatbotView,
    question: str,
    doc_id: str,
    *,
    filters: Mapping[str, Any] | None = None,
    top_k: int | None = None,
) -> Standing:
    """The standing of a document for one question. Raises UsageError, QuestionError."""
    _check_indexed(chatbot, doc_id)
    conditions = as_filters(filters)
    if conditions and doc_id not in {summary.doc_id for summary in chatbot.documents(conditions)}:
        raise UsageError(f"The filters exclude {doc_id!r}. Ask without them.")
    return document_standing(
        doc_id, *chatbot.ask_and_rank(question, filters=conditions, top_k=top_k)
    )


def questions_judging(questions: Sequence[Question], doc_id: str) -> tuple[Question, ...]:
    """The questions that judge a document relevant. Raises QuestionSetError if none does."""
    judging = tuple(question for question in questions if doc_id in question.grades)
    if not judging:
        raise QuestionSetError(
            f"No question judges {doc_id!r} relevant. Name a document as the judgments do."
        )
    return judging


def _check_indexed(chatbot: ChatbotView, doc_id: str) -> None:
    if chatbot.document(doc_id):
        return
    skipped = {file.path: file.reason for file in chatbot.build.manifest.skipped}
    reason = f"; it was skipped: {skipped[doc_id]}" if doc_id in skipped else ""
    raise UsageError(
        f"{doc_id!r} is not in the index{reason}. To list indexed and skipped files, run: "
        f"chatbot info"
    )

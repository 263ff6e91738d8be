"""Why a document is not among the answers: where it stood at each stage."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chatbot.assistant import Chatbot
from chatbot.errors import QuestionSetError, UsageError
from chatbot.evaluation.question_set import Question
from chatbot.evaluation.run_questions import ask
from chatbot.retrieval.filters import as_filters
from chatbot.retrieval.standing import Standing, standing


@dataclass(frozen=True, slots=True)
class Stood:
    """A question that judges a document relevant, and where the document stood for it."""

    question_id: str
    question: str
    standing: Standing


def why(
    chatbot: Chatbot,
    questions: Sequence[Question],
    doc_id: str,
    *,
    advance: Callable[[int], None] = lambda _: None,
) -> tuple[Stood, ...]:
    """Where a document stood for each of these questions.

    Raises UsageError for a document that is not in the index, and QuestionSetError for a
    question that can't be asked.
    """
    _check_indexed(chatbot, doc_id)
    found = []
    for question in questions:
        stood = standing(doc_id, *ask(chatbot, question))
        found.append(Stood(question.question_id, question.text, stood))
        advance(1)
    return tuple(found)


def why_not(
    chatbot: Chatbot,
    question: str,
    doc_id: str,
    *,
    filters: Mapping[str, Any] | None = None,
    top_k: int | None = None,
) -> Standing:
    """Where a document stood for one question. Raises UsageError, QuestionError."""
    _check_indexed(chatbot, doc_id)
    wanted = as_filters(filters)
    if wanted and doc_id not in {each.doc_id for each in chatbot.documents(wanted)}:
        raise UsageError(f"The filters leave {doc_id!r} out. Ask without them.")
    return standing(doc_id, *chatbot.ask_and_rank(question, filters=wanted, top_k=top_k))


def judging(questions: Sequence[Question], doc_id: str) -> tuple[Question, ...]:
    """The questions that judge a document relevant. Raises QuestionSetError if none does."""
    found = tuple(each for each in questions if doc_id in each.grades)
    if not found:
        raise QuestionSetError(
            f"No question judges {doc_id!r} relevant. Name a document as the judgments do."
        )
    return found


def _check_indexed(chatbot: Chatbot, doc_id: str) -> None:
    if chatbot.document(doc_id):
        return
    skipped = {file.path: file.reason for file in chatbot.build.manifest.skipped}
    reason = f"; it was skipped: {skipped[doc_id]}" if doc_id in skipped else ""
    raise UsageError(
        f"{doc_id!r} is not in the index{reason}. What is indexed, and what was skipped and why, "
        f"says: chatbot info"
    )

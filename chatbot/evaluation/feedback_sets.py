"""Turns thumbs into judgments: a question set, and qrels in TREC form.

Thumbs for the same sentence of the same question count together, over all builds. The majority
decides, and the latest thumb in a tie. A document is relevant if any passage of it is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from chatbot.evaluation.run_files import trec_field
from chatbot.feedback import Thumb
from chatbot.text.clean import fold


@dataclass(frozen=True, slots=True)
class JudgedQuote:
    """A sentence of a document with its thumbs; `grade` is 1 or 0."""

    doc_id: str
    quote: str
    grade: int
    up: int
    down: int


@dataclass(frozen=True, slots=True)
class JudgedQuestion:
    """A question with its judged sentences, in the order of their first thumbs."""

    id: str
    question: str
    history: tuple[str, ...]
    relevant: tuple[JudgedQuote, ...]

    @property
    def grades(self) -> dict[str, int]:
        """The best grade of each judged document."""
        grades: dict[str, int] = {}
        for quote in self.relevant:
            grades[quote.doc_id] = max(quote.grade, grades.get(quote.doc_id, 0))
        return grades


@dataclass(frozen=True, slots=True)
class FeedbackSet:
    """All thumbs as judgments.

    `none_helpful` has the ids of the questions for which no sentence was judged helpful. Their
    judgments have grade 0; they can't be scored, because the right answer isn't known.
    `disputed` counts the sentences with thumbs both up and down.
    """

    thumbs: int
    questions: tuple[JudgedQuestion, ...]
    none_helpful: tuple[str, ...]
    disputed: int


def as_judgments(thumbs: Sequence[Thumb]) -> FeedbackSet:
    """Aggregate thumbs on passages, oldest first, into judgments."""
    thumbs = [thumb for thumb in thumbs if thumb.passage_id]
    by_question: dict[tuple[str, tuple[str, ...]], dict[tuple[str, str], list[Thumb]]] = {}
    for thumb in thumbs:
        by_quote = by_question.setdefault((thumb.question, thumb.history), {})
        by_quote.setdefault((thumb.doc_id, thumb.quote), []).append(thumb)
    questions = tuple(
        JudgedQuestion(
            _question_id(question, history),
            question,
            history,
            tuple(_judged_quote(*quote, votes) for quote, votes in by_quote.items()),
        )
        for (question, history), by_quote in by_question.items()
    )
    quotes = [quote for question in questions for quote in question.relevant]
    return FeedbackSet(
        thumbs=len(thumbs),
        questions=questions,
        none_helpful=tuple(
            question.id for question in questions if not any(question.grades.values())
        ),
        disputed=sum(bool(quote.up and quote.down) for quote in quotes),
    )


def question_lines(feedback: FeedbackSet) -> Iterator[str]:
    """The question set that `chatbot evaluate` reads, one line per question."""
    for question in feedback.questions:
        line: dict[str, Any] = {"id": question.id, "question": question.question}
        if question.history:
            line["history"] = question.history
        line["relevant"] = [*map(_judgment, question.relevant)]
        yield json.dumps(line, ensure_ascii=False) + "\n"


def _judgment(quote: JudgedQuote) -> dict[str, Any]:
    # A quote without words can't be looked up, so only the document is judged.
    place = {"quote": quote.quote} if fold(quote.quote) else {}
    return {"doc_id": quote.doc_id, **place, "grade": quote.grade}


def qrels_lines(feedback: FeedbackSet) -> Iterator[str]:
    """The judgments by document, `question 0 document grade`, including grade 0."""
    for question in feedback.questions:
        for doc_id, grade in question.grades.items():
            yield f"{question.id} 0 {trec_field(doc_id)} {grade}\n"


def _judged_quote(doc_id: str, quote: str, thumbs: Sequence[Thumb]) -> JudgedQuote:
    up = sum(thumb.vote == "up" for thumb in thumbs)
    down = len(thumbs) - up
    helpful = thumbs[-1].vote == "up" if up == down else up > down
    return JudgedQuote(doc_id, quote, int(helpful), up, down)


def _question_id(question: str, history: Sequence[str]) -> str:
    """An id that is the same in every export."""
    text = json.dumps([question, *history], ensure_ascii=False)
    return f"asked-{hashlib.sha256(text.encode()).hexdigest()[:12]}"

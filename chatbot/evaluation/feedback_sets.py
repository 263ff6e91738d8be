"""Thumbs as judgments: a question set of one's own, and qrels as TREC writes them.

What people said of the same sentence for the same question counts together, over all builds. The
majority decides; where as many say one thing as the other, the latest does. A document is
relevant if any passage of it is.
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
    """A sentence of a document, with what people said of it; `grade` is 1 or 0."""

    doc_id: str
    quote: str
    grade: int
    up: int
    down: int


@dataclass(frozen=True, slots=True)
class JudgedQuestion:
    """A question with every sentence that was judged for it, in the order of the first thumb."""

    id: str
    question: str
    history: tuple[str, ...]
    relevant: tuple[JudgedQuote, ...]

    @property
    def grades(self) -> dict[str, int]:
        """The best grade of each judged document."""
        grades: dict[str, int] = {}
        for each in self.relevant:
            grades[each.doc_id] = max(each.grade, grades.get(each.doc_id, 0))
        return grades


@dataclass(frozen=True, slots=True)
class Exported:
    """All thumbs as judgments; `none_helpful` has the ids of questions without a thumb that won.

    Such a question is kept, with grades of 0, and can't be scored: what would answer it is not
    known. `disputed` counts sentences with thumbs both up and down.
    """

    thumbs: int
    questions: tuple[JudgedQuestion, ...]
    none_helpful: tuple[str, ...]
    disputed: int


def as_judgments(thumbs: Sequence[Thumb]) -> Exported:
    """The judgments that thumbs, oldest first, come to."""
    asked: dict[tuple[str, tuple[str, ...]], dict[tuple[str, str], list[Thumb]]] = {}
    for thumb in thumbs:
        quotes = asked.setdefault((thumb.question, thumb.history), {})
        quotes.setdefault((thumb.doc_id, thumb.quote), []).append(thumb)
    questions = tuple(
        JudgedQuestion(
            _name(question, history),
            question,
            history,
            tuple(_judged(*place, cast) for place, cast in quotes.items()),
        )
        for (question, history), quotes in asked.items()
    )
    judged = [each for question in questions for each in question.relevant]
    return Exported(
        thumbs=len(thumbs),
        questions=questions,
        none_helpful=tuple(each.id for each in questions if not any(each.grades.values())),
        disputed=sum(bool(each.up and each.down) for each in judged),
    )


def question_lines(found: Exported) -> Iterator[str]:
    """The question set that `chatbot evaluate` reads, a line for each question."""
    for each in found.questions:
        line: dict[str, Any] = {"id": each.id, "question": each.question}
        if each.history:
            line["history"] = each.history
        line["relevant"] = [*map(_judgment, each.relevant)]
        yield json.dumps(line, ensure_ascii=False) + "\n"


def _judgment(judged: JudgedQuote) -> dict[str, Any]:
    # A line of dots is no quote that could be looked for: the document alone is judged.
    place = {"quote": judged.quote} if fold(judged.quote) else {}
    return {"doc_id": judged.doc_id, **place, "grade": judged.grade}


def qrels_lines(found: Exported) -> Iterator[str]:
    """The judgments by document, `question 0 document grade`, those of grade 0 too."""
    for each in found.questions:
        for doc_id, grade in each.grades.items():
            yield f"{each.id} 0 {trec_field(doc_id)} {grade}\n"


def _judged(doc_id: str, quote: str, cast: Sequence[Thumb]) -> JudgedQuote:
    up = sum(thumb.vote == "up" for thumb in cast)
    down = len(cast) - up
    helpful = cast[-1].vote == "up" if up == down else up > down
    return JudgedQuote(doc_id, quote, int(helpful), up, down)


def _name(question: str, history: Sequence[str]) -> str:
    """An id that the question keeps in every export."""
    said = json.dumps([question, *history], ensure_ascii=False)
    return f"asked-{hashlib.sha256(said.encode()).hexdigest()[:12]}"

"""Question sets: a BEIR folder, or the project's own JSONL.

Judgments name documents, and places in them by quote, span or page, never passages: a new size
of passage does not void them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chatbot.errors import QuestionSetError
from chatbot.types import Span


@dataclass(frozen=True, slots=True)
class Judgment:
    """A document that answers, with its grade (1 and up) and, if known, the place in it."""

    doc_id: str
    grade: int = 1
    quote: str | None = None
    span: Span | None = None
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A question with what answers it; `history` has the user's earlier turns, oldest first.

    `wordings` are ways to say the answer, any one of which the right sentence holds, or is
    part of.
    """

    question_id: str
    text: str
    relevant: tuple[Judgment, ...] = ()
    answerable: bool = True
    history: tuple[str, ...] = ()
    wordings: tuple[str, ...] = ()

    @property
    def grades(self) -> dict[str, int]:
        """The best grade of each judged document."""
        grades: dict[str, int] = {}
        for judgment in self.relevant:
            grades[judgment.doc_id] = max(judgment.grade, grades.get(judgment.doc_id, 0))
        return grades


def load_question_set(path: Path) -> tuple[Question, ...]:
    """The questions that can be scored: those with judgments and those marked unanswerable.

    Raises QuestionSetError, which names the file and the line.
    """
    if not path.exists():
        raise QuestionSetError(f"There is no question set at {path}. Check the path.")
    found = tuple(_beir(path) if path.is_dir() else _own(path))
    if not found:
        raise QuestionSetError(
            f"{path} has no question with judgments or marked unanswerable. "
            f"README.md shows the form under 'Evaluate'."
        )
    return found


def _own(path: Path) -> Iterator[Question]:
    for number, line in _objects(path):
        try:
            relevant = tuple(_judgment(each) for each in line.get("relevant", ()))
            yield Question(
                question_id=str(line["id"]),
                text=str(line["question"]),
                relevant=relevant,
                answerable=bool(line.get("answerable", True)),
                history=tuple(map(str, line.get("history", ()))),
                wordings=tuple(each.quote for each in relevant if each.quote),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as failure:
            raise _malformed(path, number, failure) from failure


def _judgment(fields: dict[str, Any]) -> Judgment:
    span = fields.get("span")
    return Judgment(
        doc_id=str(fields["doc_id"]),
        grade=int(fields.get("grade", 1)),
        quote=fields.get("quote"),
        span=Span(*map(int, span)) if span else None,
        page=fields.get("page"),
    )


def _beir(folder: Path) -> Iterator[Question]:
    judged = load_qrels(_qrels_file(folder))
    path = folder / "queries.jsonl"
    if not path.is_file():
        raise QuestionSetError(f"{folder} has no queries.jsonl. Name a BEIR folder or a .jsonl.")
    for number, line in _objects(path):
        try:
            question_id, text = str(line["_id"]), str(line["text"])
        except (KeyError, TypeError) as failure:
            raise _malformed(path, number, failure) from failure
        metadata = line.get("metadata") or {}
        answerable = bool(metadata.get("answerable", True))
        relevant = tuple(judged.get(question_id, ())) if answerable else ()
        if relevant or not answerable:
            wordings = tuple(map(str, metadata.get("answers", ())))
            yield Question(question_id, text, relevant, answerable, wordings=wordings)


def _qrels_file(folder: Path) -> Path:
    for name in ("qrels/test.tsv", "qrels.tsv"):
        if (folder / name).is_file():
            return folder / name
    raise QuestionSetError(f"{folder} has neither qrels.tsv nor qrels/test.tsv.")


def load_qrels(path: Path) -> dict[str, list[Judgment]]:
    """Judgments by question: tab-separated, a header line, question, document, grade.

    Raises QuestionSetError.
    """
    judged: dict[str, list[Judgment]] = {}
    for number, line in enumerate(_lines(path), start=1):
        fields = line.split("\t")
        if number == 1 and not fields[-1].strip().lstrip("-").isdigit():
            continue
        try:
            question_id, doc_id, grade = (field.strip() for field in fields)
            if int(grade) > 0:
                judged.setdefault(question_id, []).append(Judgment(doc_id, int(grade)))
        except ValueError as failure:
            raise _malformed(path, number, failure) from failure
    return judged


def _objects(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(_lines(path), start=1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except ValueError as failure:
                raise _malformed(path, number, failure) from failure


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as failure:
        raise QuestionSetError(f"{path} can't be read ({failure}).") from failure


def _malformed(path: Path, number: int, failure: Exception) -> QuestionSetError:
    detail = f"{failure} is missing" if isinstance(failure, KeyError) else str(failure)
    return QuestionSetError(f"{path}, line {number}: {detail}. Mend the line and run again.")

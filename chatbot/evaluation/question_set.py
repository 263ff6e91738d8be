"""Question sets: a BEIR folder, or the project's own JSONL.

Judgments name documents, and places in them by quote, span or page. They never name passages, so
they stay valid when the passage size changes.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chatbot.errors import QuestionSetError
from chatbot.text.clean import fold
from chatbot.types import Span

_EXPECTED = "Name a BEIR folder or a .jsonl of questions."


@dataclass(frozen=True, slots=True)
class Judgment:
    """A relevant document with its grade, 1 or higher, and, if known, the place in it."""

    doc_id: str
    grade: int = 1
    quote: str | None = None
    span: Span | None = None
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its judgments; `history` has the user's earlier turns, oldest first.

    `wordings` are phrasings of the answer: the right sentence contains one, or is part of one.
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
    """Load the questions that can be scored: those judged and those marked unanswerable.

    Raises QuestionSetError, which names the file and the line.
    """
    if not path.exists():
        raise QuestionSetError(f"There is no question set at {path}. Check the path.")
    entries = _beir(path) if path.is_dir() else _jsonl(path)
    questions = tuple(
        question for question in entries if question.relevant or not question.answerable
    )
    if not questions:
        raise QuestionSetError(
            f"{path} has no question with judgments or marked unanswerable. "
            f"docs/evaluation.md shows the format under 'Question sets'."
        )
    question_id, count = Counter(question.question_id for question in questions).most_common(1)[0]
    if count > 1:
        raise QuestionSetError(
            f"{path} has {count} questions with the id {question_id!r}. Make the ids unique."
        )
    return questions


def _jsonl(path: Path) -> Iterator[Question]:
    for number, fields in _objects(path):
        try:
            judgments = map(_judgment, fields.get("relevant", ()))
            relevant = tuple(judgment for judgment in judgments if judgment.grade > 0)
            yield Question(
                question_id=str(fields["id"]),
                text=str(fields["question"]),
                relevant=relevant,
                answerable=bool(fields.get("answerable", True)),
                history=tuple(map(str, fields.get("history", ()))),
                wordings=tuple(judgment.quote for judgment in relevant if judgment.quote),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as failure:
            raise _malformed(path, number, failure) from failure


def _judgment(fields: dict[str, Any]) -> Judgment:
    quote, span, page = map(fields.get, ("quote", "span", "page"))
    if quote is not None and not (isinstance(quote, str) and fold(quote)):
        raise ValueError(f"a quote must have words, not {quote!r}")
    if page is not None and not (isinstance(page, int) and page > 0):
        raise ValueError(f"a page must be a number from 1, not {page!r}")
    place = Span(*map(int, span)) if span is not None else None
    if place and not 0 <= place.start < place.end:
        raise ValueError(f"a span must be [start, end] in characters, not {span}")
    return Judgment(str(fields["doc_id"]), int(fields.get("grade", 1)), quote, place, page)


def _beir(folder: Path) -> Iterator[Question]:
    judgments = load_qrels(_qrels_file(folder))
    path = folder / "queries.jsonl"
    if not path.is_file():
        raise QuestionSetError(f"{folder} has no queries.jsonl. {_EXPECTED}")
    for number, fields in _objects(path):
        try:
            question_id, text = str(fields["_id"]), str(fields["text"])
            metadata = fields.get("metadata", {})
            answerable = bool(metadata.get("answerable", True))
            wordings = tuple(map(str, metadata.get("answers") or ()))
        except (KeyError, TypeError, AttributeError) as failure:
            raise _malformed(path, number, failure) from failure
        relevant = tuple(judgments.get(question_id, ())) if answerable else ()
        yield Question(question_id, text, relevant, answerable, wordings=wordings)


def _qrels_file(folder: Path) -> Path:
    for name in ("qrels/test.tsv", "qrels.tsv"):
        if (folder / name).is_file():
            return folder / name
    raise QuestionSetError(f"{folder} has neither qrels.tsv nor qrels/test.tsv. {_EXPECTED}")


def load_qrels(path: Path) -> dict[str, list[Judgment]]:
    """Load judgments by question id from lines of question, document and grade, separated by tabs.

    A header line is optional. Raises QuestionSetError.
    """
    judgments: dict[str, list[Judgment]] = {}
    for number, line in enumerate(_lines(path), start=1):
        fields = [field.strip() for field in line.split("\t")]
        if fields == [""] or (number == 1 and not _is_grade(fields[-1])):
            continue
        if len(fields) != 3 or not _is_grade(fields[2]):
            raise _malformed(
                path, number, "it isn't question, document and grade, separated by tabs"
            )
        question_id, doc_id, grade = fields
        if int(grade) > 0:
            judgments.setdefault(question_id, []).append(Judgment(doc_id, int(grade)))
    return judgments


def _is_grade(field: str) -> bool:
    return field.removeprefix("-").isdecimal()


def _objects(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip():
            continue
        try:
            fields = json.loads(line)
            # A JSON escape can be half a surrogate pair, which can't be stored or printed.
            json.dumps(fields, ensure_ascii=False).encode()
        except UnicodeEncodeError as failure:
            raise _malformed(path, number, "it has an escape that isn't a character") from failure
        except ValueError as failure:
            raise _malformed(path, number, "it isn't JSON") from failure
        if not isinstance(fields, dict):
            raise _malformed(path, number, "it isn't a JSON object")
        # A null field counts as missing.
        yield number, {name: value for name, value in fields.items() if value is not None}


def _lines(path: Path) -> list[str]:
    try:
        # Not str.splitlines(), which also splits at characters that JSON may contain.
        return path.read_text("utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as failure:
        raise QuestionSetError(f"{path} can't be read ({failure}).") from failure


def _malformed(path: Path, number: int, problem: Exception | str) -> QuestionSetError:
    detail = str(problem)
    if isinstance(problem, KeyError):
        detail = f"{problem} is missing"
    elif isinstance(problem, Exception):
        detail = f"it isn't in the format that docs/evaluation.md describes ({problem})"
    return QuestionSetError(f"{path}, line {number}: {detail}. Fix the line and run again.")

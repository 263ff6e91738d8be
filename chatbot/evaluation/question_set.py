"""Question sets: a BEIR folder, or the project's own JSONL.

Judgments name documents, and places in them by quote, span or page, never passages: a new size
of passage does not void them.
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

_KINDS = "Name a BEIR folder or a .jsonl of questions."


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
    asked = _beir(path) if path.is_dir() else _own(path)
    found = tuple(each for each in asked if each.relevant or not each.answerable)
    if not found:
        raise QuestionSetError(
            f"{path} has no question with judgments or marked unanswerable. "
            f"README.md shows the form under 'For an evaluator'."
        )
    question_id, times = Counter(each.question_id for each in found).most_common(1)[0]
    if times > 1:
        raise QuestionSetError(
            f"{path} has {times} questions with the id {question_id!r}. Give each its own."
        )
    return found


def _own(path: Path) -> Iterator[Question]:
    for number, line in _objects(path):
        try:
            judged = map(_judgment, line.get("relevant", ()))
            relevant = tuple(each for each in judged if each.grade > 0)
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
    quote, span, page = map(fields.get, ("quote", "span", "page"))
    if quote is not None and not (isinstance(quote, str) and fold(quote)):
        raise ValueError(f"a quote has words, unlike {quote!r}")
    if page is not None and not (isinstance(page, int) and page > 0):
        raise ValueError(f"a page is a number from 1, unlike {page!r}")
    place = Span(*map(int, span)) if span is not None else None
    if place and not 0 <= place.start < place.end:
        raise ValueError(f"a span is [start, end] in characters, unlike {span}")
    return Judgment(str(fields["doc_id"]), int(fields.get("grade", 1)), quote, place, page)


def _beir(folder: Path) -> Iterator[Question]:
    judged = load_qrels(_qrels_file(folder))
    path = folder / "queries.jsonl"
    if not path.is_file():
        raise QuestionSetError(f"{folder} has no queries.jsonl. {_KINDS}")
    for number, line in _objects(path):
        try:
            question_id, text = str(line["_id"]), str(line["text"])
            metadata = line.get("metadata", {})
            answerable = bool(metadata.get("answerable", True))
            wordings = tuple(map(str, metadata.get("answers") or ()))
        except (KeyError, TypeError, AttributeError) as failure:
            raise _malformed(path, number, failure) from failure
        relevant = tuple(judged.get(question_id, ())) if answerable else ()
        yield Question(question_id, text, relevant, answerable, wordings=wordings)


def _qrels_file(folder: Path) -> Path:
    for name in ("qrels/test.tsv", "qrels.tsv"):
        if (folder / name).is_file():
            return folder / name
    raise QuestionSetError(f"{folder} has neither qrels.tsv nor qrels/test.tsv. {_KINDS}")


def load_qrels(path: Path) -> dict[str, list[Judgment]]:
    """Judgments by question: tab-separated, a header line, question, document, grade.

    Raises QuestionSetError.
    """
    judged: dict[str, list[Judgment]] = {}
    for number, line in enumerate(_lines(path), start=1):
        fields = [field.strip() for field in line.split("\t")]
        if fields == [""] or (number == 1 and not _is_grade(fields[-1])):
            continue
        if len(fields) != 3 or not _is_grade(fields[2]):
            raise _malformed(path, number, "it is not question, document and grade between tabs")
        question_id, doc_id, grade = fields
        if int(grade) > 0:
            judged.setdefault(question_id, []).append(Judgment(doc_id, int(grade)))
    return judged


def _is_grade(field: str) -> bool:
    return field.removeprefix("-").isdecimal()


def _objects(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip():
            continue
        try:
            fields = json.loads(line)
            # JSON can name half of a surrogate pair, which nobody can ask, store or print.
            json.dumps(fields, ensure_ascii=False).encode()
        except UnicodeEncodeError as failure:
            raise _malformed(path, number, "it has an escape that is no character") from failure
        except ValueError as failure:
            raise _malformed(path, number, "it is not JSON") from failure
        if not isinstance(fields, dict):
            raise _malformed(path, number, "it is not a JSON object")
        # A field that is null says as little as one that is not there.
        yield number, {name: value for name, value in fields.items() if value is not None}


def _lines(path: Path) -> list[str]:
    try:
        # Only line feeds part lines: JSON may hold other characters that str.splitlines() takes.
        return path.read_text("utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as failure:
        raise QuestionSetError(f"{path} can't be read ({failure}).") from failure


def _malformed(path: Path, number: int, what: Exception | str) -> QuestionSetError:
    detail = str(what)
    if isinstance(what, KeyError):
        detail = f"{what} is missing"
    elif isinstance(what, Exception):
        detail = f"it is not as README.md shows it under 'For an evaluator' ({what})"
    return QuestionSetError(f"{path}, line {number}: {detail}. Mend the line and run again.")

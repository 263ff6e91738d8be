"""Saved runs: in TREC form, or as JSON with everything that a comparison uses.

A TREC run has a line `query Q0 document rank score tag` for each document found. White space
separates the fields, so within a name it's percent-encoded: `a%20b.pdf`. A file whose name ends in
`.json` is in the JSON form.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from pydantic import TypeAdapter, ValidationError

from chatbot.errors import QuestionSetError
from chatbot.evaluation.question_set import Question

_TAG: Final = "chatbot"
_FORM: Final = "Name one that --run-out wrote for these questions."


@dataclass(frozen=True, slots=True)
class RunQuestion:
    """A question of a run, its documents best first; fields that TREC lacks are None."""

    question_id: str
    ranking: tuple[tuple[str, float], ...]
    question: str | None = None
    confidence: float | None = None
    abstained: bool | None = None
    milliseconds: float | None = None


@dataclass(frozen=True, slots=True)
class SavedRun:
    """A saved run; `made` is ISO 8601. `made` and `build` are empty for a TREC run."""

    questions: tuple[RunQuestion, ...]
    build: str = ""
    made: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def rankings(self) -> dict[str, tuple[tuple[str, float], ...]]:
        """The ranking of each question, by its id."""
        return {question.question_id: question.ranking for question in self.questions}


_JSON: Final = TypeAdapter(SavedRun)


def run_text(run: SavedRun, path: Path) -> str:
    """The text of a run file: JSON or TREC form, by the suffix of its name."""
    return _JSON.dump_json(run).decode() if _is_json(path) else _trec(run)


def read_run(path: Path, questions: Sequence[Question]) -> SavedRun:
    """Read a run over at least two of these answerable questions.

    Raises QuestionSetError if it can't be read or belongs to another question set.
    """
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as failure:
        raise QuestionSetError(f"{path} can't be read ({failure}). {_FORM}") from failure
    run = _from_json(path, text) if _is_json(path) else _from_trec(path, text, questions)
    _check_same_set(path, run, questions)
    return run


def _is_json(path: Path) -> bool:
    return path.suffix.lower() == ".json"


def _check_same_set(path: Path, run: SavedRun, questions: Sequence[Question]) -> None:
    texts = {question.question_id: question.question for question in run.questions}
    common = [question for question in questions if question.question_id in texts]
    for question in common:
        if texts[question.question_id] not in (None, question.text):
            raise QuestionSetError(
                f"{path} is a run of another question set: its question {question.question_id} is "
                f"{texts[question.question_id]!r}. {_FORM}"
            )
    answerable = sum(question.answerable for question in common)
    if answerable < 2:
        raise QuestionSetError(
            f"{path} has {answerable or 'none'} of these answerable questions, and a comparison "
            f"needs two. It is a run of another question set. {_FORM}"
        )


# -- TREC ------------------------------------------------------------------------------------


def _trec(run: SavedRun) -> str:
    return "".join(
        f"{trec_field(question.question_id)} Q0 {trec_field(doc_id)} {rank} {score:.9g} {_TAG}\n"
        for question in run.questions
        for rank, (doc_id, score) in enumerate(question.ranking, start=1)
    )


def _from_trec(path: Path, text: str, questions: Sequence[Question]) -> SavedRun:
    """Read a TREC run, ranked by score; equal scores by the rank in the file."""
    # An unknown name stays as it is: its "%20" may be literal.
    names = {trec_field(name): name for name in _names(questions)}
    lines = sorted(_trec_lines(path, text), key=lambda line: (line[0], -line[2], line[3]))
    return SavedRun(
        tuple(
            RunQuestion(
                names.get(question_id, question_id),
                tuple((names.get(doc_id, doc_id), score) for _, doc_id, score, _ in group),
            )
            for question_id, group in groupby(lines, key=lambda line: line[0])
        )
    )


def _trec_lines(path: Path, text: str) -> Iterator[tuple[str, str, float, int]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            question_id, _, doc_id, rank, score, _ = line.split()
            fields = question_id, doc_id, float(score), int(rank)
        except ValueError as failure:
            raise _malformed(path, number) from failure
        if math.isnan(fields[2]):
            raise _malformed(path, number)
        yield fields


def _malformed(path: Path, number: int) -> QuestionSetError:
    return QuestionSetError(
        f"{path}, line {number}: it isn't `query Q0 document rank score tag`. {_FORM}"
    )


def _names(questions: Sequence[Question]) -> Iterable[str]:
    for question in questions:
        yield question.question_id
        yield from question.grades


def trec_field(name: str) -> str:
    """A name as a field of a TREC file, with white space percent-encoded."""
    return re.sub(r"\s", lambda match: quote(match.group()), name)


# -- JSON ------------------------------------------------------------------------------------


def _from_json(path: Path, text: str) -> SavedRun:
    try:
        return _JSON.validate_json(text)
    except ValidationError as failure:
        first = failure.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise QuestionSetError(
            f"{path} isn't a run in JSON ({place}: {first['msg'].lower()}). {_FORM}"
        ) from failure

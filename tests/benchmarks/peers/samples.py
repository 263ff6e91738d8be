"""Samples of the shared evaluation sets, small enough for the slowest system."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from chatbot.evaluation.question_set import Question, load_question_set
from tests.shared import EVALUATION

_WARM_UP = 10


class Sample(NamedTuple):
    """Documents as a BEIR corpus, the questions to measure, and warm-up questions."""

    name: str
    corpus: Path
    documents: int
    questions: Sequence[Question]
    warm_up: Sequence[str]


def sample(name: str, folder: Path, *, documents: int, questions: int) -> Sample:
    """The first questions, every document judged for them, and the first other documents."""
    answerable = [
        question for question in load_question_set(EVALUATION / name) if question.answerable
    ]
    chosen = answerable[:-_WARM_UP][:questions]
    judged = {doc_id for question in chosen for doc_id in question.grades}
    lines = (EVALUATION / name / "corpus.jsonl").read_text("utf-8").splitlines()
    others = documents - len(judged)
    chosen_lines = []
    for line in lines:
        if json.loads(line)["_id"] in judged:
            chosen_lines.append(line)
        elif others > 0:
            chosen_lines.append(line)
            others -= 1
    folder.mkdir(parents=True, exist_ok=True)
    corpus = folder / "corpus.jsonl"
    corpus.write_text("\n".join(chosen_lines), "utf-8")
    return Sample(
        name,
        corpus,
        len(chosen_lines),
        chosen,
        [question.text for question in answerable[-_WARM_UP:]],
    )

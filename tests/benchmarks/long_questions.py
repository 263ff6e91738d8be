"""Ranking for long questions, beside short ones that ask for the same.

    python -m tests.benchmarks.long_questions

Long forms of the questions of the five ranking sets: wrapped in courtesies, two questions about
one document in one request, and requests of forty words written by hand (`questions/long.jsonl`).
"""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from chatbot.evaluation.question_set import Question, load_question_set
from chatbot.evaluation.run_questions import evaluate
from tests.benchmarks.indexes import open_set
from tests.shared import EVALUATION, QUESTIONS, RANKED

_MEASURE: Final = "nDCG@10"
# Questions of a set that are asked in their long form.
_MOST: Final = 200
_OPENINGS: Final = (
    "I would be interested to receive any information you may hold on the following point",
    "Dear colleagues, I am preparing a short note for my head of department and must find out",
    "We have been discussing this in the team for some days, so I hope that you can help",
    "For a briefing that is due at the end of the week I need to establish",
    "As part of a larger review I was asked to look at the literature and describe what is known",
    "I have read several conflicting accounts of this and would like to see what your sources say",
    "A reader of our newsletter wrote in with a question which I am passing on to you",
)
_CLOSINGS: Final = (
    "Any details, figures or references that you can provide would be most welcome.",
    "If there is nothing on this in your collection, please tell me so that I can look elsewhere.",
    "Please include the sources so that I can check the original text before I quote it.",
    "I would also like to know how reliable the available evidence is considered to be.",
    "A short answer is fine for now; I can always come back with more specific questions later.",
    "It does not have to be complete, I only want to get a first impression of the subject.",
)


def main() -> None:
    """Print nDCG@10 for each form, by set and as their mean."""
    print(f"{'form':12}{'mean':>8}" + "".join(f"{name[:14]:>16}" for name in RANKED))
    results: dict[str, list[float]] = defaultdict(list)
    for name in RANKED:
        questions = [q for q in load_question_set(EVALUATION / name) if q.answerable]
        with open_set(name) as chatbot:
            for form, variant in _forms(name, questions).items():
                measured = evaluate(chatbot, variant, measures=[_MEASURE])
                results[form].append(measured.measures[_MEASURE])
    for form, values in results.items():
        mean = sum(values) / len(values)
        print(f"{form:12}{mean:8.4f}" + "".join(f"{value:16.4f}" for value in values))


def _forms(name: str, questions: Sequence[Question]) -> Mapping[str, list[Question]]:
    requests = _requests(name)
    return {
        "short": list(questions),
        "courtesies": list(_courteous(name, questions))[:_MOST],
        "two aspects": list(_aspects(name, questions))[:_MOST],
        "requests": [
            replace(question, text=requests[question.question_id])
            for question in questions
            if question.question_id in requests
        ],
        "their short": [q for q in questions if q.question_id in requests],
    }


def _requests(name: str) -> dict[str, str]:
    lines = map(json.loads, (QUESTIONS / "long.jsonl").read_text("utf-8").splitlines())
    return {line["id"]: line["text"] for line in lines if line["set"] == name}


def _courteous(name: str, questions: Sequence[Question]) -> Iterator[Question]:
    chance = random.Random(name)
    for question in questions:
        text = question.text.strip().rstrip(" .?")
        opening, closing = chance.choice(_OPENINGS), chance.choice(_CLOSINGS)
        yield replace(question, text=f"{opening}: {text}. {closing}")


def _aspects(name: str, questions: Sequence[Question]) -> Iterator[Question]:
    """Requests that ask a second question about a document of the first."""
    chance = random.Random(name)
    by_document: dict[str, list[Question]] = defaultdict(list)
    for question in questions:
        for doc_id in question.grades:
            by_document[doc_id].append(question)
    for question in questions:
        others = [
            other
            for doc_id in question.grades
            for other in by_document[doc_id]
            if other.question_id != question.question_id
        ]
        if others:
            text = question.text.strip().rstrip(" .?")
            second = chance.choice(others).text.strip().rstrip(" .?")
            opening, closing = chance.choice(_OPENINGS), chance.choice(_CLOSINGS)
            yield replace(question, text=f"{opening}: {text}, and also {second}. {closing}")


if __name__ == "__main__":
    main()

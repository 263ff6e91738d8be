"""Changes of topic, made from question sets: a stand-alone question after questions on others."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from chatbot.answers import Answer
from chatbot.assistant import Chatbot
from chatbot.evaluation.question_set import Question
from chatbot.retrieval.follow_ups import interpret

_TOPICS_BEFORE: Final = 2
_TRIES: Final = 8


class Loss(NamedTuple):
    """How many questions, asked after others, lose their document or become refused."""

    asked: int
    document: int
    refused: int


def switches(chatbot: Chatbot, questions: Sequence[Question], *, most: int) -> list[Question]:
    """Up to `most` stand-alone questions that seem to lean on the two unrelated ones before.

    The other questions of a set can't lose: they are never mixed with the conversation.
    """
    return list(_leaning(chatbot, questions))[:most]


def _leaning(chatbot: Chatbot, questions: Sequence[Question]) -> Iterator[Question]:
    index = chatbot.retriever().index
    rng = random.Random(16)
    for _ in range(_TRIES):
        for question in questions:
            others = [other for other in questions if not {*other.grades} & {*question.grades}]
            before = tuple(other.text for other in rng.sample(others, _TOPICS_BEFORE))
            if interpret(question.text, before, index).carried:
                yield replace(question, history=before)


def loss(chatbot: Chatbot, questions: Iterable[Question]) -> Loss:
    """Compare each question after its history with the same question alone."""
    asked = document = refused = 0
    for question in questions:
        alone = chatbot.ask(question.text)
        after = chatbot.ask(question.text, history=question.history)
        asked += 1
        document += _finds(alone, question) and not _finds(after, question)
        refused += after.abstained and not alone.abstained
    return Loss(asked, document, refused)


def _finds(answer: Answer, question: Question) -> bool:
    return (answer.citations or answer.nearest)[0].doc_id in question.grades

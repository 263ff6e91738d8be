"""Example questions, drawn from the corpus itself and asked before they are shown."""

from __future__ import annotations

import re
import threading
from functools import lru_cache
from typing import Final, NamedTuple

from chatbot.assistant import Chatbot
from chatbot.errors import ChatbotError
from chatbot.index.opened_build import Build
from chatbot.types import DocumentSummary, Passage

WANTED: Final = 4
_MOST_ASKED: Final = 96
_MOST_OF_ONE: Final = 6
_MOST_DOCUMENTS: Final = 40
_LONGEST: Final = 90
_FEWEST_WORDS: Final = 3
# A sentence that says what its section is about: "Rogue regimes are states that ..."
_DEFINES: Final = re.compile(
    r"(?:The |An? )?(?P<thing>[^\W\d_][^,;:.()]{2,50}?) (?P<verb>is|are) (?:an?|the|those|any) "
)
_QUESTION: Final = re.compile(r"(what|who|when|where|why|how|which)\b|.*\?$", re.IGNORECASE)
_PLURAL: Final = re.compile("[^isu]s$")
_COMMON: Final = re.compile("[A-Z][a-z][a-z -]*")

# Many pages that open at once must not each try out the same questions.
_one_at_a_time = threading.Lock()


class Example(NamedTuple):
    """A question that the corpus answers, and the title of the document that does."""

    question: str
    title: str


def examples(chatbot: Chatbot) -> tuple[Example, ...]:
    """A few questions, each of another document, with a strong answer from the build in service."""
    with _one_at_a_time:
        return _examples(chatbot, chatbot.build)


@lru_cache(maxsize=2)
def _examples(chatbot: Chatbot, build: Build) -> tuple[Example, ...]:
    summaries = build.catalog.summaries(build.document_ids[:_MOST_DOCUMENTS])
    candidates = [
        (question, summary)
        for summary in summaries
        for question in _questions(build, summary)[:_MOST_OF_ONE]
    ][:_MOST_ASKED]
    found: list[Example] = []
    # What reads as a question goes before a subject, and another document before the same.
    for kind, of_one in ((True, 1), (True, 2), (False, 1)):
        for question, summary in candidates:
            if len(found) == WANTED:
                return tuple(found)
            example = Example(question, summary.title)
            taken = [each.title for each in found].count(summary.title)
            fits = bool(_QUESTION.match(question)) == kind and taken < of_one
            if (
                fits
                and example not in found
                and _is_answered(chatbot, build, question, summary.doc_id)
            ):
                found.append(example)
    return tuple(found)


def _questions(build: Build, summary: DocumentSummary) -> list[str]:
    """What a document might be asked: what it defines first, then what its sections are about."""
    passages = build.passages(build.catalog.passage_rows(summary.doc_id))
    defined = [question for each in passages if (question := _definition(each))]
    subjects = [each.section[-1] for each in passages if each.section]
    subjects = [each for each in subjects if len(each.split()) >= _FEWEST_WORDS]
    asked = dict.fromkeys([*defined, *subjects])
    return [question for question in asked if len(question) <= _LONGEST]


def _definition(passage: Passage) -> str | None:
    """As "What are rogue regimes?", where the section of that name begins by saying so."""
    found = _DEFINES.match(passage.text)
    heading = passage.section[-1].casefold() if passage.section else ""
    if not found or found["thing"].casefold() != heading:
        return None
    thing = found["thing"]
    if found["verb"] == "is" and _PLURAL.search(thing):
        return None
    # A capital that only begins the sentence is not part of the name.
    if _COMMON.fullmatch(thing):
        thing = thing[0].lower() + thing[1:]
    return f"What {found['verb']} {thing}?"


def _is_answered(chatbot: Chatbot, build: Build, question: str, doc_id: str) -> bool:
    try:
        answer, _ = chatbot.ask_and_rank(question, build=build)
    except ChatbotError:
        return False
    return answer.verdict == "strong" and answer.citations[0].doc_id == doc_id

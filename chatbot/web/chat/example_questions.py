"""Example questions, made from the corpus itself and tried before they are shown."""

from __future__ import annotations

import re
import threading
from functools import lru_cache
from typing import Final, NamedTuple

from chatbot.assistant import Chatbot
from chatbot.errors import ChatbotError
from chatbot.index.opened_build import Build
from chatbot.types import DocumentSummary, Passage

MOST_EXAMPLES: Final = 4
_MOST_CANDIDATES: Final = 96
_MOST_OF_ONE: Final = 6
_MOST_DOCUMENTS: Final = 40
_LONGEST: Final = 90
_FEWEST_WORDS: Final = 3
# A sentence that defines the section's subject: "Rogue regimes are states that ..."
_DEFINITION: Final = re.compile(
    r"(?:The |An? )?([^\W\d_][^,;:.()]{2,50}?) (is|are) (?:an?|the|those|any) "
)
_QUESTION: Final = re.compile(r"(what|who|when|where|why|how|which)\b|.*\?$", re.IGNORECASE)
_PLURAL: Final = re.compile("[^isu]s$")
_COMMON: Final = re.compile("[A-Z][a-z][a-z -]*")

# Pages that open at the same time must not all try out the same questions.
_one_at_a_time = threading.Lock()


class Example(NamedTuple):
    """A question that the corpus answers, and the title of the document with the answer."""

    question: str
    title: str


def examples(chatbot: Chatbot) -> tuple[Example, ...]:
    """Up to MOST_EXAMPLES questions with a strong answer from the build in service.

    Each is from another document as far as possible.
    """
    with _one_at_a_time:
        return _examples(chatbot, chatbot.build)


@lru_cache(maxsize=2)
def _examples(chatbot: Chatbot, build: Build) -> tuple[Example, ...]:
    summaries = build.catalog.summaries(build.document_ids[:_MOST_DOCUMENTS])
    candidates = [
        (question, summary)
        for summary in summaries
        for question in _questions(build, summary)[:_MOST_OF_ONE]
    ][:_MOST_CANDIDATES]
    chosen: list[Example] = []
    # Questions come before headings, and other documents before a second question of the same.
    for is_question, most_of_one in ((True, 1), (True, 2), (False, 1)):
        for question, summary in candidates:
            if len(chosen) == MOST_EXAMPLES:
                return tuple(chosen)
            example = Example(question, summary.title)
            from_document = [other.title for other in chosen].count(summary.title)
            fits = bool(_QUESTION.match(question)) == is_question and from_document < most_of_one
            if (
                fits
                and example not in chosen
                and _is_answered(chatbot, build, question, summary.doc_id)
            ):
                chosen.append(example)
    return tuple(chosen)


def _questions(build: Build, summary: DocumentSummary) -> list[str]:
    """Candidates from a document: questions from its definitions, then its longer headings."""
    passages = build.passages(build.catalog.passage_rows(summary.doc_id))
    definitions = [question for passage in passages if (question := _definition(passage))]
    headings = [passage.section[-1] for passage in passages if passage.section]
    headings = [heading for heading in headings if len(heading.split()) >= _FEWEST_WORDS]
    candidates = dict.fromkeys([*definitions, *headings])
    return [question for question in candidates if len(question) <= _LONGEST]


def _definition(passage: Passage) -> str | None:
    """As "What are rogue regimes?", if the passage opens by defining its section's heading."""
    match = _DEFINITION.match(passage.text)
    heading = passage.section[-1].casefold() if passage.section else ""
    if not match or match[1].casefold() != heading:
        return None
    thing, verb = match.groups()
    if verb == "is" and _PLURAL.search(thing):
        return None
    # A capital that only opens the sentence isn't part of the name.
    if _COMMON.fullmatch(thing):
        thing = thing[0].lower() + thing[1:]
    return f"What {verb} {thing}?"


def _is_answered(chatbot: Chatbot, build: Build, question: str, doc_id: str) -> bool:
    try:
        answer, _ = chatbot.ask_and_rank(question, build=build)
    except ChatbotError:
        return False
    return answer.verdict == "strong" and answer.citations[0].doc_id == doc_id

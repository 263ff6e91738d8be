"""Example questions, made from the corpus itself and tried before they are shown.

Each is a question that a person would ask: from a definition, from a sentence that says when or by
whom something was made, from an acronym, or from a heading that is a question or nearly one.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final, NamedTuple
from weakref import WeakKeyDictionary

from chatbot.chatbot_view import ChatbotView
from chatbot.errors import ChatbotError
from chatbot.index.opened_build import Build
from chatbot.retrieval.evidence import sentence_text
from chatbot.types import DocumentSummary, Passage

MOST_EXAMPLES: Final = 4
_MOST_CANDIDATES: Final = 96
_MOST_OF_ONE: Final = 6
_MOST_DOCUMENTS: Final = 40
_LONGEST: Final = 90
# Text without sentences may be a megabyte on one line.
_LONGEST_SENTENCE: Final = 400
# A name at the start of a sentence: an article (group 1) and up to eight words (group 2). In the
# patterns below, group 3 is the verb and group 4 what was done.
_NAME: Final = r"([Tt]he |[Aa]n? )?([^\W\d_][\w'’/-]*(?: [\w'’/-]+){0,7}?)"
# A sentence that defines the section's subject: "Rogue regimes are states that ..."
_DEFINITION: Final = re.compile(_NAME + r" (is|are) (?:an?|the|those|any) ")
# A sentence that dates an event: "The treaty was signed in 2001."
_DATED: Final = re.compile(
    _NAME + r" (was|were) (adopted|created|established|formed|founded|introduced|"
    r"launched|published|ratified|signed) (?:in|on) (?:\w+ ){0,2}(?:18|19|20)\d\d\b"
)
_AUTHORS: Final = {
    "created": "created",
    "founded": "founded",
    "led": "leads",
    "published": "published",
    "signed": "signed",
    "written": "wrote",
}
_MADE_BY: Final = re.compile(_NAME + rf" (was|is) ({'|'.join(_AUTHORS)}) by (?:the )?[A-Z]")
_ACRONYM: Final = re.compile(
    r"((?:[A-Z][\w-]+ (?:(?:of|for|and|the) )*){1,5}[A-Z][\w-]+) \(([A-Z]{3,6})\)"
)
# A heading that lacks only the verb of a question: "Why Russia and China cooperate".
_ASKING: Final = re.compile(
    r"(How|Why|What|Where|When) "
    r"((?:the )?[A-Z][\w'’-]*(?: (?:[A-Z0-9][\w'’-]*|and))*) "
    r"([a-z]+)((?: [\w'’,-]+)*)"
)
_INVERTED: Final = frozenset(
    {"are", "can", "could", "has", "have", "is", "may", "should", "was", "were", "will"}
)
# A name that points to an earlier sentence means nothing by itself.
_POINTING: Final = frozenset(
    "all both each he her his it its many most no one our she some such that their there these "
    "they this those we what which who you".split()
)
_PLURAL: Final = re.compile("[^isu]s$")
_COMMON: Final = re.compile("[A-Z][a-z][a-z -]*")

# Pages that open at the same time must not all try out the same questions.
_one_at_a_time = threading.Lock()


class Example(NamedTuple):
    """A question that the corpus answers, and the title of the document with the answer."""

    question: str
    title: str


_found: WeakKeyDictionary[Build, tuple[Example, ...]] = WeakKeyDictionary()


class _Candidate(NamedTuple):
    """A question, the document that it comes from, and words of the sentence that answers it."""

    question: str
    summary: DocumentSummary
    answer: str


def examples(
    chatbot: ChatbotView, *, stopping: threading.Event | None = None
) -> tuple[Example, ...]:
    """Up to MOST_EXAMPLES questions that the build in service answers with the right sentence.

    Each is from another document as far as possible. Raises InterruptedError once `stopping` is
    set.
    """
    with _one_at_a_time:
        build = chatbot.build
        if build not in _found:
            _found[build] = _tried_out(chatbot, build, stopping or threading.Event())
        return _found[build]


def found_examples(build: Build) -> tuple[Example, ...]:
    """The examples of a build if they have been found already; takes no time."""
    return _found.get(build, ())


@contextmanager
def finding_examples(chatbot: ChatbotView) -> Iterator[None]:
    """Find them in the background, before the first page asks; ends with the context."""
    stopping = threading.Event()

    def find() -> None:
        # There may be no index yet, or the server stops meanwhile; a page finds them then.
        with suppress(Exception):
            examples(chatbot, stopping=stopping)

    # A thread that still computes while the process exits would abort it.
    thread = threading.Thread(target=find)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()


def _tried_out(
    chatbot: ChatbotView, build: Build, stopping: threading.Event
) -> tuple[Example, ...]:
    summaries = build.catalog.summaries(build.document_ids[:_MOST_DOCUMENTS])
    candidates = [candidate for summary in summaries for candidate in _candidates(build, summary)][
        :_MOST_CANDIDATES
    ]
    chosen: list[Example] = []
    # Other documents come before a second question of the same.
    for most_of_one in (1, 2, MOST_EXAMPLES):
        for candidate in candidates:
            if len(chosen) == MOST_EXAMPLES:
                return tuple(chosen)
            if stopping.is_set():
                raise InterruptedError
            example = Example(candidate.question, candidate.summary.title)
            from_document = [other.title for other in chosen].count(example.title)
            if (
                from_document < most_of_one
                and example not in chosen
                and _is_answered(chatbot, build, candidate)
            ):
                chosen.append(example)
    return tuple(chosen)


def _candidates(build: Build, summary: DocumentSummary) -> list[_Candidate]:
    passages = build.passages(build.catalog.passage_rows(summary.doc_id))
    found = dict(pair for passage in passages for pair in questions(passage))
    short = [(question, answer) for question, answer in found.items() if len(question) <= _LONGEST]
    return [_Candidate(question, summary, answer) for question, answer in short[:_MOST_OF_ONE]]


def questions(passage: Passage) -> Iterator[tuple[str, str]]:
    """Questions that a passage answers, each with words of the sentence that answers it."""
    heading = passage.section[-1][: _LONGEST + 1] if passage.section else ""
    if question := _asked_by(heading):
        yield question, passage.text
    if question := _definition(passage.text[:_LONGEST_SENTENCE], heading):
        yield question, passage.text
    for span in passage.sentences:
        sentence = sentence_text(passage, span)
        for question in _from_sentence(sentence[:_LONGEST_SENTENCE]):
            yield question, sentence


def _asked_by(heading: str) -> str | None:
    """The question that a heading is, or nearly is."""
    if heading.endswith("?"):
        return heading
    match = _ASKING.fullmatch(heading)
    if not match:
        return None
    word, subject, verb, rest = match.groups()
    if verb in _INVERTED:
        return f"{word} {verb} {subject}{rest}?"
    if " and " in subject and not verb.endswith(("s", "ed", "ing")):
        return f"{word} do {subject} {verb}{rest}?"
    if " and " not in subject and verb.endswith("s") and not verb.endswith(("ss", "es")):
        return f"{word} does {subject} {verb.removesuffix('s')}{rest}?"
    return None


def _definition(text: str, heading: str) -> str | None:
    """As "What are rogue regimes?", if a text opens by defining its section's heading."""
    match = _DEFINITION.match(text)
    if not match or match[2].casefold() != heading.casefold():
        return None
    thing, verb = match[2], match[3]
    if verb == "is" and _PLURAL.search(thing):
        return None
    # A capital that only opens the sentence isn't part of the name.
    if _COMMON.fullmatch(thing):
        thing = thing[0].lower() + thing[1:]
    return f"What {verb} {(match[1] or '').lower()}{thing}?"


def _from_sentence(sentence: str) -> Iterator[str]:
    """Questions about when and by whom something was made, and what an acronym stands for."""
    if (match := _DATED.match(sentence)) and _is_a_name(match):
        yield f"When {match[3]} {_subject(match)} {match[4]}?"
    if (match := _MADE_BY.match(sentence)) and _is_a_name(match):
        yield f"Who {_AUTHORS[match[4]]} {_subject(match)}?"
    for long, short in _ACRONYM.findall(sentence):
        if "".join(letter for letter in long if letter.isupper()).endswith(short):
            yield f"What does {short} stand for?"


def _is_a_name(match: re.Match[str]) -> bool:
    return match[2].split()[0].casefold() not in _POINTING


def _subject(match: re.Match[str]) -> str:
    return f"{(match[1] or '').lower()}{match[2]}"


def _is_answered(chatbot: ChatbotView, build: Build, candidate: _Candidate) -> bool:
    """Whether the first sentence shown is the one that the question was made from."""
    try:
        answer, _ = chatbot.witnessed(None).ask_and_rank(candidate.question, build=build)
    except ChatbotError:
        return False
    if answer.abstained or answer.citations[0].doc_id != candidate.summary.doc_id:
        return False
    quote = answer.citations[0].quote
    return quote in candidate.answer or candidate.answer in quote

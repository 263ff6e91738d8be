"""A question, prepared for both arms."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np

from chatbot.errors import QuestionError
from chatbot.retrieval.passage_index import PassageIndex, Scores
from chatbot.text.bm25 import CEILING, inverse_document_frequency
from chatbot.text.clean import one_line

# The weight, in both arms, of words carried from the conversation; tuned with
# tests/benchmarks/followups.py.
_CARRIED: Final = 0.4
# Question words count half: they match everywhere, yet "how many" or "who" says something about
# the form of the answer. Tuned with tests/benchmarks/ranking.py.
_QUESTION_WORD_EMPHASIS: Final = 0.5
# Question words in more than three of four passages are left out of the search.
_RARE_FROM_IDF: Final = 0.3
_QUESTION_WORDS: Final = frozenset(
    "a about after all also am an and any are as at be been before being between but by can could "
    "describe did do does doing done each either every explain find for from give had has have "
    "having he her here hers him his how i if in into is it its just list many may me might more "
    "most much must my no nor not of on or other our ours out over please shall she should show "
    "since so some such tell than that the their theirs them then there these they this those "
    "through to under until up us very was we were what when where whether which while who whom "
    "whose why will with would you your yours".split()
)
_WORD: Final = re.compile(r"\w+")


class QueryTerms(NamedTuple):
    """A question for the lexical arm.

    `emphasis` has the weight of each term, at most 1. `weights` has the inverse document
    frequency of the content terms, or of all terms if the question has only question words.
    `ideal_bm25` is the score of a passage in which every term is frequent.
    """

    emphasis: Mapping[str, float]
    weights: Mapping[str, float]
    ideal_bm25: float


@dataclass(frozen=True, slots=True)
class Query:
    """A question for both arms: its unit vector `(dim,)` and the fields of `QueryTerms`."""

    text: str
    vector: Scores
    emphasis: Mapping[str, float]
    weights: Mapping[str, float]
    ideal_bm25: float


def check_question(question: str, *, limit: int) -> str:
    """The question on one line, without invisible characters. Raises QuestionError."""
    if len(question) > limit:
        raise QuestionError(
            f"The question has {len(question):,} characters and the limit is {limit:,}. "
            f"Ask for one thing in a sentence or two.",
            code="question_too_long",
            n=len(question),
            limit=limit,
        )
    text = one_line(question)
    if not _WORD.search(text):
        raise QuestionError(
            "The question has no words. Ask something in words.", code="question_without_words"
        )
    return text


def content_words(text: str) -> list[str]:
    """The distinct words of a text except question words; all words if there are no others."""
    words = list(dict.fromkeys(word.casefold() for word in _WORD.findall(text)))
    return [word for word in words if word not in _QUESTION_WORDS] or words


def is_question_word(word: str) -> bool:
    """Whether a case-folded word is a question word or another function word."""
    return word in _QUESTION_WORDS


def query_vector(
    text: str, encode: Callable[[str], Scores], *, carried: Sequence[str] = ()
) -> Scores:
    """The unit vector of a checked question, mixed with words carried from earlier turns."""
    vector = encode(text)
    if carried:
        mixed = (1 - _CARRIED) * vector + _CARRIED * encode(" ".join([text, *carried]))
        vector = mixed / np.linalg.norm(mixed)
    return vector


def query_terms(text: str, index: PassageIndex[Any], *, carried: Sequence[str] = ()) -> QueryTerms:
    """The weighted terms of a checked question and of words carried from earlier turns."""
    emphasis: dict[str, float] = {}
    for word in _WORD.findall(text):
        count = _QUESTION_WORD_EMPHASIS if is_question_word(word.casefold()) else 1.0
        for term in index.terms(word):
            emphasis[term] = max(count, emphasis.get(term, 0.0))
    for word in carried:
        for term in index.terms(word):
            emphasis.setdefault(term, _CARRIED)
    frequencies = index.document_frequencies(list(emphasis))
    idf = {
        term: inverse_document_frequency(frequency, len(index))
        for term, frequency in zip(emphasis, frequencies, strict=True)
    }
    content = {term: idf[term] for term, count in emphasis.items() if count == 1}
    if content:
        # Words such as "the" match everything, decide nothing and take a third of the search time.
        emphasis = {
            term: count
            for term, count in emphasis.items()
            if count != _QUESTION_WORD_EMPHASIS or idf[term] > _RARE_FROM_IDF
        }
    ideal = CEILING * sum(count * idf[term] for term, count in emphasis.items())
    return QueryTerms(emphasis, content or idf, ideal)

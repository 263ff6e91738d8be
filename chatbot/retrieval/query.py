"""A question, prepared for both arms."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np

from chatbot.errors import QuestionError
from chatbot.retrieval.asked_range import AskedRange
from chatbot.retrieval.other_writings import other_writings
from chatbot.retrieval.passage_index import PassageIndex, Scores
from chatbot.text.bm25 import CEILING, inverse_document_frequency
from chatbot.text.clean import one_line
from chatbot.text.function_words import function_words, prose_language, words_of

# The weight, in both arms, of words carried from the conversation; tuned with
# tests/benchmarks/followups.py.
_CARRIED: Final = 0.4
# Question words count half: they match everywhere, yet "how many" or "who" says something about
# the form of the answer. Tuned with tests/benchmarks/ranking.py.
_QUESTION_WORD_EMPHASIS: Final = 0.5
# Question words in more than three of four passages are left out of the search.
_RARE_FROM_IDF: Final = 0.3
# The sum of term weights from which a question is long: six to ten content words. Tuned with
# tests/benchmarks/long_questions.py.
_LONG: Final = 30.0
_WORD: Final = re.compile(r"\w+")


class QueryTerms(NamedTuple):
    """A question for the lexical arm.

    `emphasis` has the weight of each term, at most 1. `weights` has the inverse document
    frequency of the content terms, or of all terms if the question has only question words.
    `ideal_bm25` is the score of a passage with as many of the terms as can be expected, each
    frequent: all terms of a short question, and fewer as it grows longer.
    """

    emphasis: Mapping[str, float]
    weights: Mapping[str, float]
    ideal_bm25: float


@dataclass(frozen=True, slots=True)
class Query:
    """A question for both arms: its unit vector `(dim,)` and the fields of `QueryTerms`.

    `asked_range` is the range of dates or numbers that it asks for.
    """

    text: str
    vector: Scores
    emphasis: Mapping[str, float]
    weights: Mapping[str, float]
    ideal_bm25: float
    asked_range: AskedRange | None = None


def check_question(question: str, *, limit: int) -> str:
    """The question on one line, without invisible characters. Raises QuestionError."""
    if len(question) > limit:
        raise QuestionError(
            f"The question has {len(question):,} characters and the limit is {limit:,}. "
            f"Ask one question in a sentence or two.",
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
    words = list(dict.fromkeys(word.casefold() for word in words_of(text)))
    question_words = function_words()[prose_language(words)]
    return [word for word in words if word not in question_words] or words


def is_question_word(word: str) -> bool:
    """Whether a case-folded word is an English question word or another function word."""
    return word in function_words()["en"]


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
    words = words_of(text)
    language = prose_language(map(str.casefold, words), index.languages)
    question_words = function_words()[language]
    for word in words:
        count = _QUESTION_WORD_EMPHASIS if word.casefold() in question_words else 1.0
        for term in index.terms(word):
            emphasis[term] = max(count, emphasis.get(term, 0.0))
    for word in carried:
        for term in index.terms(word):
            emphasis.setdefault(term, _CARRIED)
    writings = other_writings(text, index)
    emphasis = {term: count for term, count in emphasis.items() if term not in writings.missing}
    emphasis |= dict.fromkeys(writings.parts, 1.0)
    frequencies = index.document_frequencies(list(emphasis))
    idf = {
        term: inverse_document_frequency(frequency, len(index))
        for term, frequency in zip(emphasis, frequencies, strict=True)
    }
    # In an index of several languages, "the" is in few passages, but in all English ones.
    size = index.passages_in(language) if len(index.languages) > 1 else len(index)
    common = {
        term
        for term, frequency in zip(emphasis, frequencies, strict=True)
        if inverse_document_frequency(min(frequency, size), size) <= _RARE_FROM_IDF
    }
    content = {term: idf[term] for term, count in emphasis.items() if count == 1}
    if content:
        # Words such as "the" match everything, decide nothing and take a third of the search time.
        emphasis = {
            term: count
            for term, count in emphasis.items()
            if count != _QUESTION_WORD_EMPHASIS or term not in common
        }
    first_terms = _first_terms([*words, *carried], index) | {*writings.parts}
    total = sum(count * idf[term] for term, count in emphasis.items() if term in first_terms)
    # A passage has one writing or the other, so these add nothing to the best possible score.
    emphasis |= dict.fromkeys(writings.joined, 1.0)
    return QueryTerms(emphasis, content or idf, CEILING * _expected(total))


def _expected(total: float) -> float:
    """How much of the sum of a question's term weights a good passage has.

    A request of forty words has courtesies and several aspects, and no passage has them all. If
    one had to, the words of a long question would count for nothing beside its meaning.
    """
    return total if total < _LONG else math.sqrt(_LONG * total)


def _first_terms(words: Iterable[str], index: PassageIndex[Any]) -> set[str]:
    """The terms of each word in the language that has them most often.

    A passage is in one language, so it can have only one variant of a word.
    """
    return {
        term
        for word in words
        for variants in index.variants(word)
        for term in (variants[0] if variants else ())
    }

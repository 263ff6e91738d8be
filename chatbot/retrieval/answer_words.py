"""Finds the words of a sentence that answer the question, if it is sure which ones do.

The answer reader names the likeliest words of every sentence, even of one without an answer. They
are shown only if they fit the question: a time for "when", a number for "how many", and otherwise
words of which the reader is sure and that aren't in the question. If it asks for several things,
no words are marked, because they would answer only one of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Final

from chatbot.answers import SentenceReading
from chatbot.retrieval.acronyms import acronym_asked
from chatbot.retrieval.figures import dates, figures
from chatbot.retrieval.lists import asks_for_several
from chatbot.retrieval.query import content_words
from chatbot.retrieval.question_kinds import AnswerKind, answer_kind
from chatbot.text.struck_through import masked
from chatbot.types import Span

# The least log-odds and the least share of words that are shown; less for a name.
_SURE: Final = 0.0
_SURE_SHARE: Final = 0.9
_NAMED_SHARE: Final = 0.7
# The same for a time or a number, which fits the question anyway.
_FITTING: Final = -2.0
_FITTING_SHARE: Final = 0.5
# The largest share of a sentence that may be marked.
_MOST_MARKED: Final = 0.6
_BREAK: Final = re.compile(r"[:;|]|\.\s")
_TAIL: Final = re.compile(r"[\s.,;:]*(?:\([^()]*\)?[\s.,;:]*)?$")
_MORE_UNIT: Final = re.compile(r"(?: [^\W\d_]+){1,2}")
_NEGATED: Final = re.compile(
    r"\b(?:not|no|never|than|instead of|unlike|without|except)(?: the| an?)? $", re.IGNORECASE
)
# An answer with this many of the question's words only repeats the question.
_REPEATED: Final = 2


def answer_words(
    question: str,
    sentence: str,
    reading: SentenceReading,
    terms: Callable[[str], Collection[str]],
) -> Span | None:
    """The span of the words in a sentence that answer a question; None if it isn't sure which.

    `terms` are the index terms of a text.
    """
    kind = answer_kind(question)
    words = Span(reading.start, reading.end)
    fits = reading.score >= _FITTING and reading.share >= _FITTING_SHARE
    if kind in {"time", "figure"}:
        return _fitting(kind, sentence, words) if fits else None
    if kind in {"yes or no", "other"} or acronym_asked(question) or asks_for_several(question):
        return None
    words = _trimmed(sentence, words)
    text = words.of(sentence)
    named = text[:1].isupper() and kind in {"person", "place"}
    sure = reading.score >= _SURE and reading.share >= (_NAMED_SHARE if named else _SURE_SHARE)
    if not sure or not text or len(text) > _MOST_MARKED * len(sentence):
        return None
    if _BREAK.search(text) or _NEGATED.search(sentence[: words.start]):
        return None
    if kind == "person" and text.islower():
        return None
    own, asked = {*terms(text)}, {term for word in content_words(question) for term in terms(word)}
    return None if own <= asked or len(own & asked) >= _REPEATED else words


def _trimmed(sentence: str, words: Span) -> Span:
    """The span without a reference or punctuation at its end, and with both brackets or none.

    It neither begins nor ends with struck words.
    """
    held = words.of(masked(sentence, " "))
    start = words.start + held.index(held.strip())
    words = Span(start, start + len(held.strip()))
    text = _TAIL.sub("", words.of(sentence))
    if text.count(")") > text.count("("):
        text = text.rstrip(").,")
    return Span(words.start, words.start + len(text))


def _fitting(kind: AnswerKind, sentence: str, words: Span) -> Span | None:
    """The span from the first to the last of the dates or numbers among the words."""
    stated = dates(sentence) if kind == "time" else figures(sentence)
    inside = [
        item.span for item in stated if words.start < item.span.end and item.span.start < words.end
    ]
    if not inside:
        return None
    place = Span(inside[0].start, inside[-1].end)
    # "1.15 billion cubic metres": the reader knows where the unit ends.
    if _MORE_UNIT.fullmatch(sentence[place.end : words.end]):
        place = Span(place.start, words.end)
    text = place.of(sentence)
    if "(" in text and ")" not in text:
        place = Span(place.start, place.start + text.index("(")) if len(inside) > 1 else place
        place = Span(place.start, place.start + len(place.of(sentence).rstrip()))
    return place if len(place.of(sentence)) <= _MOST_MARKED * len(sentence) else None

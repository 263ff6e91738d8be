"""Finds other documents that confirm the answer, or state a different figure.

A false contradiction misleads more than a missed one. So a different figure is reported only if the
other sentence has all the words of the question that the first one has, counts the same thing, and
is about the same years. The title and the headings above a sentence count as its words, because
they often name what it is about, such as a country.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final, NamedTuple

from chatbot.answers import Citation, Elsewhere
from chatbot.retrieval.figures import dates, figures, months
from chatbot.retrieval.negation import is_negated
from chatbot.retrieval.older_wordings import is_older_version
from chatbot.retrieval.question_kinds import answer_kind
from chatbot.text.clean import folded_words
from chatbot.types import Span

# To confirm the answer, a sentence needs this share, by weight, of the question's words that the
# first sentence has.
_SAME_FROM: Final = 0.5
# To contradict it, a sentence needs this share, by weight, of all the question's words.
_OTHER_FROM: Final = 0.6
_FEWEST_COMMON: Final = 2
# Figures farther apart seldom count the same: "has 64 ships", "lost 3 ships".
_MOST_TIMES: Final = 3


class _Stated(NamedTuple):
    """A date or a number: what it counts, its value, its place, and the words of a date.

    "The 1990s" may be any year from the least to the most, and "more than 300" any larger number.
    """

    unit: str
    value: float
    least: float
    most: float
    place: Span
    words: frozenset[str] = frozenset()

    def same(self, other: _Stated) -> bool:
        """Whether both are the same figure; "2021" and "August 2021" are the same date."""
        contained = self.words <= other.words or other.words <= self.words
        equal = (self.unit, self.value) == (other.unit, other.value)
        return equal and contained and (self.holds(other) or other.holds(self))

    def holds(self, other: _Stated) -> bool:
        """Whether any value of the other figure may be a value of this one."""
        return self.least <= other.least and other.most <= self.most

    def may_equal(self, other: _Stated) -> bool:
        """Whether both may have the same value."""
        return self.least <= other.most and other.least <= self.most


Terms = Callable[[str], Collection[str]]


def elsewhere(
    question: str,
    weights: Mapping[str, float],
    terms: Terms,
    citations: Sequence[Citation],
) -> tuple[Elsewhere, ...]:
    """What the other citations say about the answer in the first one; empty if it has none.

    `weights` are those of the question's content terms, and `terms` the index terms of a text.
    """
    first = citations[0] if citations else None
    if first is None or first.answer is None:
        return ()
    answer = _in_quote(first, first.answer)
    answer_terms = {*terms(answer.of(first.quote))}
    asked = {term: weight for term, weight in weights.items() if term not in answer_terms}
    held = asked.keys() & {*terms(_with_headings(first))}
    reports = []
    for cited in citations[1:]:
        common = held & {*terms(_with_headings(cited))}
        if not cited.verified or not common or cited.quote == first.quote:
            continue
        if _sum(asked, common) >= _SAME_FROM * _sum(asked, held) and (
            place := _same(question, first, answer, cited)
        ):
            reports.append(_report(cited, place, first, agrees=True))
        elif (
            common == held
            and len(common) >= _FEWEST_COMMON
            and _sum(asked, common) >= _OTHER_FROM * _sum(asked, asked)
            and (place := _different(question, first, answer, cited))
        ):
            reports.append(_report(cited, place, first, agrees=False))
    return tuple(reports)


def _with_headings(cited: Citation) -> str:
    return " ".join([cited.title, *cited.section, cited.quote])


def _same(question: str, first: Citation, answer: Span, cited: Citation) -> Span | None:
    """The place of the same answer in another quote: the same figure, or the same words."""
    if is_negated(first.quote) != is_negated(cited.quote):
        return None
    stated = _stated(question, first.quote)
    inside = [figure for figure in stated if answer.holds(figure.place)]
    if inside:
        others = _stated(question, cited.quote)
        places = [
            next((other.place for other in others if other.same(figure)), None) for figure in inside
        ]
        return places[0] if all(places) else None
    return _find(folded_words(answer.of(first.quote)), cited.quote)


def _find(words: Sequence[str], quote: str) -> Span | None:
    """The place of consecutive words in a text, whatever punctuation is between them."""
    pattern = r"\W+".join(map(re.escape, words))
    match = re.search(rf"(?<!\w){pattern}(?!\w)", quote, re.IGNORECASE) if words else None
    return Span(*match.span()) if match else None


def _different(question: str, first: Citation, answer: Span, cited: Citation) -> Span | None:
    """The place of a different figure for the same thing in another quote; None if in doubt."""
    own, others = _stated(question, first.quote), _stated(question, cited.quote)
    inside = [figure for figure in own if answer.holds(figure.place)]
    if len(inside) != 1 or len(others) != 1 or not inside[0].unit:
        return None
    if others[0].unit != inside[0].unit or others[0].may_equal(inside[0]):
        return None
    if is_negated(first.quote) or is_negated(cited.quote):
        return None
    if answer_kind(question) != "time":
        smaller, larger = sorted([inside[0].value, others[0].value])
        if larger > _MOST_TIMES * smaller or not _same_time(first.quote, cited.quote):
            return None
    return others[0].place


def _stated(question: str, text: str) -> list[_Stated]:
    """The dates of a text if the question asks for a time, its numbers if it asks for a number."""
    kind = answer_kind(question)
    if kind == "time":
        return [
            _Stated(
                "year",
                date.year,
                date.year,
                date.last_year,
                date.span,
                frozenset(folded_words(date.span.of(text))),
            )
            for date in dates(text)
        ]
    if kind == "figure":
        return [
            _Stated(figure.unit, figure.value, figure.least, figure.most, figure.span)
            for figure in figures(text)
        ]
    return []


def _same_time(first: str, second: str) -> bool:
    """Whether two texts name the same years, and not different months."""
    first_years, second_years = (
        {(date.year, date.last_year) for date in dates(text)} for text in (first, second)
    )
    first_months, second_months = months(first), months(second)
    other_month = first_months and second_months and first_months != second_months
    return first_years == second_years and not other_month


def _in_quote(citation: Citation, place: Span) -> Span:
    """A span of the document, as a span of the quote."""
    start = citation.span.start
    return Span(place.start - start, place.end - start)


def _sum(weights: Mapping[str, float], terms: Collection[str]) -> float:
    return sum(weights[term] for term in terms)


def _report(cited: Citation, place: Span, first: Citation, *, agrees: bool) -> Elsewhere:
    start = cited.span.start
    span = Span(start + place.start, start + place.end)
    older = is_older_version(cited, first)
    return Elsewhere(cited.marker, place.of(cited.quote), span, agrees, older)

"""Other documents that say the same are named, and other figures only if they count the same."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chatbot.answers import Citation, Elsewhere
from chatbot.retrieval.elsewhere import elsewhere
from chatbot.retrieval.query import content_words
from chatbot.types import Span
from tests.outcomes import card

QUESTION = "How many soldiers guard the northern bridge?"
FIRST = "In May 2019, 75,000 soldiers guard the northern bridge."


def said(
    *quotes: str,
    question: str = QUESTION,
    first: str = FIRST,
    answer: str = "75,000 soldiers",
) -> tuple[Elsewhere, ...]:
    """What other quotes say about the answer in the first; every word is its own term."""
    weights = dict.fromkeys(_terms(question), 1.0)
    citations = [_cited(marker, quote) for marker, quote in enumerate((first, *quotes), start=1)]
    start = citations[0].span.start + first.index(answer)
    citations[0] = replace(citations[0], answer=Span(start, start + len(answer)))
    return elsewhere(question, weights, _terms, citations)


def _cited(marker: int, quote: str) -> Citation:
    return replace(card(f"d{marker}", quote, start=10), marker=marker, quote=quote)


def _terms(text: str) -> list[str]:
    return content_words(text.lower())


def test_the_same_figure_and_another_are_reported_with_their_place() -> None:
    """They are named by the marker of the quote."""
    same = "The northern bridge has 75,000 soldiers to guard it since May 2019."
    other = "In 2019 some 60,000 soldiers guard the northern bridge."
    agrees, differs = said(same, other)
    assert (agrees.marker, agrees.words, agrees.agrees) == (2, "75,000 soldiers", True)
    assert (differs.marker, differs.words, differs.agrees) == (3, "some 60,000 soldiers", False)
    assert agrees.span == Span(10 + same.index("75"), 10 + same.index(" to guard"))


@pytest.mark.parametrize(
    "other",
    [
        "In 2019 some 60,000 soldiers guard the southern gate.",
        "In 2015 some 60,000 soldiers guard the northern bridge.",
        "In 2019 soldiers guard the northern bridge with 300 tanks.",
        "In 2019 the 60,000 soldiers do not guard the northern bridge.",
        "In 2019 from 50,000 to 60,000 soldiers guard the northern bridge, 9 by night.",
        "The bridge is 75,000 paces long.",
        "In 2019 the northern bridge had 90 soldiers to guard it by night.",
        "In June 2019 some 60,000 soldiers guard the northern bridge.",
        "In May 2019 more than 60,000 soldiers guard the northern bridge.",
    ],
)
def test_a_figure_of_something_else_is_not_mentioned(other: str) -> None:
    """It has another place, time or unit, a denial, several figures, a bound, or another size."""
    assert said(other) == ()


def test_a_figure_of_another_country_is_not_mentioned() -> None:
    """The country may be named in the title or in a heading only."""
    first = replace(_cited(1, "The jobless rate is high, about 40 %."), title="Veldonia")
    first = replace(first, answer=Span(10 + first.quote.index("about"), 10 + len(first.quote) - 1))
    other = replace(_cited(2, "The jobless rate is high, about 25 %."), title="Zambria")
    question = "How high is the jobless rate in Veldonia?"
    weights = dict.fromkeys(_terms(question), 1.0)
    assert elsewhere(question, weights, _terms, [first, other]) == ()
    (differs,) = elsewhere(question, weights, _terms, [first, replace(other, title="Veldonia")])
    assert (differs.words, differs.agrees) == ("about 25 %", False)


def test_years_differ_only_where_a_year_is_asked() -> None:
    """The second sentence states another year of the same thing."""
    (differs,) = said(
        "The old treaty was signed in 2003.",
        question="When was the old treaty signed?",
        first="Both signed the old treaty in 2002.",
        answer="2002",
    )
    assert (differs.words, differs.agrees) == ("2003", False)


@pytest.mark.parametrize(
    ("other", "expected"),
    [("in 2002", ["2002"]), ("in March 2002", []), ("in May 2002", ["May 2002"])],
)
def test_a_date_is_the_same_only_if_one_has_the_other(other: str, expected: list[str]) -> None:
    """Two months of one year are neither the same date nor certainly different ones."""
    reports = said(
        f"The old treaty was signed {other} by both of them.",
        question="When was the old treaty signed?",
        first="Both ministers signed the old treaty in May 2002.",
        answer="May 2002",
    )
    assert [report.words for report in reports if report.agrees] == expected
    assert all(report.agrees for report in reports)


@pytest.mark.parametrize(
    ("first", "other"),
    [
        ("1,5 million euros", "1,9 million euros"),
        ("12,50 euros", "12,90 euros"),
        ("2.1%", "-2.1%"),
        ("2.1%", "\u22122.1%"),
        ("two hundred and fifty ships", "two hundred and ten ships"),
        ("more than 300 ships", "fewer than 300 ships"),
    ],
)
def test_figures_agree_only_with_their_decimals_sign_and_bound(first: str, other: str) -> None:
    """The figure itself agrees."""
    reports = [
        said(
            f"The northern bridge cost {figure}.",
            question="How much did the northern bridge cost?",
            first=f"The whole northern bridge cost {first}.",
            answer=first,
        )
        for figure in (first, other)
    ]
    assert [report.words for report in reports[0] if report.agrees] == [first]
    assert not any(report.agrees for report in reports[1])


@pytest.mark.parametrize(
    ("first", "other", "reported"),
    [
        ("1994", "the 1990s", []),
        ("the 1990s", "1994", []),
        ("the 1980s", "1994", ["1994"]),
        ("1994", "the 1980s", ["1980s"]),
    ],
)
def test_a_year_of_a_decade_is_no_other_year(first: str, other: str, reported: list[str]) -> None:
    """It isn't surely the same year either."""
    reports = said(
        f"The old treaty was signed in {other}.",
        question="When was the old treaty signed?",
        first=f"Both ministers signed the old treaty in {first}.",
        answer=first.removeprefix("the "),
    )
    assert [report.words for report in reports if not report.agrees] == reported
    assert not any(report.agrees for report in reports)


def test_the_same_name_is_reported() -> None:
    """A different name isn't reported, because one may be part of the other."""
    same, other = "Edmonds led the space study.", "Segal led the space study."
    (agrees,) = said(
        same,
        other,
        question="Who led the space study?",
        first="The space study of 2019 was led by Edmonds.",
        answer="Edmonds",
    )
    assert (agrees.marker, agrees.words) == (2, "Edmonds")


def test_without_an_answer_nothing_is_reported() -> None:
    """There is nothing to compare."""
    citations = [_cited(1, FIRST), _cited(2, FIRST.replace("75", "60"))]
    assert elsewhere(QUESTION, {}, _terms, citations) == ()
    assert elsewhere(QUESTION, {}, _terms, []) == ()

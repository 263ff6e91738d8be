"""Dates and numbers are found in a text, without those that belong to names."""

from __future__ import annotations

import math

import pytest

from chatbot.retrieval.asked_range import asked_range
from chatbot.retrieval.figures import dates, figures


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Roughly 70 per cent of imports", [("Roughly 70 per cent", 70, "%")]),
        ("It costs US$ 1.5 billion.", [("US$ 1.5 billion", 1.5e9, "US$")]),
        ("In all, 75,000 troops took part.", [("75,000 troops", 75_000, "troop")]),
        ("Some 900 Peace Corps volunteers", [("Some 900", 900, "")]),
        ("in 12 Member states", [("12 Member", 12, "member")]),
        ("within five years", [("five years", 5, "year")]),
        ("in excess of 1500 personnel", [("in excess of 1500 personnel", 1500, "personnel")]),
        ("The S-400, JCN 1/20 and NDS 2018, version 3.2.1", []),
        ("The seller asked for ~~12~~ 15 sets", [("15 sets", 15, "set")]),
        ("It was signed in 2002.", []),
        ("1,5 million euros", [("1,5 million euros", 1.5e6, "euro")]),
        ("fees of 12,50 euros", [("12,50 euros", 12.5, "euro")]),
        ("1 250,75 euros", [("1 250,75 euros", 1250.75, "euro")]),
        ("1’500 francs", [("1’500 francs", 1500, "franc")]),
        ("places 10,11,12 and 1.250,50 euros", []),
        ("a change of -2.1%", [("-2.1%", -2.1, "%")]),
        ("a change of \u22122.1%", [("\u22122.1%", -2.1, "%")]),
        ("a fee of 10 €", [("10 €", 10, "€")]),
        ("a loss of -$5 million", [("-$5 million", -5e6, "$")]),
        ("2014-2018, 5-10 tons, COVID-19, F -16", []),
        ("two hundred and fifty ships", [("two hundred and fifty ships", 250, "ship")]),
        ("3 hundred thousand men", [("3 hundred thousand men", 3e5, "men")]),
        ("two thousand five hundred men", [("two thousand five hundred men", 2500, "men")]),
        ("twenty-one of one hundred", [("twenty-one", 21, ""), ("one hundred", 100, "")]),
        ("two and three hundred men", [("two", 2, ""), ("three hundred men", 300, "men")]),
        ("six thousand and five thousand", [("six thousand", 6e3, ""), ("five thousand", 5e3, "")]),
        ("one of a twenty-five-year plan", []),
        ("a $1.2bn contract", [("$1.2bn", 1.2e9, "$")]),
        ("about 3.5 bn euros", [("about 3.5 bn euros", 3.5e9, "euro")]),
        ("worth €400m, or $2.1 tn", [("€400m", 4e8, "€"), ("$2.1 tn", 2.1e12, "$")]),
        ("100m wide, 5 m long, a £2m-a-year deal", [("5 m", 5, "m")]),
    ],
)
def test_numbers_have_a_value_and_a_unit(text: str, expected: list[tuple[str, float, str]]) -> None:
    """The place has the words around the number that qualify it."""
    found = [(figure.span.of(text), figure.value, figure.unit) for figure in figures(text)]
    assert found == expected


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("300 ships", 300, 300),
        ("about 300 ships", 300, 300),
        ("more than 300 ships", 300, math.inf),
        ("no fewer than 300 ships", 300, math.inf),
        ("fewer than 300 ships", -math.inf, 300),
        ("no more than 300 ships", -math.inf, 300),
    ],
)
def test_a_number_may_be_a_bound(text: str, least: float, most: float) -> None:
    """The words before it say so."""
    (figure,) = figures(text)
    assert (figure.least, figure.most) == (least, most)
    assert figure.span.of(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("In 2002 and on 5 October 2019", [("2002", 2002), ("5 October 2019", 2019)]),
        ("dated 2019-10-05", [("2019-10-05", 2019)]),
        ("signed (2002)", [("2002", 2002)]),
        ("As the paper says (NDS 2018; Command strategy 2021)", []),
        ("a crew of 1500 people", []),
        ("August 2021 was hot", [("August 2021", 2021)]),
    ],
)
def test_dates_leave_out_names_and_references(text: str, expected: list[tuple[str, int]]) -> None:
    """A year after a capital letter, or in a reference, dates nothing."""
    assert [(date.span.of(text), date.year) for date in dates(text)] == expected


@pytest.mark.parametrize(
    ("question", "inside", "outside"),
    [
        ("List all exercises between 2012 and 2018", "It began in 2014.", "It began in 2019."),
        ("What happened since 2014?", "It ended in 2014.", "It ended in 2013."),
        ("What happened after 2014?", "It ended in 2015.", "It ended in 2014."),
        ("What happened before 2014?", "It ended in 2013.", "It ended in 2014."),
        ("Which wars were there in the 1990s?", "A war began in 1998.", "A war began in 2001."),
        ("Was geschah zwischen 2012 und 2018?", "Im Mai 2014 endete es.", "Im Mai 2020 endete es."),
        ("Which years had more than 70 per cent?", "It was 71 %.", "It was 70 %."),
        ("Who has between 50 and 100 ships?", "They have 60 ships.", "They have 60 tanks."),
        ("What was signed after the 1980s?", "It began in 1990.", "It began in 1985."),
        ("What was signed since the 1980s?", "It began in 1995.", "It began in 1979."),
        ("What was signed before the 1990s?", "It began in 1989.", "It began in 1991."),
        ("What was signed until the 1970s?", "It began in 1979.", "It began in 1980."),
        ("What began from the 1970s to the 1990s?", "It began in 1999.", "It began in 2000."),
        ("What began since the late 1990s?", "It began in 2005.", "It began in 1980."),
        ("What was signed after March 2014?", "It was signed in May 2014.", "It began in 2013."),
        ("What began between May 2014 and March 2018?", "It began in 2016.", "It began in 2019."),
        ("What began between 2014 and today?", "It began in 2016.", "It began in 2013."),
        ("Who spends between 2% and 4% of GDP?", "It spends 3.9%.", "It spends 4.1%."),
        ("Which sales are worth more than $5 million?", "It cost $7 million.", "It cost $700."),
        ("What costs between 5 € and 10 €?", "It costs 7 €.", "It costs 11 €."),
        ("Who has between 1500 and 2000 men?", "It has 1,600 men.", "It began in 1600."),
        ("Which ships carry up to 2000 men?", "It carries 900 men.", "It began in 1990."),
        ("Which planes drop from 2000 meters?", "It drops from 2,500 meters.", "It began in 2010."),
        ("Between 2014 and 2018 exercises grew.", "It began in 2016.", "It began in 2019."),
        ("Did sales in Rome grow between 2014 and 2018?", "It began in 2016.", "It has 2,015 men."),
        ("What China bought from 2014 to 2018", "It began in 2016.", "It began in 2019."),
        ("From 2014 to 2018 China bought jets.", "It began in 2016.", "It began in 2019."),
    ],
)
def test_a_range_has_the_sentences_inside_it(question: str, inside: str, outside: str) -> None:
    """Bounds are as the words say, and numbers count only with the same unit."""
    asked = asked_range(question)
    assert asked
    assert asked.has(inside)
    assert not asked.has(outside)


@pytest.mark.parametrize(
    "question",
    [
        "What is JCN 1/20?",
        "Is it over 90?",
        "What is new?",
        "Over 2000 died there",
        "After the 2014 war",
        "When did it rise from 5% to 10%?",
    ],
)
def test_a_question_without_a_range_has_none(question: str) -> None:
    """A number without a unit may count anything."""
    assert asked_range(question) is None

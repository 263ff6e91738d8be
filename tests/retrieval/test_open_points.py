"""Sentences about what isn't known are told apart from sentences that answer."""

from __future__ import annotations

import pytest

from chatbot.assistant import Chatbot
from chatbot.retrieval.open_points import asks_for_fact, is_open_point


@pytest.mark.parametrize(
    "sentence",
    [
        "The ministry did not say how many ships took part.",
        "The value of the contract hasn't been publicly disclosed.",
        "The report leaves three points open: the price, the date and the buyer.",
        "Its range remains unclear.",
        "None of the papers names the seller.",
        "The dates of the contracts are not known.",
    ],
)
def test_an_open_point_is_found(sentence: str) -> None:
    """It says that something isn't known, or that nobody says it."""
    assert is_open_point(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "The ministry said that twelve ships took part.",
        "The system was not released until May 2019.",
        "Russia did not sell the system to India.",
        "The door was left open at the grave of the unknown soldier.",
        "The strait is open all year.",
    ],
)
def test_what_is_known_is_no_open_point(sentence: str) -> None:
    """It may have the same words."""
    assert not is_open_point(sentence)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What share of the imports came from Russia?", True),
        ("When were the contracts signed?", True),
        ("Who does the report not name?", False),
        ("How many points do the sources leave open?", False),
        ("Does the report name the seller?", False),
        ("What does the report say about Taiwan?", False),
    ],
)
def test_only_a_question_for_a_fact_wants_no_open_point(question: str, *, expected: bool) -> None:
    """One about what is said, or whether it is, may be answered by an open point."""
    assert asks_for_fact(question) is expected


def test_what_the_sources_leave_open_is_not_the_answer(demo: Chatbot) -> None:
    """Another sentence has the figure; if none has, the verdict isn't strong."""
    share = demo.ask("What share of China's arms imports came from Russia?")
    assert "70 per cent" in share.citations[0].quote
    number = demo.ask("How many exercises have been held?")
    assert number.verdict != "strong"
    asked_for = demo.ask("What do the sources leave open about arms sales?")
    assert "three points open" in asked_for.citations[0].quote

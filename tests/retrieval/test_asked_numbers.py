"""A passage that doesn't state a number of the question isn't taken for the answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from chatbot.assistant import Chatbot
from chatbot.ingestion.build_index import build_index
from chatbot.retrieval.asked_numbers import lacking_numbers
from chatbot.settings import load_settings
from chatbot.types import Metadata
from chatbot.web.chat.hints import hints
from tests.building import write
from tests.outcomes import card

TEXT = "In 2014/15 the harbour had 1,200 berths, and three cranes were new."


@pytest.mark.parametrize(
    "question",
    [
        "What did the harbour of Veldburg have?",
        "What did the harbour have in 2014?",
        "What did the harbour have in 2015?",
        "Who uses the 1200 berths?",
        "Which 3 cranes were new?",
        "What did the harbour have since 1990?",
        "Is the crane a K-17?",
        "Did it have 1,500 berths?",
    ],
)
def test_a_number_may_be_written_in_several_ways(question: str) -> None:
    """Ranges have their own rule, a number inside a name is no number, and "no" is an answer."""
    assert not lacking_numbers(question, card("d", TEXT))


@pytest.mark.parametrize(
    "question",
    [
        "What did the harbour have in 2016?",
        "Which 12 berths were new?",
        "2013年这个港口有多少个泊位?",
        "Who uses 200 of the berths?",
    ],
)
def test_another_number_is_missed(question: str) -> None:
    """Also if its digits are part of a longer number."""
    assert lacking_numbers(question, card("d", TEXT))


def test_title_headings_date_and_file_name_count() -> None:
    """Each of them says what a passage is about."""
    plain, question = (
        card("d", "The harbour had many berths."),
        "How many berths were there in 1998?",
    )
    assert lacking_numbers(question, plain)
    section = replace(plain.passage, section=("Berths in 1998",))
    for cited in (
        replace(plain, title="Report 1998"),
        replace(plain, source="harbour-1998.pdf"),
        replace(plain, metadata=Metadata(date="1998-05-02")),
        replace(plain, passage=section, section=section.section),
    ):
        assert not lacking_numbers(question, cited)


@pytest.fixture(scope="module")
def chatbot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chatbot]:
    """A chatbot over two notes."""
    home = tmp_path_factory.mktemp("numbers")
    files = {
        "rates.md": "# Rates\n\nThe unemployment rate of Veldonia was 8.2 per cent in 2014.\n",
        "bread.md": "# Bread\n\nBake the bread for an hour until the crust is brown, as in 1995.\n",
    }
    write(home / "corpus", files)
    settings = load_settings(corpus=home / "corpus", index=home / "index")
    build_index(settings)
    with Chatbot.open(settings=settings) as chatbot:
        yield chatbot


def test_the_figure_of_another_year_is_not_the_answer(chatbot: Chatbot) -> None:
    """The right year is answered surely, and the wrong one isn't."""
    right = chatbot.ask("What was the unemployment rate of Veldonia in 2014?")
    wrong = chatbot.ask("What was the unemployment rate of Veldonia in 1995?")
    assert right.verdict == "strong"
    assert wrong.abstained


@pytest.mark.parametrize(("year", "unknown"), [("1995", ()), ("1887", ("1887",))])
def test_a_refusal_names_the_number_that_is_missing(
    chatbot: Chatbot, year: str, unknown: tuple[str, ...]
) -> None:
    """Once: a number that is in no document is among the unknown words."""
    answer = chatbot.ask(f"What was the unemployment rate of Veldonia in {year}?")
    told = hints(answer.question, chatbot.build, answer.nearest)
    assert (told.unknown, told.lacking) == (unknown, () if unknown else (year,))

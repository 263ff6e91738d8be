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
        "What are the 5 aims of the harbour?",
        "Name 5 main cranes of the harbour",
        "The top 10 cranes of the harbour",
        "What did it have between May 2011 and March 2018?",
        "Which berths cost between 2% and 4% of the budget?",
        "Which berths cost more than $5 million?",
    ],
)
def test_a_number_may_be_written_in_several_ways(question: str) -> None:
    """Ranges have their own rule, a number inside a name is no number, and "no" is an answer."""
    assert not lacking_numbers(question, card("d", TEXT))


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("When did World War 2 end?", "World War II ended on 8 May 1945."),
        ("Who tested it in phase 3?", "Nurses tested it in Phase III."),
        ("What did the 13 colonies want?", "The thirteen colonies wanted tea."),
        ("What did the 25 towns want?", "Tea is what twenty-five towns wanted."),
        ("What did the 1.5 million euros pay for?", "A school cost 1,500,000 euros."),
        ("What did the 200 ships carry?", "Tea is what two hundred ships carried."),
        ("What did the $1.2 billion pay for?", "A school cost $1.2bn."),
        ("Was bezahlten die 1,5 Millionen Euro?", "The 1.5 million euros paid for a school."),
        ("ماذا حدث في ٢٠١٩؟", "In 2019 the treaty was signed."),
        ("What happened in 2019?", "وقعت المعاهدة في ٢٠١٩."),
    ],
)
def test_a_number_may_be_in_words_and_other_digits(question: str, text: str) -> None:
    """Roman numerals and the digits of another script count, too."""
    assert not lacking_numbers(question, card("d", text))


@pytest.mark.parametrize(
    ("question", "text", "lacking"),
    [
        ("When did World War 2 end?", "World War I ended in 1918.", ["2"]),
        ("When did Henry 5 die?", "V ships carried Henry VIII away.", ["5"]),
        ("Who is second and 1 above?", "You and I won.", ["1"]),
        ("What did the 1.5 million euros pay for?", "A school cost 1,400,000 euros.", ["1.5"]),
        ("Describe phase 3 of the test", "Phase 2 was long.", ["3"]),
        ("What are the aims of the 5 towns?", "The aims of the towns are clear.", ["5"]),
        ("What are the 5 May rules?", "The rules of June are clear.", ["5"]),
        ("ماذا حدث في ٢٠١٩؟", "In 2018 the treaty was signed.", ["٢٠١٩"]),
    ],
)
def test_another_number_in_words_is_missed(question: str, text: str, lacking: list[str]) -> None:
    """It's named as the question has it."""
    assert lacking_numbers(question, card("d", text)) == lacking


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
    """A chatbot over three notes."""
    home = tmp_path_factory.mktemp("numbers")
    files = {
        "rates.md": "# Rates\n\nThe unemployment rate of Veldonia was 8.2 per cent in 2014.\n",
        "bread.md": "# Bread\n\nBake the bread for an hour until the crust is brown, as in 1995.\n",
        "war.md": "# The war\n\nWorld War II ended in Europe on 8 May 1945.\n",
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


def test_a_war_in_roman_numerals_is_found(chatbot: Chatbot) -> None:
    """The answer isn't refused."""
    answer = chatbot.ask("When did World War 2 end in Europe?")
    assert not answer.abstained
    assert "8 May 1945" in answer.citations[0].quote


@pytest.mark.parametrize(("year", "unknown"), [("1995", ()), ("1887", ("1887",))])
def test_a_refusal_names_the_number_that_is_missing(
    chatbot: Chatbot, year: str, unknown: tuple[str, ...]
) -> None:
    """Once: a number that is in no document is among the unknown words."""
    answer = chatbot.ask(f"What was the unemployment rate of Veldonia in {year}?")
    told = hints(answer.question, chatbot.build, answer.nearest)
    assert (told.unknown, told.lacking) == (unknown, () if unknown else (year,))


def test_a_claim_may_be_refuted_by_another_number() -> None:
    """The passage that says otherwise is the one to show, as for a yes-or-no question."""
    passage = "The port was opened in 2016 after four years."
    assert lacking_numbers("Who opened the port in 2014?", card("d", passage)) == ["2014"]
    assert lacking_numbers("The port was opened in 2014.", card("d", passage)) == []

"""A passage with none of the names of the question isn't lifted if another passage has one."""

from __future__ import annotations

import pytest

from chatbot.retrieval.asked_names import asked_names, strangers
from chatbot.types import DocumentSummary, Metadata
from tests.outcomes import card


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("Which city is the capital of Kosovo?", ("kosovo",)),
        ("How is the weather there? Does NATO care about the Baltic?", ("nato", "baltic")),
        ("Когда именно Россия подписала договор с Китаем?", ("россия", "китаем")),
        ("Kosovo became a country in spring", ()),
        ("which city is the capital of kosovo", ()),
        ("HOW HIGH IS THE TOWER OF PISA?", ()),
        ("How Do The Russians Train In The Arctic", ()),
        ("Wann hat der Bundestag das Gesetz über die Rente beschlossen?", ()),
    ],
)
def test_names_begin_with_a_capital(question: str, names: tuple[str, ...]) -> None:
    """The first word, a line in capitals and German nouns don't count."""
    assert asked_names(question) == names


def _strangers(question: str, *texts: tuple[str, str]) -> list[bool]:
    """Which passages with these titles and texts are strangers."""
    passages, owners = [], {}
    for number, (title, text) in enumerate(texts):
        cited = card(f"d{number}", text)
        passages.append(cited.passage)
        owners[cited.doc_id] = DocumentSummary(cited.doc_id, title, "", "", Metadata(), 1)
    return [bool(flag) for flag in strangers(question, passages, owners)]


def test_a_passage_about_another_country_is_a_stranger() -> None:
    """The title may have the name, and another form of the name counts."""
    question = "Which city is the capital of Kosovo?"
    oslo = ("Norway", "OSLO (capital) 986,000.")
    assert _strangers(question, oslo, ("Figures", "Kosovo, Pristina")) == [True, False]
    assert _strangers(question, oslo, ("Kosovo", "Capital: Pristina")) == [True, False]
    assert _strangers(question, oslo, ("Figures", "The Kosovar capital, Pristina")) == [True, False]


def test_one_of_several_names_is_enough() -> None:
    """A passage may say "Moscow" for Russia. If no passage has a name, none is a stranger."""
    question = "Which warships did Moscow build for the Chinese navy?"
    about_china = ("Sales to China", "Russia built destroyers.")
    assert _strangers(question, about_china, ("Moscow", "A city.")) == [False, False]
    assert _strangers("Which ships did Peru build?", about_china, ("Bread", "Bake it.")) == [
        False,
        False,
    ]
    assert _strangers("which ships?", about_china) == [False]

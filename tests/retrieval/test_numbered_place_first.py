"""A question may name a place by its number, as people do for contracts and laws."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chatbot.assistant import Chatbot
from chatbot.ingestion.build_index import build_index
from chatbot.retrieval.numbered_place_first import numbered_place_asked
from chatbot.settings import load_settings
from tests.building import write

LEASE = """# Lease

1. Rent

1.1 The rent is 900 euros a month.

1.2 The tenant pays it on the first day of each month.

2. Liability

2.1 The tenant is liable for damage that the tenant causes.

2.2 Neither party is liable for storms.
"""
TREATY = """# Treaty of Veldburg

## Article 5

An attack on one member is an attack on all members.

## Article 6

Members meet in Veldburg once a year.
"""
STATUTE = """# Harbour statute

2.2 Ships with a cargo of fuel keep a distance of two miles.

2.3 A pilot comes on board before the bridge.
"""


@pytest.mark.parametrize(
    ("question", "begins"),
    [
        ("What does clause 4.2 say?", "4.2 The seller pays."),
        ("What does section 4.2 say?", "Clause 4.2: The seller pays."),
        ("Was steht in Artikel 7?", "Artikel 7 Der Verkäufer zahlt."),
        ("Was regelt § 12?", "§12 Der Verkäufer zahlt."),
        ("О чём говорит статья 9?", "Статья 9. Продавец платит."),
        ("第5条规定了什么？", "第5条 卖方付款。"),
        ("What is Article IV about?", "Article IV. The seller pays."),
        ("What does paragraph 4 say?", "4. The seller pays."),
        ("What does section 4.2 say?", "4.2. the seller pays"),
        ("What does section 4.2 say?", "4.2 A party may end it."),
        ("What does section 4.2 say?", "4.2 – Payment"),
        ("What does section 4.2 say?", "4.2 “Seller” means a person."),
        ("第4.2条规定了什么？ § 4.2", "4.2 卖方付款。"),
    ],
)
def test_a_named_place_is_recognised_in_the_question_and_the_text(
    question: str, begins: str
) -> None:
    """The label may differ or be missing, and the question may be in another language."""
    place = numbered_place_asked(question)
    assert place
    assert place.sentence.match(begins)


@pytest.mark.parametrize(
    ("question", "begins"),
    [
        ("What does clause 4.2 say?", "4.20 The seller pays."),
        ("What does clause 4 say?", "4.2 The seller pays."),
        ("What does clause 4 say?", "4 ships left the harbour."),
        ("What does clause 4 say?", "Clause 4.2 The seller pays."),
        ("What does clause 4 say?", "Ships of class 4. They left."),
        ("What is in part 4?", "4. Open the tap."),
        ("What does section 4.2 say?", "4.2 million people were displaced."),
        ("What does section 4.2 say?", "4.2 Million people were displaced."),
        ("What does section 4.2 say?", "4.2 kilometres were paved."),
        ("What does section 4.2 say?", "4.2 MW were installed."),
        ("What does section 4.2 say?", "4.2 | 5.1"),
        ("What does section 4.2 say?", "4.2 % were lost."),
    ],
)
def test_another_place_is_not_taken_for_it(question: str, begins: str) -> None:
    """A longer number is another place, and a number in a sentence is none."""
    place = numbered_place_asked(question)
    assert place
    assert not place.sentence.match(begins)


def test_a_heading_with_an_amount_is_no_place() -> None:
    """A heading with the number alone, or before any other words, is one."""
    place = numbered_place_asked("What does section 4.2 say?")
    assert place
    assert place.heading.match("4.2")
    assert place.heading.match("4.2 termination")
    assert not place.heading.match("4.2 million refugees")


@pytest.mark.parametrize(
    "question",
    ["What is the share of part-time work?", "In which section 40% are lost?", "Why 4.2?"],
)
def test_a_number_without_a_label_names_no_place(question: str) -> None:
    """Percentages and other numbers are left alone."""
    assert numbered_place_asked(question) is None


@pytest.fixture(scope="module")
def chatbot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chatbot]:
    """A chatbot over a lease, a treaty and a statute."""
    home = tmp_path_factory.mktemp("places")
    write(home / "corpus", {"lease.md": LEASE, "treaty.md": TREATY, "statute.md": STATUTE})
    settings = load_settings(corpus=home / "corpus", index=home / "index")
    build_index(settings)
    with Chatbot.open(settings=settings) as chatbot:
        yield chatbot


@pytest.mark.parametrize(
    ("question", "quote"),
    [
        ("What does clause 1.2 say?", "1.2 The tenant pays it on the first day of each month."),
        ("What is in article 5?", "An attack on one member is an attack on all members."),
        ("What does section 2.3 require?", "2.3 A pilot comes on board before the bridge."),
    ],
)
def test_the_place_is_quoted(chatbot: Chatbot, question: str, quote: str) -> None:
    """Its words have nothing in common with the question."""
    answer = chatbot.ask(question)
    assert answer.citations[0].quote == quote


def test_a_place_that_no_document_has_is_not_found(chatbot: Chatbot) -> None:
    """Other places with similar numbers aren't answers."""
    assert chatbot.ask("What does clause 9.1 say?").abstained


def test_a_place_in_several_documents_is_no_strong_match(chatbot: Chatbot) -> None:
    """The question doesn't say which one is meant, so all of them are shown."""
    answer = chatbot.ask("What does clause 2.2 say?")
    assert answer.verdict == "possible"
    assert {cited.doc_id for cited in answer.citations[:2]} == {"lease.md", "statute.md"}

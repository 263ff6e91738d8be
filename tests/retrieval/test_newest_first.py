"""The newest version answers, older ones are marked, and a version that is named comes first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chatbot.answers import Answer, LinkedDocument
from chatbot.assistant import Chatbot
from chatbot.ingestion.build_index import build_index
from chatbot.retrieval.older_wordings import older_wordings
from chatbot.settings import Settings, load_settings
from chatbot.types import DocumentSummary, Metadata
from tests.building import write
from tests.outcomes import card

AGREEMENT = """# Supply agreement

This agreement is made between Halden Marine and the Port of Skagen for two tugs.

The price of the two tugs is {price} euros, payable in three instalments after delivery.

Delivery takes place at the quay of Skagen before the end of {month}.

Either party may end the agreement with ninety days' notice in writing.
"""
HIDDEN = '[[rule]]\npaths = ["final/"]\ngroups = ["board"]\n'
FILES = {
    "contracts/contract v1.md": AGREEMENT.format(price="4,200,000", month="March"),
    "contracts/contract v2.md": AGREEMENT.format(price="4,550,000", month="April"),
    "contracts/contract final.md": AGREEMENT.format(price="4,800,000", month="June"),
    "reports/Arctic patrols 2021.md": "# Arctic patrols 2021\n\nIn the Barents region the coast "
    "guard counted 34 joint patrols. Most of them lasted nine days.\n",
    "reports/Arctic patrols 2022.md": "# Arctic patrols 2022\n\nThe coast guard counted 51 joint "
    "patrols in the Barents region, more than ever.\n",
    "harbour.md": "# The harbour\n\nThe harbour has nine cranes. A crane lifts ninety tonnes.\n",
}
PRICE = "What is the price of the two tugs?"
PATROLS = "How many joint patrols did the coast guard count in the Barents region?"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The settings of an index of two families of versions and an unrelated document."""
    home = tmp_path_factory.mktemp("versions")
    write(home / "corpus", FILES)
    settings = load_settings(corpus=home / "corpus", index=home / "index")
    build_index(settings)
    return settings


@pytest.fixture(scope="module")
def chatbot(settings: Settings) -> Iterator[Chatbot]:
    with Chatbot.open(settings=settings) as chatbot:
        yield chatbot


def files(answer: Answer, *, most: int = 3) -> list[str]:
    """The file of each card."""
    return [Path(cited.doc_id).stem for cited in answer.citations[:most]]


def test_the_newest_version_answers_and_older_ones_are_reported(chatbot: Chatbot) -> None:
    """Each older version's own figure is in the first lines."""
    answer = chatbot.ask(PRICE)
    assert files(answer) == ["contract final", "contract v2", "contract v1"]
    assert "4,800,000" in answer.citations[0].quote
    reported = [(other.marker, other.words, other.older) for other in answer.elsewhere]
    assert reported == [(2, "4,550,000", True), (3, "4,200,000", True)]
    for other in answer.elsewhere:
        cited = answer.citations[other.marker - 1]
        document = chatbot.document(cited.doc_id)
        assert document
        assert other.span.of(document.text) == other.words
    scores = [cited.score for cited in answer.citations]
    assert scores == sorted(scores, reverse=True)


def test_older_versions_name_the_newest(chatbot: Chatbot) -> None:
    """The newest version and an unrelated document name none."""
    for question in (PRICE, PATROLS, "What does a crane lift?"):
        for cited in chatbot.ask(question).citations:
            expected = {
                "contract v1": "contract final",
                "contract v2": "contract final",
                "Arctic patrols 2021": "Arctic patrols 2022",
            }.get(Path(cited.doc_id).stem)
            assert (cited.newest and Path(cited.newest.document.doc_id).stem) == expected
            assert not cited.newest or cited.newest.url.startswith("/source/")


def test_a_date_that_was_replaced_is_reported(chatbot: Chatbot) -> None:
    """The passages are alike, but they are not the same text."""
    answer = chatbot.ask("When does delivery take place?")
    assert files(answer, most=1) == ["contract final"]
    assert [other.words for other in answer.elsewhere if other.older] == ["April", "March"]


def test_a_minus_sign_that_was_added_is_reported() -> None:
    """The digits are the same, and the sign belongs to the number."""
    newest = card("b", "The change of exports in the year was -21% in all.")
    older = card("a", "The change of exports in the year was 21% in all.")
    document = DocumentSummary("b", "B", "b", "text/plain", Metadata(), 1)
    older = replace(older, marker=2, newest=LinkedDocument(document, "/source/b"))
    (reported,) = older_wordings([newest, older])
    assert (reported.words, reported.older) == ("21", True)


def test_a_later_report_of_a_series_comes_first(chatbot: Chatbot) -> None:
    """Its wording is its own, and the reader finds the answer in both."""
    answer = chatbot.ask(PATROLS)
    assert files(answer, most=2) == ["Arctic patrols 2022", "Arctic patrols 2021"]
    assert [(other.marker, other.older) for other in answer.elsewhere] == [(2, True)]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What was the price in contract v1?", "contract v1"),
        ("What is the price of the two tugs in contract v2?", "contract v2"),
        ("How many joint patrols were counted in 2021?", "Arctic patrols 2021"),
        ("How many joint patrols were counted in 2022?", "Arctic patrols 2022"),
    ],
)
def test_the_version_or_year_that_is_named_comes_first(
    chatbot: Chatbot, question: str, expected: str
) -> None:
    """It does so even if there is a newer one."""
    assert files(chatbot.ask(question), most=1) == [expected]


def test_without_the_preference_versions_are_only_marked(settings: Settings) -> None:
    """The texts decide the ranking, here by the month in the question."""
    question = "Does delivery take place before the end of March?"
    with_it = settings.model_copy(update={"reader": False})
    without = with_it.model_copy(update={"prefer_newest": False})
    with Chatbot.open(settings=without) as chatbot:
        answer = chatbot.ask(question)
        assert files(answer, most=1) == ["contract v1"]
        assert answer.citations[0].newest
    with Chatbot.open(settings=with_it) as chatbot:
        assert files(chatbot.ask(question), most=1) == ["contract final"]


def test_a_version_that_may_not_be_seen_is_never_named(tmp_path: Path) -> None:
    """Without the board's rights the second version is the newest."""
    moved = {
        name.replace("contracts/contract final", "final/contract final"): text
        for name, text in FILES.items()
    }
    write(tmp_path / "corpus", {**moved, ".chatbot-access.toml": HIDDEN})
    settings = load_settings(corpus=tmp_path / "corpus", index=tmp_path / "index")
    build_index(settings)
    with Chatbot.open(settings=settings) as chatbot:
        seen = chatbot.for_groups(()).ask(PRICE)
        assert files(seen, most=2) == ["contract v2", "contract v1"]
        assert seen.citations[0].newest is None
        assert "final" not in repr(replace(seen, timings={}))
        board = chatbot.for_groups(("board",)).ask(PRICE)
        assert files(board, most=1) == ["contract final"]


def test_versions_survive_a_build_that_carries_them_over(settings: Settings) -> None:
    """A new version is related to documents that weren't read again."""
    home = settings.corpus.parent
    write(
        settings.corpus,
        {
            "reports/Arctic patrols 2023.md": "# Arctic patrols 2023\n\nIn the "
            "Barents region the coast guard counted 12 joint patrols.\n"
        },
    )
    later = settings.model_copy(update={"index": home / "later"})
    build_index(settings.model_copy(update={"index": home / "later"}))
    (settings.corpus / "harbour.md").write_text("# The harbour\n\nIt has ten cranes.\n", "utf-8")
    build_index(later)
    with Chatbot.open(settings=later) as chatbot:
        answer = chatbot.ask(PATROLS)
        assert files(answer, most=1) == ["Arctic patrols 2023"]
        assert {cited.newest.document.title for cited in answer.citations if cited.newest} >= {
            "Arctic patrols 2023"
        }

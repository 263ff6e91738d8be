"""A question that asks for several things is split; any other is left whole."""

from __future__ import annotations

import pytest

from chatbot.retrieval.parts import split_question


def searched(question: str) -> list[str]:
    """The questions that are searched for the parts of a question."""
    split = split_question(question)
    return [part.question for part in split.parts] if split else []


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("Compare NATO and the European Union", ["NATO", "the European Union"]),
        (
            "Compare the arms exports of Russia and China in 2018",
            ["the arms exports of Russia in 2018", "the arms exports of China in 2018"],
        ),
        ("Compare US and UK views of Russia", ["US views of Russia", "UK views of Russia"]),
        ("Compare Russia, China and India", ["Russia", "China", "India"]),
        ("Compare Russia and North Korea", ["Russia", "North Korea"]),
        (
            "Compare how the US and the UK see Russia",
            ["how the US see Russia?", "how the UK see Russia?"],
        ),
        (
            "Compare how the paper describes Russia and China",
            ["how the paper describes Russia", "how the paper describes China"],
        ),
        (
            "Compare how often Russia and China trained",
            ["how often Russia trained?", "how often China trained?"],
        ),
        (
            "Compare Russian views of the Arctic with Chinese views",
            ["Russian views of the Arctic", "Chinese views of the Arctic"],
        ),
        (
            "What is the difference between balancing and complementarity?",
            ["balancing", "complementarity"],
        ),
        (
            "How does the NDS differ from the NMS on Russia?",
            ["the NDS on Russia", "the NMS on Russia"],
        ),
        ("Russia vs. China in space", ["Russia in space", "China in space"]),
        ("Vergleiche Russland und China", ["Russland", "China"]),
        ("Quelle est la différence entre Rome et Paris ?", ["Rome", "Paris"]),
        ("Чем отличается Россия от Китая?", ["Россия", "Китая"]),
        (
            "How many ships did China have in 2015 compared to 2020?",
            ["How many ships did China have in 2015", "How many ships did China have in 2020"],
        ),
        (
            "Compare the ships of the navy in 2015, 2018 and in May 2020",
            [
                "the ships of the navy in 2015",
                "the ships of the navy in 2018",
                "the ships of the navy in May 2020",
            ],
        ),
        ("Compare the laws of May 2015 and 2020", ["the laws of May 2015", "the laws of May 2020"]),
        ("How does inflation in May compare to April?", ["inflation in May", "inflation in April"]),
        ("Compare sales in 2015 and imports in 2020", ["sales in 2015", "imports in 2020"]),
        ("Compare article 5 and 6", ["article 5", "article 6"]),
        ("Compare 2019 and 2020 revenue", ["2019 revenue", "2020 revenue"]),
        (
            "Compare trade with China and trade with India",
            ["trade with China", "trade with India"],
        ),
        ("Compare trade with China and India", ["trade with China", "trade with India"]),
        (
            "Compare the war with Iran and the war with Iraq",
            ["the war with Iran", "the war with Iraq"],
        ),
        ("compare access to water with access to food", ["access to water", "access to food"]),
        ("Compare aid to Ukraine and the sale of arms", ["aid to Ukraine", "the sale of arms"]),
        ("Compare Russia with China and India", ["Russia", "China", "India"]),
        ("compare russia with china and india", ["russia", "china", "india"]),
        ("Compare trade with aid", ["trade", "aid"]),
        ("Compare China to Russia", ["China", "Russia"]),
        ("比较俄罗斯和中国", ["俄罗斯", "中国"]),
    ],
)
def test_a_comparison_has_a_part_for_each_thing(question: str, parts: list[str]) -> None:
    """What the things share is searched with each of them."""
    split = split_question(question)
    assert split
    assert split.kind == "comparison"
    assert searched(question) == parts


def test_questions_in_one_are_parts_and_lean_on_those_before() -> None:
    """A pronoun in the second belongs to the first."""
    split = split_question("When was the treaty signed, and who signed it?")
    assert split
    first, second = split.parts
    assert (first.text, first.after) == ("When was the treaty signed?", ())
    assert (second.text, second.after) == ("who signed it?", (first.text,))
    assert searched("What is the grey zone? Who operates in it?") == [
        "What is the grey zone?",
        "Who operates in it?",
    ]
    assert searched("What does Russia gain and what does China gain from trade?") == [
        "What does Russia gain from trade?",
        "what does China gain from trade?",
    ]


def test_names_that_share_a_question_are_parts() -> None:
    """The question is asked for each."""
    assert searched("What do NATO and the European Union say about Russia?") == [
        "What do NATO say about Russia?",
        "What do the European Union say about Russia?",
    ]


@pytest.mark.parametrize(
    "question",
    [
        "Which air defence system did Russia sell to China?",
        "How do Russia and China cooperate in space?",
        "What is the relationship between Russia and China?",
        "How many soldiers take part, and from how many countries?",
        "What limits trust and hard power?",
        "What is the difference in price?",
        "Compare everything",
        "Compare everything since 2010",
        "Is China stronger than Russia compared to 2010?",
        "Compare China and 2020",
        "Compare NATO and NATO",
        "What do Johnson and Johnson say about vaccines?",
        "Why?",
        "Compare " + " and ".join("abcdefgh"),
        "Compare " + "long " * 80 + "and short",
    ],
)
def test_any_other_question_is_left_whole(question: str) -> None:
    """Names that act together, details, the same thing twice, and what is too much to compare."""
    assert split_question(question) is None

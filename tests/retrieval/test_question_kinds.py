"""Claims are told from questions."""

from __future__ import annotations

import pytest

from chatbot.retrieval.question_kinds import is_claim


@pytest.mark.parametrize(
    "text",
    [
        "Vitamin B12 lowers the risk of stroke.",
        "Joint exercises became more frequent. ",
        "俄罗斯向中国出售了防空系统。",
        "Exports fell in the years when sanctions were in force.",
        "Russia sold the system, which India had ordered first, to China.",
    ],
)
def test_a_claim_states_something(text: str) -> None:
    assert is_claim(text)


@pytest.mark.parametrize(
    "text",
    [
        "Did Russia sell the system?",
        "Who signed the treaty",
        "the treaty was signed by whom.",
        "Please tell me how the fleets train.",
        "List the joint exercises.",
        "The minister wants to know who signed the treaty.",
        "For a briefing I need to establish which systems were sold.",
        "In which year was the treaty signed.",
        "Wann begann die Übung.",
        "s-400 sale to China",
        "arms imports of India",
        "",
    ],
)
def test_a_question_and_keywords_claim_nothing(text: str) -> None:
    assert not is_claim(text)

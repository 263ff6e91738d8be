"""Questions are told from claims and keywords."""

from __future__ import annotations

import pytest

from chatbot.retrieval.question_kinds import is_question


@pytest.mark.parametrize(
    "text",
    [
        "Who signed the treaty",
        "the treaty was signed by whom",
        "Did Russia sell the system?",
        "The S-400?",
        "please tell me how the fleets train",
        "Wann begann die Übung",
        "谁签署了条约",
        "Сколько кораблей участвовало",
    ],
)
def test_a_question_asks(text: str) -> None:
    assert is_question(text)


@pytest.mark.parametrize(
    "text",
    [
        "s-400 sale to China",
        "Vitamin B12 lowers the risk of stroke.",
        "joint exercises",
        "",
    ],
)
def test_a_claim_and_keywords_ask_nothing(text: str) -> None:
    assert not is_question(text)

"""An acronym is asked for, and spelled out."""

from __future__ import annotations

import pytest

from chatbot.retrieval.acronyms import acronym_asked, mentions, spells_out


@pytest.mark.parametrize(
    ("question", "acronym"),
    [
        ("what is A2/AD?", "A2/AD"),
        ("What does C4ISTAR stand for?", "C4ISTAR"),
        ("What does the UAV mean in this paper?", "UAV"),
        ("What is a MaRV?", "MaRV"),
        ("meaning of NATO", "NATO"),
        ("NATO meaning", "NATO"),
        ("What are UAVs?", "UAV"),
        ("What is the sick role?", None),
        ("What is Russia?", None),
        ("What is Russia doing in Syria?", None),
        ("Who leads NATO?", None),
    ],
)
def test_a_question_for_an_acronym_is_recognised(question: str, acronym: str | None) -> None:
    """This holds only if the acronym itself is the subject."""
    assert acronym_asked(question) == acronym


def test_an_acronym_is_found_in_every_writing() -> None:
    """It isn't found inside another word."""
    for text in ("the A2/AD zones", "A2-AD,", "an A2AD"):
        assert mentions(text, "A2/AD")
    assert not mentions("The AIMS of it", "AIM")


@pytest.mark.parametrize(
    ("sentence", "acronym", "spelled"),
    [
        ("They fear anti-access/area denial (A2/AD) zones.", "A2/AD", True),
        ("They fear anti-access and area denial zones.", "A2AD", True),
        ("Multi-domain integration (MDI) is new.", "MDI", True),
        ("Command, control, communications and computers (C4).", "C4", True),
        ("The Ministry of Defence (MOD) pays.", "MOD", True),
        ("Artificial intelligence (AI) is used.", "AI", True),
        ("Allies intend to meet again.", "AI", False),
        ("Military helicopters were lost.", "MH17", False),
        ("The A2/AD zones are large.", "A2/AD", False),
        ("Many days ignore this.", "MOD", False),
        ("Give it as a claim and not as settled fact.", "CNAS", False),
    ],
)
def test_a_sentence_spells_an_acronym_out_by_initials(
    sentence: str, acronym: str, *, spelled: bool
) -> None:
    """A digit repeats its letter, and small words may be left out or count."""
    assert spells_out(sentence, acronym) == spelled

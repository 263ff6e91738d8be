"""A list is quoted as a whole, with the sentence that announces it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from chatbot.retrieval.lists import asks_for_several, may_answer, quoted
from chatbot.types import Passage, Span

AREAS = """The strategy is new. It names three areas:

deter attacks
assure allies. They matter.
compete below war
respond to threats

The rest is secret."""


def quote(text: str, beginning: str, question: str = "Why?") -> str:
    """What is quoted for the sentence that begins like this."""
    passage = _passage(text)
    number = next(
        number
        for number, span in enumerate(passage.sentences)
        if span.of(text).startswith(beginning)
    )
    return quoted(passage, number, question).of(text)


def _passage(text: str) -> Passage:
    """The whole text as a passage; a line has the sentences that its full stops make."""
    sentences = tuple(Span(*match.span()) for match in re.finditer(r"[^\s.][^\n.]*\.?", text))
    return Passage("d#0", "d", 0, text, Span(0, len(text)), (), sentences)


def test_the_announcing_sentence_brings_its_items() -> None:
    """As many as it names: the fourth line is none of the three areas."""
    whole = quote(AREAS, "It names")
    assert whole.startswith("It names three areas:")
    assert whole.endswith("compete below war")


def test_a_sentence_that_breaks_off_is_quoted_with_the_next() -> None:
    """An address often stands apart from its sentence; a short quote has nothing after it."""
    text = (
        "We are glad. To leave the list, please write to\n\nlist-request@example.org\n\nThank you."
    )
    whole = "To leave the list, please write to\n\nlist-request@example"
    assert quote(text, "To leave").startswith(whole)
    assert "Thank" not in quote(text, "To leave")
    assert quote(text, "We are") == "We are glad."
    assert quote("Please write to", "Please") == "Please write to"


def test_an_item_brings_the_list_only_if_several_things_are_asked() -> None:
    """Otherwise the item itself is the answer."""
    assert quote(AREAS, "assure", "What areas does the strategy name?").startswith("It names")
    assert quote(AREAS, "assure", "Whom does the strategy assure?") == "assure allies."
    assert quote(AREAS, "They", "Which areas are there?").endswith("compete below war")


def test_a_sentence_outside_a_list_stands_alone() -> None:
    """Before it, after it, and beyond the number of items that is announced."""
    for beginning in ("The strategy", "The rest", "respond"):
        sentence = quote(AREAS, beginning, "Which areas are there?")
        assert sentence.startswith(beginning)
        assert "\n" not in sentence


@pytest.mark.parametrize(
    "text",
    [
        "Nothing follows this line of the text:",
        "One item is no list:\n\nthe only item of all\n\nA paragraph comes next.",
        "This announces a table:\n\nArea | Year of it\nNorth side | 2017 or so",
        "A form has labels:\n\nName of you\n\nDate of birth\n\nPlace of birth",
    ],
)
def test_what_is_no_list_is_not_quoted_as_one(text: str) -> None:
    """The sentence stands alone."""
    first = text.partition("\n")[0]
    assert quote(text, first[:8], "Which items are there?") == first


def test_a_very_long_list_is_not_quoted_whole() -> None:
    """Nobody reads 1,200 characters at a glance."""
    text = "These are the rules:\n\n" + "\n".join(f"rule {n} is very long " * 6 for n in range(20))
    assert quote(text, "These") == "These are the rules:"


@pytest.mark.parametrize(
    ("question", "several"),
    [
        ("What are the three lines of effort?", True),
        ("Which mission areas does the strategy name?", True),
        ("List all exercises since 2012", True),
        ("When was the treaty signed?", False),
        ("What does C4ISTAR stand for?", False),
        ("Who sold the radar?", False),
        ("What happens in 2017?", False),
        ("What makes Russia strong?", False),
        ("What kinds of weapons fall under A2AD?", True),
    ],
)
def test_questions_for_several_things_are_recognised(question: str, *, several: bool) -> None:
    """A plural after "what" or "which", or "list" and "name"."""
    assert asks_for_several(question) == several


def test_no_header_row_of_several_answers() -> None:
    """Not even the last of them."""
    text = "Branch | 2023 | 2023\nBranch | Plan | Actual\nNorth | 100 | 90\nSouth | 200 | 210"
    lines = tuple(Span(*match.span()) for match in re.finditer(".+", text))
    passage = replace(_passage(text), sentences=lines, heads=lines[:2])
    assert [may_answer(passage, number) for number in range(4)] == [False, False, True, True]


FREEDOMS = (
    "Old hopes are gone. We build on four freedoms. The first is freedom of speech. It matters. "
    "The second is freedom of worship. And the third is freedom from want. "
    "The fourth is freedom from fear. That is no vision of a distant age."
)


def test_a_list_in_prose_is_quoted_if_several_things_are_asked() -> None:
    """From the sentence before it, or from one of its items, up to its last item."""
    asked = "What are the four freedoms?"
    whole = FREEDOMS[FREEDOMS.index("We build") : FREEDOMS.index(" That is")]
    for beginning in ("We build", "The second", "And the third", "It matters"):
        assert quote(FREEDOMS, beginning, asked) == whole
        assert quote(FREEDOMS, beginning, "How many freedoms?").startswith(beginning)
    assert quote(FREEDOMS, "That is", asked) == "That is no vision of a distant age."
    assert quote("They met. First they ate. Then they left.", "They met", asked) == "They met."
    assert quote("A. The first time is hard. The second time too.", "A.", asked) == "A."

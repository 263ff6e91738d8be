"""Judged places: whether a card covers them, and whether the document has them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chatbot.evaluation.judged_places import covers, place_text, unknown_places
from chatbot.evaluation.question_set import Judgment, Question
from chatbot.types import Span
from tests.memory_index import written
from tests.outcomes import card, question_outcome

TEXT = "Talks began in 2003. The radar was sold in Omsk."


@pytest.mark.parametrize(
    ("quote", "covered"),
    [
        ("sold in Omsk", True),
        ("SOLD,  in\nomsk!", True),
        ("Before that: talks began in 2003. The radar was sold in Omsk. And after.", True),
        ("sold in Tomsk", False),
    ],
)
def test_a_quote_is_covered_by_a_passage_that_has_it_or_is_part_of_it(
    *, quote: str, covered: bool
) -> None:
    """Case, punctuation and white space don't matter."""
    assert covers(card("a", TEXT), Judgment("a", quote=quote)) is covered


def test_a_passage_without_words_covers_no_quote() -> None:
    """The empty text would be part of every quote."""
    assert not covers(card("a", "* * *."), Judgment("a", quote="sold in Omsk"))


@pytest.mark.parametrize(
    ("span", "covered"),
    [
        ((110, 120), True),  # inside the passage, which is at 100 to 148
        ((100, 148), True),
        ((0, 1000), True),  # around it
        ((138, 158), True),  # half of it
        ((139, 159), False),  # less than half
        ((148, 150), False),  # adjacent to it
        ((0, 100), False),
    ],
)
def test_a_span_is_covered_where_half_of_the_shorter_is_shared(
    *, span: tuple[int, int], covered: bool
) -> None:
    """Expected values are by hand, for a passage of 48 characters at offset 100."""
    assert covers(card("a", TEXT, start=100), Judgment("a", span=Span(*span))) is covered


def test_a_page_is_covered_by_a_passage_on_it() -> None:
    """Part of the page is enough; a passage without pages covers none."""
    on_two = card("a", TEXT, pages=(3, 4))
    assert [covers(on_two, Judgment("a", page=page)) for page in (2, 3, 4, 5)] == [
        *(False, True, True, False)
    ]
    assert not covers(card("a", TEXT), Judgment("a", page=1))


def test_all_that_a_judgment_names_must_hold() -> None:
    """Document, quote and page must all match."""
    citation = card("a", TEXT, pages=(3,))
    assert covers(citation, Judgment("a", quote="in Omsk", page=3))
    assert not covers(citation, Judgment("a", quote="in Omsk", page=4))
    assert not covers(citation, Judgment("a", quote="in Tomsk", page=3))
    assert not covers(citation, Judgment("b", quote="in Omsk", page=3))


def test_a_judgment_of_a_whole_document_names_no_place_to_cover() -> None:
    """Only the document is measured."""
    assert not covers(card("a", TEXT), Judgment("a"))
    assert not question_outcome("q", card("a"), relevant=(Judgment("a"),)).names_places
    assert question_outcome("q", relevant=(Judgment("b"), Judgment("a", page=1))).names_places


def test_the_first_card_is_distinguished_from_other_passages() -> None:
    """A further passage under the first card is shown, but isn't first."""
    judged = (Judgment("a", quote="in Omsk"),)
    right, wrong = card("a", TEXT), card("a", "Something else.")
    under = replace(wrong, further=(right,))
    places = [
        (outcome.shows_right_place_first, outcome.shows_right_place)
        for outcome in (
            question_outcome("q", right, wrong, relevant=judged),
            question_outcome("q", wrong, right, relevant=judged),
            question_outcome("q", under, relevant=judged),
            question_outcome("q", wrong, relevant=judged),
            question_outcome("q", relevant=judged),
            question_outcome("q", right, relevant=judged, abstained=True),
        )
    ]
    assert places == [
        *((True, True), (False, True), (False, True)),
        *((False, False), (False, False), (True, True)),
    ]


def test_places_that_a_document_does_not_have_are_named() -> None:
    """They name changed text, or lie beyond the end; unknown documents are skipped."""
    document, _ = written("a", TEXT)
    paged = replace(document, doc_id="p", pages=(Span(0, 20), Span(21, 48)))
    questions = [
        Question("q1", "?", (Judgment("a", quote="talks BEGAN"), Judgment("a", quote="in Tomsk"))),
        Question("q2", "?", (Judgment("a", span=Span(40, 48)), Judgment("a", span=Span(40, 49)))),
        Question("q3", "?", (Judgment("p", page=2), Judgment("p", page=3), Judgment("a", page=1))),
        Question("q4", "?", (Judgment("gone", quote="in Tomsk"), Judgment("a"))),
    ]
    places = list(unknown_places(questions, {"a": document, "p": paged}.get))
    assert places == [
        ("q1", "a", "“in Tomsk”"),
        ("q2", "a", "characters 40-49"),
        ("q3", "a", "page 1"),
        ("q3", "p", "page 3"),
    ]


def test_a_place_is_described_in_words() -> None:
    """The page comes first, because people look it up first."""
    judgment = Judgment("a", quote="in\n Omsk", span=Span(3, 9), page=4)
    assert place_text(judgment) == "page 4, characters 3-9, “in Omsk”"
    assert not place_text(Judgment("a"))

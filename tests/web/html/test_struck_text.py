"""Words that are struck through have a line on the page, and every character stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.types import Span
from chatbot.web.chat.answer_html import BestSentence
from chatbot.web.html.marked_text import Segment, Stretch, plain
from chatbot.web.html.page_texts import words_in
from chatbot.web.html.struck_text import with_lines
from chatbot.web.html.templates import _ENVIRONMENT, render


def looks(*texts: str) -> list[tuple[str, str]]:
    lined = with_lines([plain(text) for text in texts])
    return [(segment.look, segment.text) for stretch in lined for segment in stretch.segments]


def test_the_words_between_marks_are_struck() -> None:
    """The marks themselves are told apart, so that the page can hide them."""
    assert looks("The fee is ~~40 euros~~ 50 euros.") == [
        ("plain", "The fee is "),
        ("mark", "~~"),
        ("struck", "40 euros"),
        ("mark", "~~"),
        ("plain", " 50 euros."),
    ]


def test_a_line_goes_on_across_evidence() -> None:
    """Marks may stand in other stretches than some of the words."""
    assert looks("~~old", " words~~ new") == [
        ("mark", "~~"),
        ("struck", "old"),
        ("struck", " words"),
        ("mark", "~~"),
        ("plain", " new"),
    ]


@pytest.mark.parametrize("text", ["~~~~", "a ~~ b ~~ c", "~~~fence~~~", "only ~~one", "~ ~~ ~"])
def test_other_tildes_are_text(text: str) -> None:
    """A row of them, one mark alone, and tildes beside blanks."""
    assert "".join(words for look, words in looks(text) if look == "plain") == text


@given(st.lists(st.text("~ ab\n", max_size=12), max_size=5))
def test_no_character_is_lost(texts: list[str]) -> None:
    """Each stretch keeps its own text."""
    lined = with_lines(
        [Stretch((Segment(text, in_question=True),), evidence=True) for text in texts]
    )
    assert ["".join(s.text for s in stretch.segments) for stretch in lined] == texts


def test_a_mention_keeps_its_number_once() -> None:
    """It is an anchor on the page, and no two anchors may be the same."""
    stretch = Stretch((Segment("40 ~~euros~~", mention=3),))
    assert [segment.mention for segment in with_lines([stretch])[0].segments] == [3, 0, 0, 0]


def test_the_page_draws_a_line_and_keeps_the_marks_out_of_sight() -> None:
    """What a reader copies has all characters, and words of a document are escaped."""
    block = {"is_heading": False, "text": "Fee: ~~40 <b>euros</b>~~ 50 euros."}
    html = render("chat/context.html", blocks=[block], nothing="", words=words_in("en"))
    assert (
        'Fee: <span class="between">~~</span><s>40 &lt;b&gt;euros&lt;/b&gt;</s>'
        '<span class="between">~~</span> 50 euros.'
    ) in html


def test_the_best_sentence_keeps_its_mark_and_its_line() -> None:
    """The words that answer stand behind a struck word."""
    text = "The fee is ~~40~~ 50 euros."
    best = BestSentence(text, answering=Span(text.index("50"), len(text) - 1))
    template = "{% from 'shared/marked.html' import marked %}{{ marked(best, none) }}"
    html = _ENVIRONMENT.from_string(template).render(best=best.stretches)
    assert html == (
        'The fee is <span class="between">~~</span><s>40</s><span class="between">~~</span> '
        "<mark>50 euros</mark>."
    )

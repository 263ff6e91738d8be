"""An answer as HTML: every word as text, the evidence marked, what was not found said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.types import Passage, Span, Verdict
from chatbot.web.chat.hints import Hints
from chatbot.web.html.highlights import MOST_CHARACTERS, excerpt, marked_html, question_words
from tests.hostile import HOSTILE, assert_inert
from tests.markup import select
from tests.web.answers import answered, cited, letters, shown

_hostile = pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())


@_hostile
@pytest.mark.parametrize("verdict", ["strong", "possible", "none"])
def test_an_answer_shows_every_text_as_text(text: str, verdict: Verdict) -> None:
    """In every place where words of a document appear, word for word and nothing else."""
    html = shown(answered(verdict, cited(text, further=(cited(text),))))
    assert_inert(html)
    for place in select(html, "a", kind="source"):
        assert place.text == f"{text} › {text} › pages 3, 4"
    for passage in select(html, "p", kind="passage"):
        assert passage.text == f"{text} {text}"
    legend = [] if verdict == "none" else ["the sentence that answers"]
    assert [each.text for each in select(html, "mark")] == [*legend, text, text]
    assert [each.text for each in select(html, "p", kind="also")] == [f"Also in {text}, {text}"]
    assert [each.attributes["data-doc"] for each in select(html, kind="card")] == [text]
    for each in select(html, "article"):
        assert each.attributes["data-passage"] == f"{text}#0"
        assert each.attributes["data-citation"] == (
            f"“{text}” ({text} › {text} › pages 3, 4; {text})"
        )
    best = [each.text for each in select(html, "blockquote")]
    assert best == ([] if verdict == "none" else [text])


@_hostile
@pytest.mark.parametrize("verdict", ["possible", "none"])
def test_how_a_question_was_understood_is_shown_as_text(text: str, verdict: Verdict) -> None:
    """It is made of what was typed before, and can be edited or set aside."""
    html = shown(answered(verdict, cited("x"), interpreted_question=text))
    assert_inert(html)
    assert [each.text for each in select(html, "bdi", kind="interpreted")] == [text]
    doings = [each.attributes.get("data-do") for each in select(html, "button")]
    assert {"edit", "as-new"} <= {*doings}
    assert select(shown(answered(verdict, cited("x"))), kind="understood") == []


def test_a_question_asked_as_new_can_become_a_follow_up_again() -> None:
    """What was set aside is said, with the way back."""
    html = shown(answered("possible", cited("x")), as_new=True)
    (chip,) = select(html, "p", kind="understood")
    assert chip.text.startswith("Asked as a new question")
    assert len(select(html, "button", **{"data-do": "as-follow-up"})) == 1


@_hostile
def test_words_that_might_help_are_shown_as_text(text: str) -> None:
    """The question's own, and those of the documents."""
    html = shown(answered("none"), hints=Hints((text,), ((text, text),)))
    assert_inert(html)
    (line,) = select(html, "p", kind="hints")
    assert line.text == (
        f"This word is in no document: {text}. Perhaps you mean: {text}. "
        "Try other words, or ask for one thing at a time."
    )


@_hostile
def test_a_link_can_not_leave_its_attribute(text: str) -> None:
    """The address of a citation is escaped too, whatever made it."""
    html = shown(answered("strong", cited("x", url=f"/source/{text}")))
    assert_inert(html)
    links = {each.attributes["href"] for each in select(html, "a")}
    assert links == {f"/source/{text}"}


def test_texts_keep_their_writing_direction_to_themselves() -> None:
    """Each text of a document stands in an element that takes its direction from it alone."""
    html = shown(answered("possible", cited("سلام", further=(cited("سلام"),))))
    (whole,) = select(html, "section")
    isolated = [*select(html, "bdi"), *select(html, dir="auto")]
    assert sum(each.text.count("سلام") for each in isolated) == whole.text.count("سلام") > 0


@pytest.mark.parametrize(
    ("language", "verdict", "words"),
    [
        ("en", "strong", "Strong match"),
        ("en", "possible", "Possible match"),
        ("de", "strong", "Sicherer Treffer"),
        ("de", "possible", "Möglicher Treffer"),
    ],
)
def test_confidence_is_said_in_words(language: str, verdict: Verdict, words: str) -> None:
    """And never as a number."""
    html = shown(answered(verdict, cited("One.")), language)
    assert [each.text for each in select(html, "strong")] == [words]
    (line,) = select(html, kind="confidence")
    assert not any(letter.isdigit() for letter in line.text)


def test_the_best_sentence_comes_first_with_its_place() -> None:
    """Then a card for each document, numbered."""
    html = shown(answered("strong", cited("One."), cited("Two.", marker=2)))
    assert [each.text for each in select(html, "blockquote")] == ["One."]
    (place,) = select(html, "p", kind="place lead")
    assert place.text == "[1] One. › One. › pages 3, 4"
    markers = [each.text for each in select(html, "span", kind="marker")]
    assert markers == ["[1]", "[1]", "[2]"]


def test_nothing_found_says_how_much_was_searched_and_when_it_was_built() -> None:
    """The nearest passages are folded away and labelled; without any there is nothing to unfold."""
    html = shown(answered("none", cited("Near.")))
    (said,) = select(html, "p", kind="not-found")
    assert said.text == "Not found in 1,234 documents, built 2026-03-01 12:30."
    (when,) = select(html, "time")
    assert when.attributes["datetime"] == "2026-03-01T12:30:00+00:00"
    assert select(html, "summary")[0].text == (
        "The nearest passages, which probably do not answer it"
    )
    bare = shown(answered("none", searched_documents=1))
    (said,) = select(bare, "p", kind="not-found")
    assert said.text == (
        "Not found in 1 document, built 2026-03-01 12:30. The filters leave out the others."
    )
    assert select(bare, "details") == []


def test_a_quote_that_does_not_verify_is_not_marked() -> None:
    """Its passage is shown without a highlight, and that is said."""
    html = shown(answered("none", cited("One.", verified=False)))
    assert select(html, "mark") == []
    assert [each.text for each in select(html, "p", kind="passage")] == ["One. One."]
    (note,) = select(html, "p", kind="note")
    assert note.text.startswith("The quote no longer stands in the stored text")


@pytest.mark.parametrize(
    ("pages", "words"), [(None, "A › B"), ((), "A › B"), ((7,), "A › B › page 7")]
)
def test_a_place_is_title_section_and_page(pages: tuple[int, ...] | None, words: str) -> None:
    """As far as there are pages."""
    html = shown(answered("strong", cited("x", title="A", section=("B",), pages=pages)))
    assert {each.text for each in select(html, "a", kind="source")} == {words}


def test_why_a_passage_was_chosen_is_told_in_numbers() -> None:
    """Each clue on a line, with its rank where it has one."""
    html = shown(answered("strong", cited("x")))
    assert [each.text for each in select(html, "tr")] == [
        "ClueRankValue",
        "Meaning of the passage1cosine 0.250",
        "Words–0.500 of the best possible",
        "Meaning of its best sentence–cosine 0.750",
        "Meaning of its document–cosine 1.000",
        "Together–2.500",
    ]


def test_a_megabyte_on_one_line_is_shortened_around_its_evidence() -> None:
    """A card stays readable, says that it is cut, and still shows the evidence."""
    text = "x" * 500_000 + " The answer. " + "y" * 500_000
    quote = Span(500_001, 500_012)
    passage = Passage("d#0", "d", 0, text, Span(0, len(text)), (), ())
    card = cited("d", passage=passage, span=quote, quote="The answer.", title="t" * 1_000_000)
    html = shown(answered("strong", card))
    assert len(html) < 20_000
    (shortened,) = select(html, "p", kind="passage")
    assert len(shortened.text) <= MOST_CHARACTERS
    assert [each.text for each in select(html, "mark")][1:] == ["The answer."]
    assert [each.text for each in select(html, "p", kind="note")] == [
        "Shortened here. The source has all of it."
    ]


# -- highlights ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "question", "found"),
    [
        ("China's fleet buys S-400 systems.", "Does china buy the s-400?", ["China's", "S-400"]),
        ("He's here; she's there.", "What is China's?", []),
        ("The fleet of the fleets", "Which fleet?", ["fleet"]),
        ("俄罗斯向中国出售防空系统", "中国的防空系统", ["中国", "防空系统"]),
        ("", "anything", []),
    ],
)
def test_the_words_of_a_question_are_found_in_a_text(
    text: str, question: str, found: list[str]
) -> None:
    """Those that name something; of writing without spaces, the stretches that both have."""

    def terms(word: str) -> list[str]:
        return word.casefold().replace("'", " ").replace("-", " ").split()

    assert [each.of(text) for each in question_words(text, question, terms)] == found


@given(st.text("ab<>&\"' \n"), st.integers(0, 20), st.integers(0, 20), st.text("ab ", min_size=1))
def test_highlights_change_no_word(text: str, start: int, length: int, question: str) -> None:
    """The text is what it was, the mark holds the evidence, bold words are the question's."""
    start = min(start, len(text))
    span = Span(start, min(start + length, len(text)))
    html = marked_html(excerpt(text, span, question, letters))
    (whole,) = select(f"<p>{html}</p>", "p")
    assert whole.text == text
    assert [each.text for each in select(html, "mark")] == [span.of(text)]
    assert {each.text for each in select(html, "b")} <= {*question.split()}

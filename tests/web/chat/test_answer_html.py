"""An answer as HTML: texts are escaped, the evidence is marked, and abstentions say so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.types import Passage, Span, Verdict
from chatbot.web.chat.conversations import Turn
from chatbot.web.chat.hints import Hints
from chatbot.web.html.highlights import MOST_CHARACTERS, excerpt, question_words
from tests.hostile import HOSTILE, assert_inert
from tests.markup import select
from tests.web.answers import answered, cited, letters, marked_html, shown

_hostile = pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())


@_hostile
@pytest.mark.parametrize("verdict", ["strong", "possible", "none"])
def test_an_answer_shows_every_text_as_text(text: str, verdict: Verdict) -> None:
    """Documents can't add markup in any place where their text appears."""
    html = shown(answered(verdict, cited(text, further=(cited(text),))))
    assert_inert(html)
    for place in select(html, "a", kind="source"):
        assert place.text == f"{text} › {text} › pages 3, 4"
    for passage in select(html, "p", kind="passage"):
        assert passage.text == f"{text} {text}"
    legend = [] if verdict == "none" else ["best-matching sentence"]
    assert [element.text for element in select(html, "mark")] == [*legend, text, text]
    assert [element.text for element in select(html, "p", kind="also")] == [
        f"Also in {text}, {text}"
    ]
    assert [element.attributes["data-doc"] for element in select(html, kind="card")] == [text]
    for element in select(html, "article"):
        assert element.attributes["data-passage"] == f"{text}#0"
    copied = [button.attributes["data-copy"] for button in select(html, **{"data-do": "copy"})]
    citation = f"“{text}” ({text} › {text} › pages 3, 4; {text})"
    assert [copy for copy in copied if copy and copy.startswith(f"{citation}\n/source/")] == [
        *copied[:-1:2]
    ]
    best = [element.text for element in select(html, "blockquote")]
    assert best == ([] if verdict == "none" else [text])


@_hostile
@pytest.mark.parametrize("verdict", ["possible", "none"])
def test_how_a_question_was_understood_is_shown_as_text(text: str, verdict: Verdict) -> None:
    """The interpretation is escaped, and can be edited or set aside."""
    html = shown(answered(verdict, cited("x"), interpreted_question=text))
    assert_inert(html)
    assert [element.text for element in select(html, "bdi", kind="interpreted")] == [text]
    (field,) = select(html, "input")
    assert field.attributes["value"] == text
    (form,) = select(html, "form")
    buttons = select(html, "button")
    assert "as-new" in [button.attributes.get("data-do") for button in buttons]
    targets = [button.attributes.get("popovertarget") for button in buttons]
    assert targets.count(form.attributes["id"]) == 2  # to edit, and to leave it
    assert select(shown(answered(verdict, cited("x"))), kind="understood") == []


def test_a_question_asked_without_context_can_become_a_follow_up_again() -> None:
    """The chip says that context was set aside, and has a button to undo it."""
    html = shown(answered("possible", cited("x")), turn=Turn(question="x", fresh=True))
    (chip,) = select(html, "p", kind="understood")
    assert chip.text.startswith("Asked without the earlier questions.")
    assert len(select(html, "button", **{"data-do": "as-follow-up"})) == 1


@_hostile
def test_hints_are_shown_as_text(text: str) -> None:
    """Words of the question and words of the documents alike."""
    html = shown(answered("none"), hints=Hints((text,), ((text, text),)))
    assert_inert(html)
    (line,) = select(html, "p", kind="hints")
    assert line.text == (
        f"This word isn't in any document: {text}. Did you mean “{text}”? "
        "Try different words, or one question at a time."
    )


@_hostile
def test_a_link_can_not_leave_its_attribute(text: str) -> None:
    """The address of a citation is escaped too."""
    html = shown(answered("strong", cited("x", url=f"/source/{text}")))
    assert_inert(html)
    links = {element.attributes["href"] for element in select(html, "a")}
    assert links == {f"/source/{text}"}


def test_texts_do_not_change_the_writing_direction_around_them() -> None:
    """Every text of a document is in an element with a direction of its own."""
    html = shown(answered("possible", cited("سلام", further=(cited("سلام"),))))
    (whole,) = select(html, "section")
    isolated = [*select(html, "bdi"), *select(html, dir="auto")]
    assert sum(element.text.count("سلام") for element in isolated) == whole.text.count("سلام") > 0


@pytest.mark.parametrize(
    ("language", "verdict", "words"),
    [
        ("en", "strong", "Strong match"),
        ("en", "possible", "Possible match"),
        ("de", "strong", "Deutlicher Treffer"),
        ("de", "possible", "Möglicher Treffer"),
    ],
)
def test_confidence_is_shown_in_words(language: str, verdict: Verdict, words: str) -> None:
    """People see no number."""
    html = shown(answered(verdict, cited("One.")), language)
    assert [element.text for element in select(html, "strong")] == [words]
    (line,) = select(html, kind="confidence")
    assert not any(letter.isdigit() for letter in line.text)


def test_the_best_sentence_comes_first_with_its_place() -> None:
    """Numbered cards follow, one per document."""
    html = shown(answered("strong", cited("One."), cited("Two.", marker=2)))
    assert [element.text for element in select(html, "blockquote")] == ["One."]
    (place,) = select(html, "p", kind="place lead")
    assert place.text == "[1] One. › One. › pages 3, 4"
    markers = [element.text for element in select(html, "span", kind="marker")]
    assert markers == ["[1]", "[1]", "[2]"]


def test_nothing_found_says_how_much_was_searched() -> None:
    """The closest passages are folded away under a label, if there are any."""
    html = shown(answered("none", cited("Near.")))
    (message,) = select(html, "p", kind="not-found")
    assert message.text == "No clear answer in 1,234 documents."
    assert select(html, "summary")[0].text == "Closest passages"
    bare = shown(answered("none", searched_documents=1))
    (message,) = select(bare, "p", kind="not-found")
    assert message.text == (
        "No clear answer in 1 document. Filters exclude the other documents. Search all"
    )
    assert select(bare, "details") == []


def test_a_quote_that_does_not_verify_is_not_marked() -> None:
    """Its passage is shown without highlight, with a note."""
    html = shown(answered("none", cited("One.", verified=False)))
    assert select(html, "mark") == []
    assert [element.text for element in select(html, "p", kind="passage")] == ["One. One."]
    (note,) = select(html, "p", kind="note")
    assert note.text.startswith("This quote no longer matches the stored text")


@pytest.mark.parametrize(
    ("pages", "words"), [(None, "A › B"), ((), "A › B"), ((7,), "A › B › page 7")]
)
def test_a_place_is_title_section_and_page(pages: tuple[int, ...] | None, words: str) -> None:
    """Pages are left out if the format has none."""
    html = shown(answered("strong", cited("x", title="A", section=("B",), pages=pages)))
    assert {element.text for element in select(html, "a", kind="source")} == {words}


def test_the_ranking_of_a_passage_is_shown_in_numbers() -> None:
    """One line per clue, with its rank if it has one."""
    html = shown(answered("strong", cited("x")))
    assert [element.text for element in select(html, "tr")] == [
        "SignalRankScore",
        "Meaning of the passage1cosine 0.250",
        "Matching words–0.500 of the maximum",
        "Meaning of its best sentence–cosine 0.750",
        "Meaning of its document–cosine 1.000",
        "Total–2.500",
    ]


def test_a_megabyte_on_one_line_is_shortened_around_its_evidence() -> None:
    """The card stays small, says that it's shortened, and shows the evidence."""
    text = "x" * 500_000 + " The answer. " + "y" * 500_000
    quote = Span(500_001, 500_012)
    passage = Passage("d#0", "d", 0, text, Span(0, len(text)), (), ())
    card = cited("d", passage=passage, span=quote, quote="The answer.", title="t" * 1_000_000)
    html = shown(answered("strong", card))
    assert len(html) < 20_000
    (shortened,) = select(html, "p", kind="passage")
    assert len(shortened.text) <= MOST_CHARACTERS
    assert [element.text for element in select(html, "mark")][1:] == ["The answer."]
    assert [element.text for element in select(html, "p", kind="note")] == [
        "Shortened. The source has the full text."
    ]


# -- highlights ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "question", "matches"),
    [
        ("China's fleet buys S-400 systems.", "Does china buy the s-400?", ["China's", "S-400"]),
        ("He's here; she's there.", "What is China's?", []),
        ("The fleet of the fleets", "Which fleet?", ["fleet"]),
        ("俄罗斯向中国出售防空系统", "中国的防空系统", ["中国", "防空系统"]),
        ("", "anything", []),
    ],
)
def test_the_words_of_a_question_are_found_in_a_text(
    text: str, question: str, matches: list[str]
) -> None:
    """Naming words match by terms; unspaced scripts match by shared runs of letters."""

    def terms(word: str) -> list[str]:
        return word.casefold().replace("'", " ").replace("-", " ").split()

    assert [word.of(text) for word in question_words(text, question, terms)] == matches


@given(st.text("ab<>&\"' \n"), st.integers(0, 20), st.integers(0, 20), st.text("ab ", min_size=1))
def test_highlights_change_no_word(text: str, start: int, length: int, question: str) -> None:
    """The text is unchanged, the mark is the evidence, and bold words are the question's."""
    start = min(start, len(text))
    span = Span(start, min(start + length, len(text)))
    html = marked_html(excerpt(text, span, question, letters))
    (whole,) = select(f"<p>{html}</p>", "p")
    assert whole.text == text
    assert [element.text for element in select(html, "mark")] == [span.of(text)]
    assert {element.text for element in select(html, "b")} <= {*question.split()}

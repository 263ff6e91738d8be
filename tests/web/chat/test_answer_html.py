"""An answer as HTML: texts are escaped, the evidence is marked, and abstentions say so."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.answers import (
    AboutDocuments,
    AnswerPart,
    Citation,
    Correction,
    DocumentCount,
    Elsewhere,
    LinkedDocument,
    Quote,
    Verdict,
)
from chatbot.types import DocumentSummary, Metadata, Passage, Span
from chatbot.web.chat.conversations import Turn
from chatbot.web.chat.example_questions import Example
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
    assert [element.text for element in select(html, "mark")] == [text, text]
    assert [element.text for element in select(html, "p", kind="also")] == [
        f"Also in {text}, {text}"
    ]
    assert [element.attributes["data-doc"] for element in select(html, kind="card")] == [text]
    for element in select(html, "article"):
        assert element.attributes["data-passage"] == f"{text}#0"
    copied = [button.attributes["data-copy"] for button in select(html, **{"data-do": "copy"})]
    citation = f"“{text}” ({text} › {text} › pages 3, 4; {text}, {text}, {text})"
    assert [copy for copy in copied if copy and copy.startswith(f"{citation}\n/source/")] == [
        *copied[: -1 if verdict == "none" else -2 : 2]
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


@_hostile
def test_a_corrected_question_can_be_searched_as_typed(text: str) -> None:
    """The page shows what was searched, and sends the question as typed when asked to."""
    answer = answered(
        "possible",
        cited("x"),
        question=f"raed {text}",
        interpreted_question=f"read {text}",
        corrections=(Correction("raed", "read"),),
    )
    html = shown(answer)
    assert_inert(html)
    (form,) = select(html, "form", kind="understood")
    assert form.attributes["data-do"] == "apply"
    assert form.text == f"Showing results for “read {text}”. Search instead for “raed {text}”"
    (field,) = select(html, "input")
    assert field.attributes["value"] == f"raed {text}"


@_hostile
def test_what_is_known_of_documents_is_shown_as_text(text: str) -> None:
    """Each row opens its document; the passages are folded away below."""
    summary = DocumentSummary(text, text, text, "text/plain", Metadata(author=text, date=text), 1)
    row = LinkedDocument(summary, "/source/x?build=b")
    listed = AboutDocuments("list", (row,), 1, (DocumentCount(text, 1_234),))
    html = shown(answered("none", cited("x"), about=listed))
    assert_inert(html)
    assert next(link.text for link in select(html, "a", kind="source")) == text
    rows = [element.text for element in select(html, "p", kind="facts")]
    assert rows[:2] == [f"{text}: 1,234", f"{text} · {text} · {text} · Text"]
    assert len(select(html, "details", kind="nearest")) == 1
    assert select(html, kind="confidence") == []


@_hostile
def test_a_summary_is_called_central_sentences_and_quotes_them(text: str) -> None:
    """Each has its marker and the place that it opens; one that doesn't verify says so."""
    summary = DocumentSummary(text, text, text, "text/plain", Metadata(), 1)
    quote = Quote(1, text, text, (text,), (3,), Span(1, 2), text, "/source/x?span=1-2#evidence")
    known = AboutDocuments(
        "summary",
        (LinkedDocument(summary, "/source/x"),),
        1,
        sentences=(quote, replace(quote, marker=2, verified=False)),
    )
    html = shown(answered("strong", cited("x"), about=known))
    assert_inert(html)
    assert select(html, "p", kind="not-found")[0].text == f"Key sentences from {text}"
    assert [element.text for element in select(html, "blockquote")] == [text, text]
    link = select(html, "a", kind="source")[0]
    assert (link.text, link.attributes["href"]) == (f"{text} › {text} › page 3", quote.url)
    assert [element.text for element in select(html, "p", kind="note")] == [
        "This quote no longer matches the stored text, so nothing is highlighted."
    ]


@_hostile
def test_a_greeting_is_answered_with_one_sentence_and_examples(text: str) -> None:
    """No passage is shown, and nothing is called a match."""
    examples = (Example(text, text),)
    greeting = answered("none", cited("x"), about=AboutDocuments("greeting"))
    html = shown(greeting, examples=examples)
    assert_inert(html)
    assert len(select(html, "p", kind="not-found")) == 1
    (button,) = select(html, **{"data-do": "example"})
    assert button.attributes["data-question"] == text
    assert select(html, "article") == []


def test_a_question_asked_without_context_can_become_a_follow_up_again() -> None:
    """The chip says that context was set aside, and has a button to undo it."""
    html = shown(answered("possible", cited("x")), turn=Turn(question="x", fresh=True))
    (chip,) = select(html, "p", kind="understood")
    assert chip.text.startswith("Asked without the earlier questions.")
    assert len(select(html, "button", **{"data-do": "as-follow-up"})) == 1


@_hostile
def test_hints_are_shown_as_text(text: str) -> None:
    """Words of the question and words of the documents alike."""
    html = shown(answered("none"), hints=Hints((text,), ((text, text),), (text,)))
    assert_inert(html)
    (line,) = select(html, "p", kind="hints")
    assert line.text == (
        f"This word isn't in any document: {text}. "
        f"The closest passage doesn't mention {text}. Did you mean “{text}”? "
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


def test_a_marker_stands_for_one_passage_and_is_shown_once() -> None:
    """A further passage of a document has a number of its own below the document's."""
    further = (cited("More."), cited("Still more."))
    html = shown(answered("strong", cited("One.", further=further), cited("Two.", marker=2)))
    markers = [element.text for element in select(html, "span", kind="marker")]
    assert markers == ["[1]", "[1.2]", "[1.3]", "[2]"]


def test_an_answer_is_copied_with_its_citations_as_text_and_for_word() -> None:
    """Quoted lines are marked; an address stands on its own line, for the page to complete."""
    known = Metadata(author="Desk", date="2019-03")
    first = cited("One.\nMore.", title="Ships", source="ships.md", metadata=known)
    second = cited("Two.", marker=2, metadata=Metadata())
    html, url = shown(answered("strong", first, second)), first.url
    (button,) = [
        each for each in select(html, "button") if each.text == "Copy answer with citations"
    ]
    assert button.attributes["data-copy"] == (
        "asked\nStrong match\n\n"
        "> One.\n> More.\n\n"
        f"[1] Ships › One.\nMore. › pages 3, 4; Mar 2019, Desk, ships.md\n{url}\n\n"
        f"> Two.\n\n[2] Two. › Two. › pages 3, 4; Two.\n{url}"
    )
    pasted = button.attributes["data-html"]
    assert [quote.text for quote in select(pasted, "blockquote")] == ["One.\nMore.", "Two."]
    assert {link.attributes["href"] for link in select(pasted, "a")} == {url}


def test_a_card_shows_date_author_file_and_kind_of_its_document() -> None:
    """In this order, once a card: further passages are of the same document."""
    known = Metadata(author="Desk", date="2019-03-01")
    one = cited("One.", source="a.md", media_type="text/markdown", metadata=known)
    html = shown(answered("strong", replace(one, further=(cited("More."),))))
    facts = [element.text for element in select(html, "p", kind="facts")]
    assert facts == ["1 Mar 2019 · Desk · a.md · Markdown"]


@_hostile
def test_each_part_of_a_question_stands_above_its_quote(text: str) -> None:
    """A part without an answer is named below the verdict instead."""
    parts = (
        AnswerPart(text, "q", "possible", 0.5, 1),
        AnswerPart("second", "q", "none", 0.1, None),
        AnswerPart("third", "q", "strong", 0.9, 2),
        AnswerPart("fourth", "q", "strong", 0.9, 2),
    )
    cards = (cited("One."), cited("Two.", marker=2), cited("Other.", marker=3))
    html = shown(answered("possible", *cards, parts=parts))
    assert_inert(html)
    heads = [element.text for element in select(html, "h3", kind="part")]
    assert heads == [text, "third, fourth"]
    assert [element.text for element in select(html, "p", kind="note")] == [
        "No clear answer for second."
    ]
    assert [element.text for element in select(html, "blockquote")] == ["One.", "Two."]
    assert len(select(html, "li", kind="card")) == 3
    (copied,) = [
        button.attributes for button in select(html, "button") if "data-html" in button.attributes
    ]
    notes = [f"{text}: [1]", "second: No clear answer.", "third: [2]", "fourth: [2]"]
    for note in notes:
        assert f"- {note}\n" in copied["data-copy"]
    assert [item.text for item in select(copied["data-html"], "li")] == notes


@_hostile
def test_what_other_documents_say_stands_below_the_first_sentence(text: str) -> None:
    """The same words, then another figure, each with its marker as a link to its place."""
    others = (
        Elsewhere(2, text, Span(1, 2), agrees=True),
        Elsewhere(3, text, Span(1, 2), agrees=False),
    )
    cards = (cited("One."), cited("Two.", marker=2), cited("Three.", marker=3))
    html = shown(answered("strong", *cards, elsewhere=others))
    assert_inert(html)
    (line,) = select(html, "p", kind="elsewhere")
    assert line.text.strip() == f"Also in [2]. [3] says {text}."
    links = select(html, "a", kind="marker")
    assert [(link.text, link.attributes["href"]) for link in links] == [
        ("[2]", cards[1].url),
        ("[3]", cards[2].url),
    ]
    (copied,) = [
        button.attributes for button in select(html, "button") if "data-html" in button.attributes
    ]
    assert f"- Also in [2].\n- [3] says {text}.\n" in copied["data-copy"]


def test_nothing_found_says_how_much_was_searched() -> None:
    """The closest passages stand open below a label, if there are any."""
    html = shown(answered("none", cited("Near.")))
    (message,) = select(html, "p", kind="not-found")
    assert message.text == "No clear answer in 1,234 documents."
    assert [heading.text for heading in select(html, "h3")] == ["Closest passages"]
    assert len(select(html, "li", kind="card")) == 1
    assert [fold.attributes["class"] for fold in select(html, "details")] == ["why"]
    bare = shown(answered("none", searched_documents=1))
    (message,) = select(bare, "p", kind="not-found")
    assert message.text == (
        "No clear answer in 1 document. Filters exclude the other documents. Search all"
    )
    assert select(bare, "h3") == []


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
    assert [element.text for element in select(html, "mark")] == ["The answer."]
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


def in_language(text: str, language: str) -> Citation:
    """A citation whose passage is in a language."""
    citation = cited(text)
    return replace(citation, passage=replace(citation.passage, language=language))


@pytest.mark.parametrize(
    ("page_language", "line"),
    [
        ("en", "Your question is in German; this passage is in English."),
        ("de", "Ihre Frage ist auf Deutsch, diese Stelle ist auf Englisch."),
        ("fr", "Langue de votre question : allemand ; langue de ce passage : anglais."),
        ("ru", "Язык вашего вопроса: немецкий; язык этого фрагмента: английский."),
        ("zh", "您的问题是德语，这段文字是英语。"),
    ],
)
def test_a_passage_in_another_language_than_the_question_says_so(
    page_language: str, line: str
) -> None:
    """Once for all passages in that language."""
    citations = [in_language("a", "en"), in_language("b", "en"), in_language("c", "de")]
    html = shown(answered("strong", *citations, question_language="de"), page_language)
    assert html.count(line) == 1


@pytest.mark.parametrize(("asked_in", "passage"), [("en", "en"), (None, "en"), ("de", None)])
def test_nothing_is_said_of_languages_that_agree_or_are_unknown(
    asked_in: str | None, passage: str | None
) -> None:
    """A note that may be wrong is worse than none."""
    citation = in_language("a", passage or "")
    html = shown(answered("strong", citation, question_language=asked_in))
    assert "Your question is in" not in html


@pytest.mark.parametrize(
    ("asked_in", "english_only", "said"),
    [("de", True, True), ("de", False, False), ("en", True, False), (None, True, False)],
)
def test_a_refusal_says_that_the_model_reads_english(
    asked_in: str | None, *, english_only: bool, said: bool
) -> None:
    """It says so only if the question is known to be in another language, and what to do."""
    answer = answered("none", question_language=asked_in)
    (line,) = select(shown(answer, english_only=english_only), "p", kind="hints")
    assert ("your question is in German" in line.text) == said
    assert ("multilingual-e5-small" in line.text) == said

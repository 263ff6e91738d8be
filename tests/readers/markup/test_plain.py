"""Plain text: paragraphs, lists and cautiously guessed headings."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.text.clean import one_line
from tests.readers.reading import blocks, covers, document, documents

PARAGRAPH = "It is a long established fact that a relationship of this kind takes many years. " * 2


def test_a_line_above_prose_is_a_heading() -> None:
    """It is short, capitalised and without a full stop; the first such line is the title."""
    doc = document("a.txt", f"A Title\n\n{PARAGRAPH}\n\nWhat should I do?\n\n{PARAGRAPH}")
    assert [(block.kind, block.level) for block in doc.blocks] == [
        ("heading", 1),
        ("paragraph", 0),
        ("heading", 2),
        ("paragraph", 0),
    ]
    assert doc.title == "A Title"


@pytest.mark.parametrize(
    ("first", "title"),
    [
        ("Constitution of the Project (v1.9)", "Constitution of the Project (v1.9)"),
        ("Address to the Congress, 1954-01-07", "Address to the Congress, 1954-01-07"),
        ("Version 1.2 is from October 1st.", "A Later Heading"),
        ("CONFIDENTIAL", "A Later Heading"),
        ("JCN 2/18", "A Later Heading"),
    ],
)
def test_the_first_line_is_the_title_even_above_a_short_line(first: str, title: str) -> None:
    """A later heading is so only if the first line is a sentence, a genre or a code."""
    doc = document("a.txt", f"{first}\n\nMr. Speaker:\n\nA Later Heading\n\n{PARAGRAPH}")
    assert doc.title == title


def test_a_headline_in_capitals_may_have_numbers() -> None:
    """It isn't taken for a code, whose words are short."""
    for line in ("QATAR UNVEILS BUDGET FOR FISCAL 1987/88", "HARBOUR STAKE RISES TO 11 PCT"):
        assert document("a.txt", f"{line}\n\n{PARAGRAPH}").title == line


@pytest.mark.parametrize(
    "line",
    [
        "This is a sentence.",
        "lower case words",
        "First of all,",
        "Dear reader:",
        "12 345",
        "A line of far more words than any heading would ever have in a text",
        "Word " + "x" * 80,
        "Two lines\nin one paragraph",
        "Leave a Reply",
    ],
)
def test_other_short_lines_are_not_headings(line: str) -> None:
    """Sentences, fragments, numbers and furniture aren't headings."""
    doc = document("a.txt", f"{line}\n\n{PARAGRAPH}")
    assert "heading" not in {kind for kind, _ in blocks(doc)}


def test_a_line_above_no_prose_is_not_a_heading() -> None:
    """Lines of an address or a poem aren't headings of the next line."""
    doc = document("a.txt", "First Line\n\nSecond Line\n\nThird Line")
    assert {kind for kind, _ in blocks(doc)} == {"paragraph"}


def test_an_underlined_line_is_a_heading() -> None:
    """Equals signs underline the first level, hyphens the second."""
    doc = document("a.txt", "Title\n=====\n\nShort.\n\nsection\n-------\n\nShort.")
    assert [(block.level, block.span.of(doc.text)) for block in doc.blocks] == [
        (1, "Title"),
        (0, "Short."),
        (2, "section"),
        (0, "Short."),
    ]


def test_wrapped_lines_are_joined_and_intended_line_ends_kept() -> None:
    """A line was ended on purpose if the next word would have fitted."""
    doc = document(
        "a.txt",
        "The two countries have held exercises\n"
        "every year since the first one in\n"
        "2003.\n"
        "Sergei Ivanov\n"
        "Minister of Defence",
    )
    assert blocks(doc) == [
        (
            "paragraph",
            "The two countries have held exercises every year since the first one in 2003.",
        ),
        ("paragraph", "Sergei Ivanov"),
        ("paragraph", "Minister of Defence"),
    ]


def test_bullets_are_items() -> None:
    """Every usual bullet and number begins an item, and an item may wrap."""
    marks = ["-", "*", "•", "–", "1.", "2)", "(3)", "(a)", "b."]
    doc = document("a.txt", "\n".join(f"{mark} item" for mark in marks))
    assert blocks(doc) == [("item", f"{mark} item") for mark in marks]
    wrapped = document("a.txt", "- an item that is wrapped because\n  its words were many\n- next")
    assert blocks(wrapped) == [
        ("item", "- an item that is wrapped because its words were many"),
        ("item", "- next"),
    ]


@given(st.text(st.sampled_from("abcÄя演. \n\r\t*-1)(#\u200b"), max_size=80))
@settings(max_examples=300, deadline=None)
def test_plain_text_keeps_every_character(text: str) -> None:
    """Except for underlines, the document has every character of the file, in order."""
    content = re.sub(r"(?m)^\s*-{3,}\s*$", "", one_line_each(text))
    expected = "".join(content.split())
    if not expected:
        return
    docs = documents("a.txt", text.encode())
    assert docs
    assert covers(docs[0])
    assert "".join(docs[0].text.split()).replace("---", "") == expected.replace("---", "")


def one_line_each(text: str) -> str:
    return "\n".join(map(one_line, re.split("\r\n?|\n", text)))


def test_each_message_of_a_chat_is_a_paragraph() -> None:
    """The export is called by its file's name, not by its first message."""
    chat = (
        "12/03/2026, 18:02 - Messages are encrypted. Nobody outside of this chat can read them.\n"
        "12/03/2026, 18:03 - Ada: Who has the key of shed 3?\n"
        "[12.03.26, 18:04:09] Bo: I do.\n"
    )
    doc = document("Rowing.txt", chat)
    assert [text for _, text in blocks(doc)] == chat.splitlines()
    assert doc.title == "Rowing"


def test_quoted_lines_are_joined_without_their_signs() -> None:
    """An answer below them stays apart."""
    mail = (
        "> What did the old contract say about\n> the electricity?\nIt was included in the rent.\n"
    )
    texts = [text for _, text in blocks(document("mail.txt", mail))]
    assert texts == [
        "> What did the old contract say about the electricity?",
        "It was included in the rent.",
    ]


def test_fields_below_each_other_are_lines_of_their_own() -> None:
    """A colon in a wrapped sentence isn't the name of a field."""
    record = "Berth: 14\nOwner: Ada Lund, harbour office of Kiel\nRent: 410 euros\n"
    assert [text for _, text in blocks(document("a.txt", record))] == record.splitlines()
    prose = "The board agreed on one thing, and it told everybody on the\nSame: the rent stays.\n"
    assert len(blocks(document("b.txt", prose))) == 1


@pytest.mark.parametrize(
    "table",
    [
        "Country      2022    2023\nChina         1.0     2.0\nRussia        3.0",
        "Country\t2022\t2023\nChina\t1.0\t2.0\nRussia\t3.0\t",
        "+--------+----+\n|Country|2022|2023|\n+--------+----+\n|China|1.0|2.0|\n|Russia|3.0||",
    ],
)
def test_a_table_in_plain_text_is_rows_below_its_header(table: str) -> None:
    """Its columns are lined up with spaces, separated by tabs or drawn; titles come before it."""
    doc = document("a.txt", f"{PARAGRAPH}\n\nTrade in billions\n{table}\n\n{PARAGRAPH}")
    assert blocks(doc)[1:-1] == [
        ("paragraph", "Trade in billions"),
        ("header_row", "Country | 2022 | 2023"),
        ("row", "China | 1.0 | 2.0"),
        ("row", "Russia | 3.0 |"),
    ]
    assert covers(doc)


def test_a_drawn_line_below_names_makes_a_table_of_words() -> None:
    """Without it, words in columns may be a poem, an address or prose in two columns."""
    columns = ["Treaty    Moscow", "Contract  Beijing", "Exercise  Omsk"]
    drawn = document("a.txt", "\n".join(["Event     Place", "-----     -----", *columns]))
    assert blocks(drawn)[0] == ("header_row", "Event | Place")
    assert {kind for kind, _ in blocks(document("a.txt", "\n".join(columns)))} == {"paragraph"}


def test_a_word_wrapped_at_its_hyphen_is_one_word() -> None:
    """Only "short- and long-term" keeps its space."""
    doc = document(
        "a.txt",
        "They signed a contract about long-\nterm loans of the banks, and about short-\n"
        "and medium-term loans of the state.",
    )
    assert doc.text == (
        "They signed a contract about long-term loans of the banks, and about short- "
        "and medium-term loans of the state."
    )

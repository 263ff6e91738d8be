"""Text of PDF files that once vanished without a word: forms, rare letters, ligatures, joins."""

from __future__ import annotations

import numpy as np
import pytest

from chatbot.readers.pdf.characters import characters, reversed_words, unturned
from chatbot.readers.pdf.page_words import Floats
from chatbot.readers.pdf.pdf_writer import _joins
from chatbot.types import Span
from tests.readers.pdfs import Words, form, lines, pdf
from tests.readers.reading import blocks, document, read_or_reason


def test_what_is_typed_into_a_form_is_read_with_its_label() -> None:
    """The label stands beside the field, above it, or in the file; empty fields are left out."""
    labels = [Words(72, 700, "Name of boat"), Words(120, 640, "Shore power")]
    fields = [
        ("Tx", (200, 695, 400, 712), "boat", "Thistle"),
        ("Tx", (200, 660, 400, 677), "Home port", "Quay 7"),
        ("Tx", (200, 600, 400, 617), "Length", ""),
        ("Btn", (100, 638, 112, 650), "b1", "Yes"),
        ("Btn", (100, 610, 112, 622), "b2", "Off"),
    ]
    doc = document("a.pdf", form(labels, fields))
    assert [text for _, text in blocks(doc)][-3:] == [
        "Name of boat: Thistle",
        "Home port: Quay 7",
        "Shore power: yes",
    ]
    place = doc.blocks[-3].span
    (run,) = [run for run in doc.runs if run.span == place]
    assert run.box == pytest.approx((200, 80, 400, 97))


def test_a_form_without_other_text_is_read() -> None:
    """A page whose only words are typed isn't a scan."""
    doc = document("a.pdf", form([], [("Tx", (200, 695, 400, 712), "Boat", "Thistle")]))
    assert doc.text == "Boat: Thistle"


def test_characters_beyond_u_ffff_are_joined_from_their_halves() -> None:
    """The text keeps an index for each half, as PDFium counts."""
    text = characters([ord("a"), 0xD835, 0xDC65, ord("b"), 0xD835, 0])
    assert text.replace("\u2060", "") == "a\U0001d465b\ud835 "
    assert len(text) == 6


def test_only_a_lam_alef_of_one_glyph_is_turned() -> None:
    """An alef before a lam with a box of its own is the article."""

    def boxes(places: object) -> Floats:
        assert isinstance(places, list)
        # The first two letters share a box; all others have one of their own.
        return np.array([[0 if place < 2 else 10 * place, 0, 5, 9] for place in places], np.float64)

    assert unturned("\u0627\u0644 \u0627\u0644", boxes) == "\u0644\u0627 \u0627\u0644"


def test_lines_of_ordinary_words_keep_their_space() -> None:
    """Only lines of Chinese and Japanese are joined without one."""
    texts = ["The harbour master counted every boat between the two old", "bridges of the town."]
    assert document("a.pdf", pdf(lines(72, 700, texts))).text == " ".join(texts)


@pytest.mark.parametrize(
    ("text", "following", "joined"),
    [
        ("\u4ed3", "\u5e93", True),
        ("\u4ed3", "\uff0c", True),
        ("\u4ed3", "a", False),
        ("a", "b", False),
    ],
)
def test_lines_of_chinese_are_joined_without_a_space(
    text: str, following: str, *, joined: bool
) -> None:
    """A Latin word keeps its space."""
    assert _joins(text, following) is joined


_TEMPLATE = """<template xmlns="http://www.xfa.org/schema/xfa-template/2.8/"><subform name="f">
<field name="berth"><caption><value><text>Berth wanted:</text></value></caption></field>
<field name="length"><assist><toolTip>Length over all</toolTip></assist></field>
<field name="crane"><ui><checkButton/></ui><caption><value><text>Crane</text></value></caption>
<items><text>on</text><text>off</text></items></field>
<field name="power"><ui><checkButton/></ui><items><text>on</text><text>off</text></items></field>
</subform></template>"""
_DATASETS = """<xfa:datasets xmlns:xfa="http://www.xfa.org/schema/xfa-data/1.0/"><xfa:data><f>
<berth>Quay 7</berth><length>12 m</length><crane>on</crane><power>off</power><crew_names/>
<home_port>Lyne</home_port><boat>Thistle</boat></f></xfa:data></xfa:datasets>"""


def test_values_of_an_xfa_form_are_read_with_their_captions() -> None:
    """A value that a PDF field holds, too, is read once; boxes that aren't ticked are left out."""
    fields = [("Tx", (200, 695, 400, 712), "Name of boat", "Thistle")]
    packets = {"template": _TEMPLATE, "datasets": _DATASETS}
    doc = document("a.pdf", form([], fields, packets))
    assert doc.text.splitlines()[::2] == [
        "Name of boat: Thistle",
        "Berth wanted: Quay 7",
        "Length over all: 12 m",
        "Crane: yes",
        "home port: Lyne",
    ]


def test_a_damaged_xfa_form_costs_only_its_values() -> None:
    """Its page is still read."""
    doc = document("a.pdf", form([Words(72, 700, "Please wait")], [], {"datasets": "<a><b></a>"}))
    assert doc.text == "Please wait"


_PROSE = [
    "The harbour master counted every boat between the two old bridges of the",
    "town and wrote a report about it for the council which met in the old hall",
    "on the first of May and he had been there for ten years with his daughter",
]


def _shifted(text: str, by: int) -> str:
    return "".join(char if char == " " else chr(ord(char) + by) for char in text)


@pytest.mark.parametrize("by", [-29, 1])
def test_letters_that_a_broken_font_shifts_are_shifted_back(by: int) -> None:
    """Another font on the page is right, and is left alone."""
    words = lines(72, 740, ["A heading in a font that is right"], font="bold")
    words += lines(72, 700, [_shifted(text, by) for text in _PROSE])
    assert " ".join(_PROSE) in document("a.pdf", pdf(words)).text
    assert "A heading in a font that is right" in document("a.pdf", pdf(words)).text


def test_letters_without_meaning_need_ocr(monkeypatch: pytest.MonkeyPatch) -> None:
    """A font exchanges all letters, and no engine is installed."""
    monkeypatch.setattr("chatbot.readers.pdf.pdf.engine", lambda: None)
    letters = "abcdefghijklmnopqrstuvwxyz"
    exchanged = str.maketrans(letters, "xqzjkvwbdfghlnpcrtsmeyuioa")
    texts = [
        text.lower().translate(exchanged)
        for text in (
            *_PROSE,
            "The council met in the old hall and heard the report of the harbour master",
            "Nobody could say where the third lantern over the western gate had been made",
            "Some neighbours remembered a travelling merchant while others blamed winter storms",
            "Twelve ropes were bought before spring because careful sailors trust nothing else",
        )
    ]
    reason = read_or_reason("a.pdf", pdf(lines(72, 700, texts)))
    assert isinstance(reason, str)
    assert reason.startswith("scanned: text layer unreadable: needs OCR")


def test_a_page_of_codes_and_figures_is_no_broken_font() -> None:
    """It has no function words, and nothing is shifted or left out."""
    rows = [f"NX-{n} KRLG-{n * 7} {n * 13} mm {n * 29},00 BCX{n}" for n in range(10, 40)]
    doc = document("a.pdf", pdf(lines(72, 740, rows)))
    assert all(row.split()[0] in doc.text for row in rows)


@pytest.mark.parametrize("across", [True, False], ids=["line by line", "column by column"])
def test_three_columns_with_a_caption_across_the_gutter_are_read_one_by_one(
    across: bool,  # noqa: FBT001 - pytest passes it by name
) -> None:
    """The headline runs over all columns, the caption over the second and the third."""
    tops = (640, 640, 640, 470, 470)
    columns = [
        lines(left, top, [f"{name}{n} words of a story that go on" for n in range(12)], size=8)
        for name, left, top in zip("abcde", (72, 240, 408, 240, 408), tops, strict=True)
    ]
    first = [column[n] for n in range(12) for column in columns[:3]]
    rest = [column[n] for n in range(12) for column in columns[3:]]
    head = Words(72, 720, "A headline that runs over all three columns", 16)
    caption = Words(240, 500, "A caption that stands across the second and third column here", 9)
    in_columns = [word for column in columns for word in column]
    text = document("a.pdf", pdf([head, *(first + rest if across else in_columns), caption])).text
    found = [text.find(f"{name}{n} ") for name in "abcde" for n in (0, 11)]
    assert -1 not in found
    assert all(found[n] < found[n + 1] for n in range(0, 10, 2))
    order = [text.find(f"{name}0 ") for name in "abcde"]
    assert order[0] < order[1] < order[2]


def test_words_drawn_from_the_left_are_turned_with_their_marks() -> None:
    """Arabic and Hebrew words only; what has figures or Latin letters stays."""
    assert reversed_words("\u0643\u0627\u0644\u0627 ab", [Span(0, 4), Span(5, 7)]) == (
        "\u0627\u0644\u0627\u0643 ab"
    )
    assert reversed_words("\u0628\u064e\u062a", [Span(0, 3)]) == "\u062a\u0628\u064e"
    assert reversed_words("\u0628\u062a1", [Span(0, 3)]) == "\u0628\u062a1"

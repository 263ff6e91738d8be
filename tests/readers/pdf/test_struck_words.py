"""Words of a PDF that are struck through stand between marks, and keep their place on the page."""

from __future__ import annotations

import pytest

from chatbot.readers.pdf.pdfium import Pdf
from tests.readers.pdfs import TYPED, Words, drawn_lines, pdf
from tests.readers.reading import blocks, covers, document

SIZE = 10
TEXT = "The fee is 40 euros 50 euros for members."


def ends(words: str, *, left: float = 72, text: str = TEXT) -> tuple[float, float]:
    """Where words begin and end in a line of fixed pitch that begins at `left`."""
    start = left + TYPED * SIZE * text.index(words)
    return start, start + TYPED * SIZE * len(words)


def line(words: str, up: float, *, width: float | None = None) -> str:
    """A line through words whose baseline is at 700, `up` points above it."""
    start, end = ends(words)
    return drawn_lines([(start, 700 + up, width or end, 700 + up)])


@pytest.mark.parametrize("up", [2, 2.5, 3])
def test_a_line_through_words_strikes_them(up: float) -> None:
    """It stands between the baseline and the height of small letters."""
    doc = document(
        "a.pdf", pdf([Words(72, 700, TEXT, SIZE, "typed")], drawing=line("40 euros", up))
    )
    assert doc.text == "The fee is ~~40 euros~~ 50 euros for members."
    assert covers(doc)


def test_an_annotation_strikes_words() -> None:
    """Its box is that of the words."""
    start, end = ends("40 euros")
    data = pdf([Words(72, 700, TEXT, SIZE, "typed")], struck=[(start, 698, end, 709)])
    assert document("a.pdf", data).text == "The fee is ~~40 euros~~ 50 euros for members."


@pytest.mark.parametrize("up", [-1.5, -0.5, 8.5])
def test_a_line_under_or_over_words_does_not(up: float) -> None:
    """Underlines and the borders of boxes are no strikes."""
    drawing = line("40 euros", up)
    assert (
        document("a.pdf", pdf([Words(72, 700, TEXT, SIZE, "typed")], drawing=drawing)).text == TEXT
    )


def test_a_line_that_goes_beyond_the_words_does_not() -> None:
    """It belongs to a drawing that the words lie on."""
    drawing = line("members.", 2.5, width=500)
    assert (
        document("a.pdf", pdf([Words(72, 700, TEXT, SIZE, "typed")], drawing=drawing)).text == TEXT
    )


def test_struck_words_keep_their_boxes() -> None:
    """The marks are on no page; each word is where it was."""
    data = pdf([Words(72, 700, TEXT, SIZE, "typed")], drawing=line("40 euros", 2.5))
    doc = document("a.pdf", data)
    with Pdf(data) as file:
        page = file.page(1)
        for run in doc.runs:
            assert page.text[run.chars.start : run.chars.end] == run.span.of(doc.text)
        start = ends("40 euros")[0]
        (box,) = file.boxes(1, [next(r.chars for r in doc.runs if r.span.of(doc.text) == "40")])
    assert box[0] == pytest.approx(start, abs=1)
    assert box[2] == pytest.approx(start + 2 * TYPED * SIZE, abs=1)
    assert sum(len(run.span.of(doc.text)) for run in doc.runs) == len(TEXT.replace(" ", ""))


def test_a_struck_hyphen_at_the_end_of_a_line_still_joins_its_word() -> None:
    """One pair of marks stands around both parts."""
    texts = [
        "The old agree-",
        "ment on the fee ended, and the agreement",
        "was not renewed in May.",
    ]
    words = [Words(72, 700 - 12 * n, text, SIZE, "even") for n, text in enumerate(texts)]
    first = [(ends("agree-", text=texts[0]), 700), (ends("ment", text=texts[1]), 688)]
    drawing = drawn_lines([(a, up + 2.5, b, up + 2.5) for (a, b), up in first])
    text = document("a.pdf", pdf(words, drawing=drawing)).text
    assert text == (
        "The old ~~agreement~~ on the fee ended, and the agreement was not renewed in May."
    )


def test_a_struck_cell_of_a_table_is_marked() -> None:
    """Its row keeps its column names."""
    rows = [("Part", "Price"), ("Pump", "40"), ("Seal", "50"), ("Valve", "60")]
    words = [
        Words(left, 700 - 20 * n, cell, SIZE, "typed")
        for n, row in enumerate(rows)
        for left, cell in zip((80, 200), row, strict=True)
    ]
    frame = [(72, 714 - 20 * n, 300, 714 - 20 * n) for n in range(5)]
    frame += [(x, 714, x, 634) for x in (72, 190, 300)]
    strike = (200, 682.5, 200 + 2 * TYPED * SIZE, 682.5)
    doc = document("a.pdf", pdf(words, drawing=drawn_lines([*frame, strike])))
    assert blocks(doc) == [
        ("header_row", "Part | Price"),
        ("row", "Pump | ~~40~~"),
        ("row", "Seal | 50"),
        ("row", "Valve | 60"),
    ]

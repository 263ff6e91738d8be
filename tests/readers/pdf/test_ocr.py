"""Scanned pages are read by the installed OCR engine; without one, the tests are skipped."""

from __future__ import annotations

import io

import pytest

from chatbot.readers.pdf.ocr import engine
from chatbot.readers.pdf.pdfium import Pdf
from tests.readers.pdfs import HEIGHT, lines, pdf
from tests.readers.reading import covers, document

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(engine() is None, reason="neither rapidocr nor Tesseract is installed"),
]

TEXTS = ["The radar was sold to Omsk in the spring", "and nobody knew its price until summer."]


def scan() -> bytes:
    """A PDF whose only page is a picture of TEXTS."""
    with Pdf(pdf(lines(72, 700, TEXTS, size=14))) as file:
        picture = file.picture(1, 2.5)
    stream = io.BytesIO()
    picture.save(stream, "PDF", resolution=72 * 2.5)
    return stream.getvalue()


def test_a_scanned_page_is_read_with_the_box_of_each_line() -> None:
    """The text is that of the picture, and the boxes are where the lines were drawn."""
    scanned = document("scan.pdf", scan())
    assert scanned.text == " ".join(TEXTS)
    assert covers(scanned)
    assert [run.page for run in scanned.runs] == [1, 1]
    for number, run in enumerate(scanned.runs):
        assert run.box
        left, top, right, bottom = run.box
        assert left == pytest.approx(72, abs=6)
        assert top < HEIGHT - 700 + 1.2 * 14 * number - 4 < bottom
        assert 250 < right - left < 350

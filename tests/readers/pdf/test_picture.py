"""Pictures are read by OCR, if it is installed; otherwise the reason says what to install."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from chatbot.readers.pdf.ocr import engine
from chatbot.readers.pdf.pdfium import Pdf
from tests.readers.pdfs import lines, pdf
from tests.readers.reading import document, reason

TEXTS = ["The radar was sold to Omsk in the spring", "and nobody knew its price until summer."]
FORMATS = {"PNG": "image/png", "JPEG": "image/jpeg", "TIFF": "image/tiff", "WEBP": "image/webp"}


def picture(name: str) -> bytes:
    """A picture of a page with TEXTS."""
    with Pdf(pdf(lines(72, 700, TEXTS, size=14))) as file:
        drawn = file.picture(1, 2.5)
    stream = io.BytesIO()
    drawn.save(stream, name)
    return stream.getvalue()


@pytest.mark.skipif(engine() is not None, reason="an OCR engine is installed")
@pytest.mark.parametrize("name", FORMATS)
def test_without_an_engine_the_reason_says_what_to_install(name: str) -> None:
    """The picture is recognised by its content, whatever its name."""
    why = "scanned: a picture; install the extra `ocr` or Tesseract to read them"
    assert reason("renamed.txt", picture(name)) == why


@pytest.mark.slow
@pytest.mark.skipif(engine() is None, reason="neither rapidocr nor Tesseract is installed")
@pytest.mark.parametrize(("name", "media_type"), FORMATS.items())
def test_the_words_of_a_picture_are_read(name: str, media_type: str) -> None:
    """It keeps its own media type."""
    doc = document("a", picture(name))
    assert doc.text.split() == " ".join(TEXTS).split()
    assert doc.media_type == media_type


@pytest.mark.slow
@pytest.mark.skipif(engine() is None, reason="neither rapidocr nor Tesseract is installed")
def test_a_damaged_picture_an_icon_and_a_blank_one_give_a_reason() -> None:
    """No damage crashes the reader."""
    for name in FORMATS:
        assert reason("a", picture(name)[:400]).startswith("damaged")
    for side, why in ((20, "no text: it is an icon"), (500, "no text: OCR finds none")):
        stream = io.BytesIO()
        Image.new("RGBA", (side, side)).save(stream, "PNG")
        assert reason("a.png", stream.getvalue()).startswith(why)

"""Pictures of text on pages that have words, too, read by OCR with their place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from chatbot.readers.pdf.form_fields import FormField
from chatbot.readers.pdf.ocr import PIXELS_PER_POINT
from chatbot.readers.pdf.page_words import Page
from chatbot.readers.pdf.pdf_writer import FilledField
from chatbot.readers.pdf.pdfium import Pdf
from chatbot.readers.pictures import PictureReader
from chatbot.types import Box

# In points: a smaller picture is an icon.
_LEAST_WIDTH, _LEAST_HEIGHT = 60.0, 20.0
# A scan may have a stamp or a number of its page over it. With more words, it has its text already.
_MOST_WORDS: Final = 30


def picture_texts(pdf: Pdf, pages: Sequence[Page]) -> Iterator[FilledField]:
    """The paragraphs in the pictures, each with its page and the box of its picture."""
    reader = PictureReader()
    for page in pages:
        if reader.is_spent:
            return
        boxes = [_on_page(page, box) for box in page.pictures.tolist()]
        boxes = [box for box in boxes if _may_have_text(page, box)]
        if not boxes or not len(page.words) or page.scanned:
            continue
        drawn = pdf.picture(page.number, PIXELS_PER_POINT).convert("L")
        for word in page.words.boxes.tolist():
            drawn.paste("white", _pixels(word))
        for box in boxes:
            for text in reader.paragraphs_of(drawn.crop(_pixels(box))):
                yield FilledField(page.number, "", FormField(text, "", box))


def _on_page(page: Page, box: Sequence[float]) -> Box:
    """The part of a box that is on the page."""
    left, top, right, bottom = box
    return max(left, 0.0), max(top, 0.0), min(right, page.width), min(bottom, page.height)


def _pixels(box: Sequence[float]) -> tuple[int, int, int, int]:
    left, top, right, bottom = (round(side * PIXELS_PER_POINT) for side in box)
    return left, top, right, bottom


def _may_have_text(page: Page, box: Box) -> bool:
    left, top, right, bottom = box
    if right - left < _LEAST_WIDTH or bottom - top < _LEAST_HEIGHT:
        return False
    across = (page.words.boxes[:, 0] + page.words.boxes[:, 2]) / 2
    down = (page.words.boxes[:, 1] + page.words.boxes[:, 3]) / 2
    over = (across > left) & (across < right) & (down > top) & (down < bottom)
    return int(over.sum()) <= _MOST_WORDS

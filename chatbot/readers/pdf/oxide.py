"""pdf-oxide, for the damaged files that PDFium can't open; nothing else knows it.

It gives words with boxes, but they are not PDFium's: their place on the page is not kept, since
the viewer could not draw the page either.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pdf_oxide

from chatbot.errors import SkipKind, UnreadableFile
from chatbot.readers.pdf.page_words import Font, Page, Words


def pages(data: bytes) -> Iterator[Page]:
    """The pages of a damaged file. Raises UnreadableFile where there is no more to be had."""
    pdf_oxide.disable_logging()  # what is wrong with a file is told in our own words
    try:
        file = pdf_oxide.PdfDocument.from_bytes(data)
        count = file.page_count()
    except Exception as failure:  # its errors have no class of their own
        raise UnreadableFile(SkipKind.DAMAGED, "neither PDF library can open it") from failure
    if not count:
        raise UnreadableFile(SkipKind.DAMAGED, "it has no pages")
    for number in range(1, count + 1):
        yield _page(file, number)


def _page(file: pdf_oxide.PdfDocument, number: int) -> Page:
    try:
        words = [word for word in file.extract_words(number - 1) if word.text.strip()]
        left, bottom, right, top = file.page_media_box(number - 1)
    except Exception:  # noqa: BLE001 - a page that can't be read costs no more than itself
        words, left, bottom, right, top = [], 0.0, 0.0, 612.0, 792.0
    start = np.cumsum([0, *(len(word.text) + 1 for word in words)])[:-1]
    stop = start + np.array([len(word.text) for word in words], np.int64)
    boxes = np.array([[*word.bbox] for word in words], np.float64).reshape(-1, 4)
    # Left, lower edge, width and height -> as displayed, y downwards.
    shown = np.stack(
        [
            boxes[:, 0] - left,
            top - boxes[:, 1] - boxes[:, 3],
            boxes[:, 0] + boxes[:, 2] - left,
            top - boxes[:, 1],
        ],
        axis=1,
    )
    return Page(
        number,
        right - left,
        top - bottom,
        " ".join(word.text for word in words),
        Words(start.astype(np.int64), stop.astype(np.int64), shown),
        placed=False,
        fonts={place: Font(bold=bool(word.is_bold)) for place, word in enumerate(words)},
    )

"""Read damaged files that PDFium can't open, with pdf-oxide.

The boxes of its words only serve the layout. Positions are not kept, because the viewer draws
pages with PDFium and can't show these.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pdf_oxide

from chatbot.errors import SkipKind, UnreadableFile
from chatbot.readers.pdf.page_words import Font, Page, PageWords


def pages(data: bytes) -> Iterator[Page]:
    """The pages of a damaged file. Raises UnreadableFile if it can't be opened or has none."""
    pdf_oxide.disable_logging()  # problems are reported in our own words
    try:
        file = pdf_oxide.PdfDocument.from_bytes(data)
        count = file.page_count()
    except Exception as failure:  # the library has no exception class of its own
        raise UnreadableFile(SkipKind.DAMAGED, "neither PDF library can open it") from failure
    if not count:
        raise UnreadableFile(SkipKind.DAMAGED, "it has no pages")
    for number in range(1, count + 1):
        yield _page(file, number)


def _page(file: pdf_oxide.PdfDocument, number: int) -> Page:
    try:
        words = [word for word in file.extract_words(number - 1) if word.text.strip()]
        left, bottom, right, top = file.page_media_box(number - 1)
    except Exception:  # noqa: BLE001 - an unreadable page must not cost the others
        words, left, bottom, right, top = [], 0.0, 0.0, 612.0, 792.0
    start = np.cumsum([0, *(len(word.text) + 1 for word in words)])[:-1]
    stop = start + np.array([len(word.text) for word in words], np.int64)
    boxes = np.array([[*word.bbox] for word in words], np.float64).reshape(-1, 4)
    # (left, lower edge, width, height), y upwards -> (left, top, right, bottom), y downwards.
    displayed = np.stack(
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
        PageWords(start.astype(np.int64), stop.astype(np.int64), displayed),
        placed=False,
        fonts={number: Font(bold=bool(word.is_bold)) for number, word in enumerate(words)},
    )

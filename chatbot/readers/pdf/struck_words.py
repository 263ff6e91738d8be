"""The words of a page that are struck through: by a drawn line, or by an annotation."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium

from chatbot.readers.pdf.page_words import Floats, PageWords

# In font heights from the top of a word: where a line strikes its letters, not over or below them.
_HIGHEST: Final = 0.42
_LOWEST: Final = 0.72
# The share of a word's width that lines cover.
_COVERED: Final = 0.8
# In font heights: how far a line goes beyond its words. Lines of tables and drawings go further.
_BEYOND: Final = 0.6
_LEVEL: Final = 0.5  # points between the ends of a horizontal line
_MOST_ANNOTATIONS: Final = 2_000


class Strikes(NamedTuple):
    """The numbers of the struck words, and for each line whether it strikes any."""

    words: frozenset[int]
    lines: np.ndarray[Any, np.dtype[np.bool_]]


def find_strikes(text: str, words: PageWords, lines: Floats, boxes: Floats) -> Strikes:
    """Which words the drawn `lines` (m, 4) or the `boxes` (k, 4) of annotations strike through.

    Signs alone, such as an arrow in a drawing, are no words. `text` is that of the page.
    """
    by_line = np.zeros(len(lines), np.bool_)
    if not len(words) or not len(lines) + len(boxes):
        return Strikes(frozenset(), by_line)
    left, top, right, bottom = words.boxes.T
    covered = np.zeros(len(words))
    for number in np.flatnonzero(lines[:, 3] - lines[:, 1] < _LEVEL).tolist():
        start, up, end, _ = lines[number]
        place = (up - top) / np.maximum(words.height, 1e-6)
        level = (place > _HIGHEST) & (place < _LOWEST)
        shared = np.where(level, np.minimum(right, end) - np.maximum(left, start), 0.0).clip(0.0)
        touched = shared > 0
        if not touched.any():
            continue
        beyond = _BEYOND * words.height[touched].max()
        if left[touched].min() - start < beyond and end - right[touched].max() < beyond:
            covered += shared
            by_line[number] = True
    struck = covered > _COVERED * np.maximum(right - left, 1e-6)
    across, down = (left + right) / 2, (top + bottom) / 2
    for start, up, end, low in boxes.tolist():
        struck |= (across > start) & (across < end) & (down > up) & (down < low)
    numbers = np.flatnonzero(struck).tolist()
    spans = ((number, words.start[number], words.stop[number]) for number in numbers)
    lettered = (number for number, begin, stop in spans if any(map(str.isalnum, text[begin:stop])))
    return Strikes(frozenset(lettered), by_line)


def struck_boxes(page: pypdfium2.PdfPage, display: Floats) -> Floats:
    """The displayed boxes (n, 4) of the lines of text that annotations strike through."""
    points = np.array(list(_corners(page)), np.float64).reshape(-1, 4, 2)
    xs, ys = points[..., 0], points[..., 1]
    across = xs * display[0, 0] + ys * display[0, 1] + display[0, 2]
    down = xs * display[1, 0] + ys * display[1, 1] + display[1, 2]
    return np.stack(
        [across.min(axis=1), down.min(axis=1), across.max(axis=1), down.max(axis=1)], axis=1
    )


def _corners(page: pypdfium2.PdfPage) -> Iterator[list[tuple[float, float]]]:
    """The corners of each quadrilateral of the annotations, in the file's points."""
    count = min(max(pdfium.FPDFPage_GetAnnotCount(page.raw), 0), _MOST_ANNOTATIONS)
    for number in range(count):
        note = pdfium.FPDFPage_GetAnnot(page.raw, number)
        try:
            if pdfium.FPDFAnnot_GetSubtype(note) != pdfium.FPDF_ANNOT_STRIKEOUT:
                continue
            quad = pdfium.FS_QUADPOINTSF()
            for index in range(pdfium.FPDFAnnot_CountAttachmentPoints(note)):
                if pdfium.FPDFAnnot_GetAttachmentPoints(note, index, ctypes.byref(quad)):
                    yield [
                        (quad.x1, quad.y1),
                        (quad.x2, quad.y2),
                        (quad.x3, quad.y3),
                        (quad.x4, quad.y4),
                    ]
        finally:
            pdfium.FPDFPage_CloseAnnot(note)

"""What a page has besides its words: straight lines, strikes through words, pictures."""

from __future__ import annotations

import ctypes
from typing import Final, NamedTuple

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium

from chatbot.readers.pdf.direct_calls import address, direct
from chatbot.readers.pdf.drawn_rules import rules_on
from chatbot.readers.pdf.page_words import Floats, PageWords
from chatbot.readers.pdf.struck_words import find_strikes, struck_boxes

_MOST_PICTURES: Final = 100
_MOST_OBJECTS: Final = 8_000

_ITEM: Final = direct(pdfium.FPDFPage_GetObject, "hi", returns="h")
_TYPE: Final = direct(pdfium.FPDFPageObj_GetType, "h")
_BOUNDS: Final = direct(pdfium.FPDFPageObj_GetBounds, "hhhhh")


class Drawings(NamedTuple):
    """The straight lines, the numbers of the struck words, and the boxes of the pictures (n, 4)."""

    rules: Floats = np.empty((0, 4))
    struck: frozenset[int] = frozenset()
    pictures: Floats = np.empty((0, 4))


def drawings_on(page: pypdfium2.PdfPage, display: Floats, text: str, words: PageWords) -> Drawings:
    """The drawings of a page, as displayed; lines that strike words are no rules."""
    rules = rules_on(page, display)
    strikes = find_strikes(text, words, rules, struck_boxes(page, display))
    return Drawings(rules[~strikes.lines], strikes.words, _pictures_on(page, display))


def _pictures_on(page: pypdfium2.PdfPage, display: Floats) -> Floats:
    bounds = (ctypes.c_float * 4)()
    at = ctypes.addressof(bounds)
    container = address(page.raw)
    boxes: list[list[float]] = []
    for number in range(min(max(pdfium.FPDFPage_CountObjects(page.raw), 0), _MOST_OBJECTS)):
        item = _ITEM(container, number)
        is_picture = _TYPE(item) == pdfium.FPDF_PAGEOBJ_IMAGE and len(boxes) < _MOST_PICTURES
        if is_picture and _BOUNDS(item, at, at + 4, at + 8, at + 12):
            boxes.append(list(bounds))
    points = np.array(boxes, np.float64).reshape(-1, 4)
    xs, ys = points[:, [0, 2]], points[:, [1, 3]]
    across = xs * display[0, 0] + ys * display[0, 1] + display[0, 2]
    down = xs * display[1, 0] + ys * display[1, 1] + display[1, 2]
    return np.stack(
        [across.min(axis=1), down.min(axis=1), across.max(axis=1), down.max(axis=1)], axis=1
    )

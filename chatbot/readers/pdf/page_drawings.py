"""What a page has besides its words: straight lines, strikes through words, pictures."""

from __future__ import annotations

import ctypes
from typing import Final, NamedTuple

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium

from chatbot.readers.pdf.direct_calls import direct
from chatbot.readers.pdf.drawn_rules import rules_on
from chatbot.readers.pdf.page_objects import displayed, objects_on
from chatbot.readers.pdf.page_words import Floats, PageWords
from chatbot.readers.pdf.struck_words import find_strikes, struck_boxes

_MOST_PICTURES: Final = 100

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
    corners: list[tuple[float, float, float, float]] = []
    for item, kind, (a, b, c, d, e, f) in objects_on(page):
        is_picture = kind == pdfium.FPDF_PAGEOBJ_IMAGE and len(corners) < _MOST_PICTURES
        if is_picture and _BOUNDS(item, at, at + 4, at + 8, at + 12):
            left, bottom, right, top = bounds
            # Forms may be turned by a right angle, so opposite corners are enough.
            first = a * left + c * bottom + e, b * left + d * bottom + f
            corners.append((*first, a * right + c * top + e, b * right + d * top + f))
    return displayed(corners, display)

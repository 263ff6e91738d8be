"""The straight lines that a page draws, such as those of a table."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from typing import Final

import pypdfium2
import pypdfium2.raw as pdfium

from chatbot.readers.pdf.direct_calls import direct
from chatbot.readers.pdf.page_objects import WHOLE, Matrix, displayed, objects_on, placed
from chatbot.readers.pdf.page_words import Floats

_MOST_SEGMENTS: Final = 1_000
_MOST_CORNERS: Final = 8
# In points: the thickness of a rule, and a shape that is smaller than any cell.
_THIN: Final = 3.0
_SMALL: Final = 10.0

_BOUNDS: Final = direct(pdfium.FPDFPageObj_GetBounds, "hhhhh")
_MATRIX: Final = direct(pdfium.FPDFPageObj_GetMatrix, "hh")
_SEGMENTS: Final = direct(pdfium.FPDFPath_CountSegments, "h")
_SEGMENT: Final = direct(pdfium.FPDFPath_GetPathSegment, "hi", returns="h")
_SEGMENT_TYPE: Final = direct(pdfium.FPDFPathSegment_GetType, "h")
_POINT: Final = direct(pdfium.FPDFPathSegment_GetPoint, "hhh")
_CLOSES: Final = direct(pdfium.FPDFPathSegment_GetClose, "h")

# The ends of a line: x, y, x, y.
Rule = tuple[float, float, float, float]


def rules_on(page: pypdfium2.PdfPage, display: Floats) -> Floats:
    """The straight lines of a page as displayed boxes (n, 4) without thickness.

    Sides of rectangles count, because tables are drawn with them, too.
    """
    return displayed(list(_rules(page)), display)


def _rules(page: pypdfium2.PdfPage) -> Iterator[Rule]:
    matrix = pdfium.FS_MATRIX()
    bounds = (ctypes.c_float * 4)()
    at = ctypes.addressof(bounds)
    for path, kind, base in objects_on(page):
        if kind != pdfium.FPDF_PAGEOBJ_PATH or not _BOUNDS(path, at, at + 4, at + 8, at + 12):
            continue
        left, bottom, right, top = bounds
        width, height = right - left, top - bottom
        if width <= _THIN or height <= _THIN:
            # Most rules are such shapes, and asking for their points takes long.
            yield _centre_line(left, bottom, right, top, base)
        elif width > _SMALL or height > _SMALL:
            _MATRIX(path, ctypes.addressof(matrix))
            yield from _sides(path, placed(matrix, base))


def _centre_line(left: float, bottom: float, right: float, top: float, base: Matrix) -> Rule:
    """The line in the middle of a thin box, in the file's points."""
    if right - left > top - bottom:
        bottom = top = (bottom + top) / 2
    else:
        left = right = (left + right) / 2
    if base == WHOLE:
        return left, bottom, right, top
    a, b, c, d, e, f = base
    return (
        a * left + c * bottom + e,
        b * left + d * bottom + f,
        a * right + c * top + e,
        b * right + d * top + f,
    )


def _sides(path: int, matrix: Matrix) -> Iterator[Rule]:
    """The lines between the points of a path, up to a slanted line or too many curves.

    A table has none, except for round corners.
    """
    count = _SEGMENTS(path)
    if not 2 <= count <= _MOST_SEGMENTS:
        return
    a, b, c, d, e, f = matrix
    place = (ctypes.c_float * 2)()
    at = ctypes.addressof(place)
    start = last = (0.0, 0.0)
    curves = 0
    for index in range(count):
        segment = _SEGMENT(path, index)
        _POINT(segment, at, at + 4)
        x, y = place
        point = (a * x + c * y + e, b * x + d * y + f)
        kind = _SEGMENT_TYPE(segment)
        if kind == pdfium.FPDF_SEGMENT_MOVETO:
            start = point
        elif kind == pdfium.FPDF_SEGMENT_LINETO:
            if abs(point[0] - last[0]) > _THIN and abs(point[1] - last[1]) > _THIN:
                return
            yield (*last, *point)
        elif index == 1 or curves == 3 * _MOST_CORNERS:
            return  # a circle, or a drawing
        else:
            curves += 1  # each curve has three points
        if _CLOSES(segment) and start != point:
            yield (*point, *start)
        last = point

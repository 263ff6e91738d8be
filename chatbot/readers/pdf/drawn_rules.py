"""The straight lines that a page draws, such as those of a table."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium

from chatbot.readers.pdf.direct_calls import address, direct
from chatbot.readers.pdf.page_words import Floats

# Drawings have more objects than any table.
_MOST_OBJECTS: Final = 8_000
_MOST_SEGMENTS: Final = 1_000
_MOST_CORNERS: Final = 8
_FORM_DEPTH: Final = 3
# In points: the thickness of a rule, and a shape that is smaller than any cell.
_THIN: Final = 3.0
_SMALL: Final = 10.0

_TYPE: Final = direct(pdfium.FPDFPageObj_GetType, "h")
_BOUNDS: Final = direct(pdfium.FPDFPageObj_GetBounds, "hhhhh")
_MATRIX: Final = direct(pdfium.FPDFPageObj_GetMatrix, "hh")
_INNER: Final = direct(pdfium.FPDFFormObj_CountObjects, "h")
_SEGMENTS: Final = direct(pdfium.FPDFPath_CountSegments, "h")
_SEGMENT: Final = direct(pdfium.FPDFPath_GetPathSegment, "hi", returns="h")
_SEGMENT_TYPE: Final = direct(pdfium.FPDFPathSegment_GetType, "h")
_POINT: Final = direct(pdfium.FPDFPathSegment_GetPoint, "hhh")
_CLOSES: Final = direct(pdfium.FPDFPathSegment_GetClose, "h")
_PAGE_ITEM: Final = direct(pdfium.FPDFPage_GetObject, "hi", returns="h")
_FORM_ITEM: Final = direct(pdfium.FPDFFormObj_GetObject, "hL", returns="h")

# The ends of a line: x, y, x, y.
Rule = tuple[float, float, float, float]
# a, b, c, d, e, f as in a file: x' = ax + cy + e, y' = bx + dy + f.
Matrix = tuple[float, float, float, float, float, float]
_WHOLE: Final[Matrix] = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def rules_on(page: pypdfium2.PdfPage, display: Floats) -> Floats:
    """The straight lines of a page as displayed boxes (n, 4) without thickness."""
    count = max(pdfium.FPDFPage_CountObjects(page.raw), 0)
    lines = list(_rules(address(page.raw), count, _PAGE_ITEM, _WHOLE))
    points = np.array(lines, np.float64).reshape(-1, 4)
    xs, ys = points[:, [0, 2]], points[:, [1, 3]]
    across = xs * display[0, 0] + ys * display[0, 1] + display[0, 2]
    down = xs * display[1, 0] + ys * display[1, 1] + display[1, 2]
    return np.stack(
        [across.min(axis=1), down.min(axis=1), across.max(axis=1), down.max(axis=1)], axis=1
    )


def _rules(
    container: int, count: int, item: Callable[[int, int], int], base: Matrix, depth: int = 0
) -> Iterator[Rule]:
    """The straight lines that the objects of a page or of a form on it draw, in the file's points.

    Sides of rectangles count, because tables are drawn with them, too.
    """
    matrix = pdfium.FS_MATRIX()
    address = ctypes.addressof(matrix)
    bounds = (ctypes.c_float * 4)()
    at = ctypes.addressof(bounds)
    for index in range(min(count, _MOST_OBJECTS)):
        shape = item(container, index)
        kind = _TYPE(shape)
        if kind == pdfium.FPDF_PAGEOBJ_PATH:
            if not _BOUNDS(shape, at, at + 4, at + 8, at + 12):
                continue
            left, bottom, right, top = bounds
            width, height = right - left, top - bottom
            if width <= _THIN or height <= _THIN:
                # Most rules are such shapes, and asking for their points takes long.
                yield _centre_line(left, bottom, right, top, base)
            elif width > _SMALL or height > _SMALL:
                _MATRIX(shape, address)
                yield from _sides(shape, _placed(matrix, base))
        elif kind == pdfium.FPDF_PAGEOBJ_FORM and depth < _FORM_DEPTH:
            _MATRIX(shape, address)
            inner = max(_INNER(shape), 0)
            yield from _rules(shape, inner, _FORM_ITEM, _placed(matrix, base), depth + 1)


def _centre_line(left: float, bottom: float, right: float, top: float, base: Matrix) -> Rule:
    """The line in the middle of a thin box, in the file's points."""
    if right - left > top - bottom:
        bottom = top = (bottom + top) / 2
    else:
        left = right = (left + right) / 2
    if base == _WHOLE:
        return left, bottom, right, top
    a, b, c, d, e, f = base
    return (
        a * left + c * bottom + e,
        b * left + d * bottom + f,
        a * right + c * top + e,
        b * right + d * top + f,
    )


def _placed(matrix: Any, base: Matrix) -> Matrix:
    """The matrix of an object in one that has a matrix of its own."""
    a, b, c, d, e, f = matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f
    if base == _WHOLE:
        return a, b, c, d, e, f
    p, q, r, s, t, u = base
    return (
        p * a + r * b,
        q * a + s * b,
        p * c + r * d,
        q * c + s * d,
        p * e + r * f + t,
        q * e + s * f + u,
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

"""The objects that a page draws, including those inside forms ("Form XObjects") on it."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium

from chatbot.readers.pdf.direct_calls import address, direct
from chatbot.readers.pdf.page_words import Floats

# Drawings have more objects than any page with a table.
_MOST_OBJECTS: Final = 8_000
_FORM_DEPTH: Final = 3

_TYPE: Final = direct(pdfium.FPDFPageObj_GetType, "h")
_MATRIX: Final = direct(pdfium.FPDFPageObj_GetMatrix, "hh")
_INNER: Final = direct(pdfium.FPDFFormObj_CountObjects, "h")
_PAGE_ITEM: Final = direct(pdfium.FPDFPage_GetObject, "hi", returns="h")
_FORM_ITEM: Final = direct(pdfium.FPDFFormObj_GetObject, "hL", returns="h")

# a, b, c, d, e, f as in a file: x' = ax + cy + e, y' = bx + dy + f.
Matrix = tuple[float, float, float, float, float, float]
WHOLE: Final[Matrix] = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


class PageObject(NamedTuple):
    """An object by its address and kind; `base` is the matrix of the form that it is in."""

    handle: int
    kind: int
    base: Matrix


def objects_on(page: pypdfium2.PdfPage) -> Iterator[PageObject]:
    """The objects of a page in drawing order; a form is replaced by what is in it."""
    count = max(pdfium.FPDFPage_CountObjects(page.raw), 0)
    yield from _objects(address(page.raw), count, _PAGE_ITEM, WHOLE)


def _objects(
    container: int, count: int, item: Callable[[int, int], int], base: Matrix, depth: int = 0
) -> Iterator[PageObject]:
    matrix = pdfium.FS_MATRIX()
    for index in range(min(count, _MOST_OBJECTS)):
        handle = item(container, index)
        kind = _TYPE(handle)
        if kind != pdfium.FPDF_PAGEOBJ_FORM:
            yield PageObject(handle, kind, base)
        elif depth < _FORM_DEPTH:
            _MATRIX(handle, ctypes.addressof(matrix))
            inner = max(_INNER(handle), 0)
            yield from _objects(handle, inner, _FORM_ITEM, placed(matrix, base), depth + 1)


def placed(matrix: Any, base: Matrix) -> Matrix:
    """The matrix of an object in a form that has a matrix of its own."""
    a, b, c, d, e, f = matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f
    if base == WHOLE:
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


def displayed(corners: list[tuple[float, float, float, float]], display: Floats) -> Floats:
    """The displayed boxes (n, 4) between opposite corners x, y, x, y in the file's points."""
    points = np.array(corners, np.float64).reshape(-1, 4)
    xs, ys = points[:, [0, 2]], points[:, [1, 3]]
    across = xs * display[0, 0] + ys * display[0, 1] + display[0, 2]
    down = xs * display[1, 0] + ys * display[1, 1] + display[1, 2]
    return np.stack(
        [across.min(axis=1), down.min(axis=1), across.max(axis=1), down.max(axis=1)], axis=1
    )

"""What is typed into the fields of a form, with the place of each field on its page."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

import pypdfium2
import pypdfium2.raw as pdfium

from chatbot.readers.pdf.page_words import Floats, Page
from chatbot.text.clean import one_line
from chatbot.types import Box

_TYPED: Final = (
    pdfium.FPDF_FORMFIELD_TEXTFIELD,
    pdfium.FPDF_FORMFIELD_COMBOBOX,
    pdfium.FPDF_FORMFIELD_LISTBOX,
)
_TICKED: Final = (pdfium.FPDF_FORMFIELD_CHECKBOX, pdfium.FPDF_FORMFIELD_RADIOBUTTON)
# In points: how far a label may be from its field.
_BESIDE: Final = 260.0
_ABOVE: Final = 16.0
_GAP: Final = 1.5  # font heights between two labels
_LONGEST_LABEL: Final = 120
# Programs number the fields that nobody named.
_LEAST_LETTERS: Final = 3


class FormField(NamedTuple):
    """A filled field: its value, the label that the file states, and its displayed box, if any."""

    value: str
    name: str
    box: Box | None
    ticked: bool = False


def fields_on(page: pypdfium2.PdfPage, form: Any, display: Floats) -> Iterator[FormField]:
    """The filled fields of a page; a box that isn't ticked counts as empty."""
    for number in range(max(pdfium.FPDFPage_GetAnnotCount(page.raw), 0)):
        note = pdfium.FPDFPage_GetAnnot(page.raw, number)
        try:
            if pdfium.FPDFAnnot_GetSubtype(note) == pdfium.FPDF_ANNOT_WIDGET:
                kind = pdfium.FPDFAnnot_GetFormFieldType(form.raw, note)
                value = ""
                if kind in _TYPED:
                    value = _string(pdfium.FPDFAnnot_GetFormFieldValue, form.raw, note)
                elif kind in _TICKED and pdfium.FPDFAnnot_IsChecked(form.raw, note):
                    value = "yes"
                if value:
                    name = _string(pdfium.FPDFAnnot_GetFormFieldAlternateName, form.raw, note)
                    name = name or _string(pdfium.FPDFAnnot_GetFormFieldName, form.raw, note)
                    yield FormField(value, _readable(name), _box(note, display), kind in _TICKED)
        finally:
            pdfium.FPDFPage_CloseAnnot(note)


def label(field: FormField, page: Page) -> str:
    """The words that name a field: beside it, above it, or as the file states."""
    boxes, words = page.words.boxes, page.words
    if not len(words) or field.box is None:
        return field.name
    left, top, right, bottom = field.box
    middle = (boxes[:, 1] + boxes[:, 3]) / 2
    level = (middle > top - 2) & (middle < bottom + 2)
    before = level & (boxes[:, 2] <= left + 3) & (boxes[:, 2] > left - _BESIDE)
    after = level & (boxes[:, 0] >= right - 3) & (boxes[:, 0] < right + _BESIDE)
    above = (
        (boxes[:, 3] <= top + 3)
        & (boxes[:, 3] > top - _ABOVE)
        & (boxes[:, 2] > left)
        & (boxes[:, 0] < right)
    )
    sides = (after, before, above) if field.ticked else (before, above, after)
    for side in sides:
        chosen = side.nonzero()[0].tolist()
        if side is not above:
            chosen = _nearest(boxes, chosen, from_right=side is before)
        text = one_line(" ".join(page.text[words.start[n] : words.stop[n]] for n in chosen))
        if sum(map(str.isalpha, text)) >= _LEAST_LETTERS and len(text) <= _LONGEST_LABEL:
            return text.rstrip(":. ")
    return field.name


def _nearest(boxes: Floats, words: list[int], *, from_right: bool) -> list[int]:
    """The words of a line next to a field, up to the first wide gap."""
    ordered = sorted(words, key=lambda word: float(boxes[word, 0]), reverse=from_right)
    near: list[int] = []
    for word in ordered:
        if near:
            left, right = sorted((near[-1], word), key=lambda one: float(boxes[one, 0]))
            gap = float(boxes[right, 0] - boxes[left, 2])
            if gap > _GAP * float(boxes[word, 3] - boxes[word, 1]):
                break
        near.append(word)
    return sorted(near)


def _readable(name: str) -> str:
    """A field's name without the path that programs put before it."""
    return name.rpartition(".")[2].partition("[")[0].replace("_", " ").strip()


def _box(note: Any, display: Floats) -> Box:
    rect = pdfium.FS_RECTF()
    pdfium.FPDFAnnot_GetRect(note, ctypes.byref(rect))
    corners = [(rect.left, rect.bottom), (rect.right, rect.top)]
    xs = [float(display[0, 0] * x + display[0, 1] * y + display[0, 2]) for x, y in corners]
    ys = [float(display[1, 0] * x + display[1, 1] * y + display[1, 2]) for x, y in corners]
    return min(xs), min(ys), max(xs), max(ys)


def _string(function: Callable[..., int], form: Any, note: Any) -> str:
    """The string that a function of PDFium writes into a buffer, as UTF-16."""
    size = function(form, note, None, 0)
    if size <= 2:
        return ""
    buffer = ctypes.create_string_buffer(size)
    function(form, note, ctypes.cast(buffer, ctypes.POINTER(pdfium.FPDF_WCHAR)), size)
    return one_line(buffer.raw.decode("utf-16-le", "replace").rstrip("\0"))

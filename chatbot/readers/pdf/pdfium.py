"""PDFium, and nothing else that knows it: words, outline, properties, boxes and pictures.

PDFium is not thread-safe. A process that has several threads takes `LOCK` around all it does
with a `Pdf`.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any, Final, Self

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image

from chatbot.errors import SkipKind, UnreadableFile
from chatbot.readers.pdf.lines import line_starts
from chatbot.readers.pdf.page_words import Floats, Font, OutlineEntry, Page, Words, word_bounds
from chatbot.types import Box, Span

LOCK: Final = threading.RLock()

_FIXED_PITCH: Final = 1
_FORCE_BOLD: Final = 1 << 18
_BOLD_NAMES: Final = (b"bold", b"black", b"heavy", b"demi", b"-bd", b"cmbx", b"sfbx")
_FIXED_NAMES: Final = (b"mono", b"courier", b"typewriter", b"cmtt", b"sftt", b"consol")
_OUTLINE_DEPTH: Final = 15

# The same function without the checks that cost more than the call: two calls for every word.
_BOX: Final = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)(
    ctypes.cast(pdfium.FPDFText_GetLooseCharBox, ctypes.c_void_p).value or 0
)


class Encrypted(UnreadableFile):
    """The file can't be opened without its password."""

    def __init__(self) -> None:
        super().__init__(SkipKind.ENCRYPTED)


class NotOpened(Exception):
    """PDFium can't open the file."""


class Pdf:
    """An open file. Raises Encrypted where it wants a password, else NotOpened."""

    def __init__(self, data: bytes) -> None:
        try:
            self._file = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as failure:
            if pdfium.FPDF_GetLastError() == pdfium.FPDF_ERR_PASSWORD:
                raise Encrypted from None
            raise NotOpened(str(failure)) from failure

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self._file)

    # -- what it says of itself ----------------------------------------------------------------

    def properties(self) -> dict[str, str]:
        """Title, Author, CreationDate and so on, as the file has them; empty ones left out."""
        found: dict[str, str] = self._file.get_metadata_dict(skip_empty=True)
        catalog_language = pdfium.FPDFCatalog_GetLanguage
        length = catalog_language(self._file, None, 0)
        if length > 2:
            buffer = (ctypes.c_ushort * ((length + 1) // 2))()
            catalog_language(self._file, buffer, length)
            found["Language"] = bytes(buffer).decode("utf-16-le", "replace").rstrip("\0")
        return found

    def outline(self) -> Iterator[OutlineEntry]:
        """The table of contents, as far as its entries lead to a page."""
        for entry in self._file.get_toc(max_depth=_OUTLINE_DEPTH):
            place = entry.get_dest()
            page = place.get_index() if place else None
            if page is not None and 0 <= page < len(self):
                yield OutlineEntry(entry.get_title(), entry.level + 1, page + 1)

    # -- pages ---------------------------------------------------------------------------------

    def page(self, number: int) -> Page:
        """The words of a page; one that PDFium can't load has none."""
        try:
            page = self._file[number - 1]
        except pypdfium2.PdfiumError:
            return Page(number, 0, 0, "", Words(*word_bounds(""), np.empty((0, 4))))
        try:
            text_page = page.get_textpage()
            text = _text(text_page.raw)
            width, height = page.get_size()
            upside_down = page.get_rotation() == 180
            words, turned = _words(
                text_page.raw, text, _display(page), (width, height), upside_down=upside_down
            )
            found = Page(number, *((height, width) if turned else (width, height)), text, words)
            starts = line_starts(words)
            ends = np.append(starts[1:], True)
            found.fonts.update(
                (int(word), _font(text_page.raw, int(words.start[word])))
                for word in np.flatnonzero(starts | ends)
            )
            return found
        finally:
            page.close()

    def size(self, number: int) -> tuple[float, float]:
        """Width and height of a page in points, as it is displayed."""
        width, height = self._file.get_page_size(number - 1)
        return width, height

    def boxes(self, number: int, ranges: Sequence[Span]) -> list[Box]:
        """The boxes of characters of a page, one for each stretch that stands on a line."""
        page = self._file[number - 1]
        try:
            text_page = page.get_textpage()
            display = _display(page)
            found: list[Box] = []
            for chars in ranges:
                corners = _loose(text_page.raw, range(*chars), display)
                found += _merged(corners[(corners[:, 2] > corners[:, 0])])
            return found
        finally:
            page.close()

    def picture(self, number: int, scale: float) -> Image.Image:
        """A page as it looks, `scale` pixels a point, annotations included."""
        page = self._file[number - 1]
        try:
            picture: Image.Image = page.render(scale=scale, may_draw_forms=False).to_pil()
            return picture
        finally:
            page.close()


def _text(text_page: Any) -> str:
    """The text of a page: the character at an index is the one that PDFium counts there."""
    count = max(pdfium.FPDFText_CountChars(text_page), 0)
    buffer = (ctypes.c_ushort * (count + 1))()
    units = pdfium.FPDFText_GetText(text_page, 0, count, buffer) - 1 if count else 0
    text = bytes(buffer)[: 2 * max(units, 0)].decode("utf-16-le", "surrogatepass")
    if len(text) == units == count:
        return text.replace("\0", " ")
    # Characters outside the basic plane, or without any meaning: ask for each by itself.
    codes = (pdfium.FPDFText_GetUnicode(text_page, index) for index in range(count))
    return "".join(chr(code) if 0 < code < 0x110000 else " " for code in codes)


def _words(
    text_page: Any,
    text: str,
    display: Floats,
    size: tuple[float, float],
    *,
    upside_down: bool,
) -> tuple[Words, bool]:
    """The words of a page; if most run down or up it, as in a table laid on its side, turned.

    On a page that is displayed upside down they may run backwards, and are turned as well.
    """
    start, stop = word_bounds(text)
    first = _loose(text_page, start.tolist(), display)
    last = _loose(text_page, (stop - 1).tolist(), display)
    boxes = np.hstack([np.minimum(first, last)[:, :2], np.maximum(first, last)[:, 2:]])
    moved = (last - first)[stop - start > 2, :2]
    across, down = np.abs(moved).sum(axis=0)
    left, top, right, bottom = boxes.T
    if down <= across:
        if upside_down and moved[:, 0].sum() < 0:
            boxes = np.stack(
                [size[0] - right, size[1] - bottom, size[0] - left, size[1] - top], axis=1
            )
        return Words(start, stop, boxes), False
    if moved[:, 1].sum() > 0:
        boxes = np.stack([top, size[0] - right, bottom, size[0] - left], axis=1)
    else:
        boxes = np.stack([size[1] - bottom, left, size[1] - top, right], axis=1)
    return Words(start, stop, boxes), True


def _loose(text_page: Any, indices: Sequence[int], display: Floats) -> Floats:
    """(n, 4) boxes as displayed, as high as the font and as wide as the letter's advance."""
    rows = np.zeros((len(indices), 4), np.float32)
    handle = ctypes.cast(text_page, ctypes.c_void_p).value if text_page else None
    place = rows.ctypes.data
    for index in indices:
        _BOX(handle, index, place)
        place += 16
    # left, top, right, bottom in the file's own coordinates, y upwards.
    xs, ys = rows[:, [0, 2]].astype(np.float64), rows[:, [1, 3]].astype(np.float64)
    across = xs * display[0, 0] + ys * display[0, 1] + display[0, 2]
    down = xs * display[1, 0] + ys * display[1, 1] + display[1, 2]
    return np.stack(
        [across.min(axis=1), down.min(axis=1), across.max(axis=1), down.max(axis=1)], axis=1
    )


def _display(page: pypdfium2.PdfPage) -> Floats:
    """The matrix from the file's coordinates of a page to those of the page as displayed."""
    left, bottom, right, top = page.get_bbox()
    turned = {
        0: [[1, 0, -left], [0, -1, top]],
        90: [[0, 1, -bottom], [1, 0, -left]],
        180: [[-1, 0, right], [0, 1, -bottom]],
        270: [[0, -1, top], [-1, 0, right]],
    }
    return np.array(turned[page.get_rotation()], np.float64)


def _font(text_page: Any, index: int) -> Font:
    name = ctypes.create_string_buffer(80)
    flags = ctypes.c_int()
    pdfium.FPDFText_GetFontInfo(text_page, index, name, 80, ctypes.byref(flags))
    lower = name.value.lower()
    return Font(
        bold=bool(flags.value & _FORCE_BOLD) or any(each in lower for each in _BOLD_NAMES),
        fixed=bool(flags.value & _FIXED_PITCH) or any(each in lower for each in _FIXED_NAMES),
    )


def _merged(corners: Floats) -> list[Box]:
    """One box for the characters that follow each other on a line, which may run down a page."""
    found: list[Box] = []
    for left, top, right, bottom in corners.tolist():
        if found:
            before = found[-1]
            width, height = right - left, bottom - top
            aside = abs((top + bottom) - (before[1] + before[3])) < height
            below = abs((left + right) - (before[0] + before[2])) < width
            gap = max(left - before[2], before[0] - right)
            drop = max(top - before[3], before[1] - bottom)
            if (aside and gap < height) or (below and drop < 0.5 * width):
                found[-1] = (
                    min(before[0], left),
                    min(before[1], top),
                    max(before[2], right),
                    max(before[3], bottom),
                )
                continue
        found.append((left, top, right, bottom))
    return found

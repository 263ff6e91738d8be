"""Read words, outline, properties, boxes and pictures of PDF files with PDFium.

PDFium is not thread-safe: a process with several threads must hold `LOCK` while it uses a `Pdf`.
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
from chatbot.readers.pdf.page_words import Floats, Font, OutlineEntry, Page, PageWords, word_bounds
from chatbot.types import Box, Span

LOCK: Final = threading.RLock()

_FIXED_PITCH: Final = 1
_FORCE_BOLD: Final = 1 << 18
_BOLD_NAMES: Final = (b"bold", b"black", b"heavy", b"demi", b"-bd", b"cmbx", b"sfbx")
_FIXED_NAMES: Final = (b"mono", b"courier", b"typewriter", b"cmtt", b"sftt", b"consol")
_OUTLINE_DEPTH: Final = 15

# pypdfium2 checks arguments, which takes longer than the call itself, at two calls per word.
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
    """An open file. Raises Encrypted if it needs a password, otherwise NotOpened."""

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

    # -- metadata ----------------------------------------------------------------------------

    def properties(self) -> dict[str, str]:
        """The non-empty properties of the file, such as Title, Author and CreationDate."""
        properties: dict[str, str] = self._file.get_metadata_dict(skip_empty=True)
        catalog_language = pdfium.FPDFCatalog_GetLanguage
        length = catalog_language(self._file, None, 0)
        if length > 2:
            buffer = (ctypes.c_ushort * ((length + 1) // 2))()
            catalog_language(self._file, buffer, length)
            properties["Language"] = bytes(buffer).decode("utf-16-le", "replace").rstrip("\0")
        return properties

    def outline(self) -> Iterator[OutlineEntry]:
        """The entries of the outline that lead to a page."""
        for entry in self._file.get_toc(max_depth=_OUTLINE_DEPTH):
            destination = entry.get_dest()
            page = destination.get_index() if destination else None
            if page is not None and 0 <= page < len(self):
                yield OutlineEntry(entry.get_title(), entry.level + 1, page + 1)

    # -- pages -------------------------------------------------------------------------------

    def page(self, number: int) -> Page:
        """A page with its words; a page that PDFium can't load has none."""
        try:
            raw_page = self._file[number - 1]
        except pypdfium2.PdfiumError:
            return Page(number, 0, 0, "", PageWords(*word_bounds(""), np.empty((0, 4))))
        try:
            text_page = raw_page.get_textpage()
            text = _text(text_page.raw)
            width, height = raw_page.get_size()
            upside_down = raw_page.get_rotation() == 180
            words, turned = _words(
                text_page.raw, text, _display(raw_page), (width, height), upside_down=upside_down
            )
            page = Page(number, *((height, width) if turned else (width, height)), text, words)
            starts = line_starts(words)
            ends = np.append(starts[1:], True)
            page.fonts.update(
                (int(word), _font(text_page.raw, int(words.start[word])))
                for word in np.flatnonzero(starts | ends)
            )
            return page
        finally:
            raw_page.close()

    def size(self, number: int) -> tuple[float, float]:
        """The width and height of a displayed page in points."""
        width, height = self._file.get_page_size(number - 1)
        return width, height

    def boxes(self, number: int, ranges: Sequence[Span]) -> list[Box]:
        """Boxes around ranges of a page's characters, one per line that a range touches."""
        page = self._file[number - 1]
        try:
            text_page = page.get_textpage()
            display = _display(page)
            boxes: list[Box] = []
            for chars in ranges:
                char_boxes = _char_boxes(text_page.raw, range(*chars), display)
                boxes += _merged(char_boxes[(char_boxes[:, 2] > char_boxes[:, 0])])
            return boxes
        finally:
            page.close()

    def picture(self, number: int, scale: float) -> Image.Image:
        """Render a page at `scale` pixels per point, with annotations."""
        page = self._file[number - 1]
        try:
            picture: Image.Image = page.render(scale=scale, may_draw_forms=False).to_pil()
            return picture
        finally:
            page.close()


def _text(text_page: Any) -> str:
    """The text of a page, with the same character indices as in PDFium."""
    count = max(pdfium.FPDFText_CountChars(text_page), 0)
    buffer = (ctypes.c_ushort * (count + 1))()
    units = pdfium.FPDFText_GetText(text_page, 0, count, buffer) - 1 if count else 0
    text = bytes(buffer)[: 2 * max(units, 0)].decode("utf-16-le", "surrogatepass")
    if len(text) == units == count:
        return text.replace("\0", " ")
    # Some characters take two UTF-16 units or none, so fetch them one by one.
    codes = (pdfium.FPDFText_GetUnicode(text_page, index) for index in range(count))
    return "".join(chr(code) if 0 < code < 0x110000 else " " for code in codes)


def _words(
    text_page: Any,
    text: str,
    display: Floats,
    size: tuple[float, float],
    *,
    upside_down: bool,
) -> tuple[PageWords, bool]:
    """The words of a page, and whether the page was turned to make most of them run across.

    In a table that lies on its side, words run down or up. On a page displayed upside down they may
    run backwards; then only their boxes are turned.
    """
    start, stop = word_bounds(text)
    first = _char_boxes(text_page, start.tolist(), display)
    last = _char_boxes(text_page, (stop - 1).tolist(), display)
    boxes = np.hstack([np.minimum(first, last)[:, :2], np.maximum(first, last)[:, 2:]])
    direction = (last - first)[stop - start > 2, :2]
    across, down = np.abs(direction).sum(axis=0)
    left, top, right, bottom = boxes.T
    if down <= across:
        if upside_down and direction[:, 0].sum() < 0:
            boxes = np.stack(
                [size[0] - right, size[1] - bottom, size[0] - left, size[1] - top], axis=1
            )
        return PageWords(start, stop, boxes), False
    if direction[:, 1].sum() > 0:
        boxes = np.stack([top, size[0] - right, bottom, size[0] - left], axis=1)
    else:
        boxes = np.stack([size[1] - bottom, left, size[1] - top, right], axis=1)
    return PageWords(start, stop, boxes), True


def _char_boxes(text_page: Any, indices: Sequence[int], display: Floats) -> Floats:
    """Displayed boxes of characters, (n, 4), as high as the font and as wide as the advance."""
    rows = np.zeros((len(indices), 4), np.float32)
    handle = ctypes.cast(text_page, ctypes.c_void_p).value if text_page else None
    address = rows.ctypes.data
    for index in indices:
        _BOX(handle, index, address)
        address += 16
    # Left, top, right, bottom in the file's coordinates, y upwards.
    xs, ys = rows[:, [0, 2]].astype(np.float64), rows[:, [1, 3]].astype(np.float64)
    across = xs * display[0, 0] + ys * display[0, 1] + display[0, 2]
    down = xs * display[1, 0] + ys * display[1, 1] + display[1, 2]
    return np.stack(
        [across.min(axis=1), down.min(axis=1), across.max(axis=1), down.max(axis=1)], axis=1
    )


def _display(page: pypdfium2.PdfPage) -> Floats:
    """The matrix from the file's coordinates to those of the displayed page."""
    left, bottom, right, top = page.get_bbox()
    by_rotation = {
        0: [[1, 0, -left], [0, -1, top]],
        90: [[0, 1, -bottom], [1, 0, -left]],
        180: [[-1, 0, right], [0, 1, -bottom]],
        270: [[0, -1, top], [-1, 0, right]],
    }
    return np.array(by_rotation[page.get_rotation()], np.float64)


def _font(text_page: Any, index: int) -> Font:
    buffer = ctypes.create_string_buffer(80)
    flags = ctypes.c_int()
    pdfium.FPDFText_GetFontInfo(text_page, index, buffer, 80, ctypes.byref(flags))
    font = buffer.value.lower()
    return Font(
        bold=bool(flags.value & _FORCE_BOLD) or any(name in font for name in _BOLD_NAMES),
        fixed=bool(flags.value & _FIXED_PITCH) or any(name in font for name in _FIXED_NAMES),
    )


def _merged(char_boxes: Floats) -> list[Box]:
    """Merge the boxes of characters that follow each other on a line, horizontal or vertical."""
    merged: list[Box] = []
    for left, top, right, bottom in char_boxes.tolist():
        if merged:
            previous = merged[-1]
            width, height = right - left, bottom - top
            same_row = abs((top + bottom) - (previous[1] + previous[3])) < height
            same_column = abs((left + right) - (previous[0] + previous[2])) < width
            gap = max(left - previous[2], previous[0] - right)
            drop = max(top - previous[3], previous[1] - bottom)
            if (same_row and gap < height) or (same_column and drop < 0.5 * width):
                merged[-1] = (
                    min(previous[0], left),
                    min(previous[1], top),
                    max(previous[2], right),
                    max(previous[3], bottom),
                )
                continue
        merged.append((left, top, right, bottom))
    return merged

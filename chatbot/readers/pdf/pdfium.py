"""Read words, outline, properties, boxes and pictures of PDF files with PDFium.

PDFium is not thread-safe: a process with several threads must hold `LOCK` while it uses a `Pdf`.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterator, Sequence
from functools import partial
from types import TracebackType
from typing import Any, Final, Self

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image

from chatbot.errors import SkipKind, UnreadableFile
from chatbot.readers.pdf.characters import (
    characters,
    has_right_to_left,
    reversed_words,
    right_to_left_words,
    unturned,
)
from chatbot.readers.pdf.direct_calls import address, direct
from chatbot.readers.pdf.form_fields import FormField, fields_on
from chatbot.readers.pdf.lines import line_starts
from chatbot.readers.pdf.merged_boxes import merged
from chatbot.readers.pdf.page_drawings import Drawings, drawings_on
from chatbot.readers.pdf.page_words import (
    Floats,
    OutlineEntry,
    Page,
    PageWords,
    word_bounds,
    words_between,
)
from chatbot.readers.pdf.raised_figures import with_raised
from chatbot.readers.pdf.word_fonts import fonts_at, fonts_of
from chatbot.types import Box, Span

LOCK: Final = threading.RLock()

_OUTLINE_DEPTH: Final = 15
_SAME_PLACE: Final = 1.0  # points by which two letters may overlap
_BOX: Final = direct(pdfium.FPDFText_GetLooseCharBox, "hih")


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

    @property
    def has_form(self) -> bool:
        """Whether the file has a form."""
        return bool(self._file.get_formtype() != pdfium.FORMTYPE_NONE)

    def fields(self, number: int) -> list[FormField]:
        """The filled fields of a form on a page."""
        if not self._file.formenv:
            self._file.init_forms()
        form = self._file.formenv
        if form is None:
            return []
        try:
            page = self._file[number - 1]
        except pypdfium2.PdfiumError:
            return []
        try:
            return list(fields_on(page, form, _display(page)))
        finally:
            page.close()

    def xfa_packets(self) -> dict[str, bytes]:
        """The parts of an XFA form by name, each an XML file."""
        packets: dict[str, bytes] = {}
        for index in range(max(pdfium.FPDF_GetXFAPacketCount(self._file), 0)):
            length = pdfium.FPDF_GetXFAPacketName(self._file, index, None, 0)
            name = ctypes.create_string_buffer(max(length, 1))
            pdfium.FPDF_GetXFAPacketName(self._file, index, name, length)
            size = ctypes.c_ulong()
            pdfium.FPDF_GetXFAPacketContent(self._file, index, None, 0, ctypes.byref(size))
            content = ctypes.create_string_buffer(max(size.value, 1))
            pdfium.FPDF_GetXFAPacketContent(
                self._file, index, content, size.value, ctypes.byref(size)
            )
            packets[name.value.decode("utf-8", "replace")] = content.raw[: size.value]
        return packets

    def page(self, number: int) -> Page:
        """A page with its words; a page that PDFium can't load has none."""
        try:
            raw_page = self._file[number - 1]
        except pypdfium2.PdfiumError:
            return Page(number, 0, 0, "", PageWords(*word_bounds(""), np.empty((0, 4))))
        try:
            text_page = raw_page.get_textpage()
            text = _text(text_page.raw)
            display = _display(raw_page)
            boxes = partial(_char_boxes, text_page.raw, display=display)
            text = with_raised(unturned(text, boxes), boxes)
            if has_right_to_left(text):
                text = reversed_words(text, _drawn_forward(text_page.raw, text, display))
            width, height = raw_page.get_size()
            upside_down = raw_page.get_rotation() == 180
            words, turned = _words(
                text_page.raw, text, display, (width, height), upside_down=upside_down
            )
            drawn = Drawings() if turned else drawings_on(raw_page, display, text, words)
            page = Page(
                number,
                *((height, width) if turned else (width, height)),
                text,
                words,
                rules=drawn.rules,
                struck=drawn.struck,
                pictures=drawn.pictures,
            )
            starts = line_starts(words)
            ends = np.append(starts[1:], True)
            edges = np.flatnonzero(starts | ends)
            page.fonts.update(fonts_of(text_page.raw, edges.tolist(), words.start[edges].tolist()))
            return page
        finally:
            raw_page.close()

    def font_names(self, page: Page) -> list[str]:
        """The name of the font of each word of a page."""
        raw_page = self._file[page.number - 1]
        try:
            text_page = raw_page.get_textpage()
            return [
                name.decode("latin-1")
                for name, _ in fonts_at(text_page.raw, page.words.start.tolist())
            ]
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
                boxes += merged(char_boxes[(char_boxes[:, 2] > char_boxes[:, 0])])
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
    codes = [pdfium.FPDFText_GetUnicode(text_page, index) for index in range(count)]
    return characters(codes)


def _drawn_forward(text_page: Any, text: str, display: Floats) -> Iterator[Span]:
    """The words with Hebrew or Arabic letters that are drawn from the left to the right."""
    words = list(right_to_left_words(text))
    first = _char_boxes(text_page, [letters.start for _, letters in words], display)
    last = _char_boxes(text_page, [letters.end - 1 for _, letters in words], display)
    forward = (last[:, 0] > first[:, 2] - _SAME_PLACE) & (last[:, 0] > first[:, 0])
    for number in np.flatnonzero(forward).tolist():
        yield words[number][0]


def _words(
    text_page: Any,
    text: str,
    display: Floats,
    size: tuple[float, float],
    *,
    upside_down: bool,
) -> tuple[PageWords, bool]:
    """The words of a page, and whether the page was turned to make most of them run across."""
    start, stop = word_bounds(text)
    first = _char_boxes(text_page, start.tolist(), display)
    last = _char_boxes(text_page, (stop - 1).tolist(), display)
    return words_between(start, stop, first, last, size, upside_down=upside_down)


def _char_boxes(text_page: Any, indices: Sequence[int], display: Floats) -> Floats:
    """Displayed boxes of characters, (n, 4), as high as the font and as wide as the advance."""
    rows = np.zeros((len(indices), 4), np.float32)
    handle, row = address(text_page), rows.ctypes.data
    for index in indices:
        _BOX(handle, index, row)
        row += 16
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

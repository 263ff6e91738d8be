"""The fonts of words, as PDFium names them."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Final

import pypdfium2.raw as pdfium

from chatbot.readers.pdf.direct_calls import address, direct
from chatbot.readers.pdf.page_words import Font

_FIXED_PITCH: Final = 1
_FORCE_BOLD: Final = 1 << 18
_BOLD_NAMES: Final = (b"bold", b"black", b"heavy", b"demi", b"-bd", b"cmbx", b"sfbx")
_FIXED_NAMES: Final = (b"mono", b"courier", b"typewriter", b"cmtt", b"sftt", b"consol")

_FONT: Final = direct(pdfium.FPDFText_GetFontInfo, "hihLh", returns="L")


def fonts_of(
    text_page: Any, words: Sequence[int], characters: Sequence[int]
) -> Iterator[tuple[int, Font]]:
    """The font of each word, by one of its characters."""
    for word, (name, flags) in zip(words, fonts_at(text_page, characters), strict=True):
        yield word, _font(name, flags)


def fonts_at(text_page: Any, characters: Sequence[int]) -> Iterator[tuple[bytes, int]]:
    """The name and the flags of the font of each character."""
    handle = address(text_page)
    name, flags = ctypes.create_string_buffer(80), ctypes.c_int()
    places = ctypes.addressof(name), ctypes.addressof(flags)
    for character in characters:
        _FONT(handle, character, places[0], 80, places[1])
        yield name.value, flags.value


@lru_cache(maxsize=1_000)
def _font(name: bytes, flags: int) -> Font:
    name = name.lower()
    return Font(
        bold=bool(flags & _FORCE_BOLD) or any(part in name for part in _BOLD_NAMES),
        fixed=bool(flags & _FIXED_PITCH) or any(part in name for part in _FIXED_NAMES),
    )

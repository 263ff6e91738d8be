"""Pictures (PNG, JPEG, TIFF, WebP), read by OCR like the pages of a scanned PDF."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from itertools import islice
from typing import Final

from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

from chatbot.errors import SkipKind, UnreadableFile
from chatbot.readers.pdf.ocr import PIXELS_PER_POINT, engine
from chatbot.readers.pdf.pdf import read_pdf
from chatbot.readers.raw_file import RawFile
from chatbot.types import Document

_POINTS_PER_INCH: Final = 72
# An icon has no text; a larger picture than this needs more memory than a file may have.
_SMALLEST_SIDE: Final = 40
_MOST_PIXELS: Final = 60_000_000
_MOST_PAGES: Final = 1_000
_DAMAGE: Final = (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, IndexError)


def read_picture(file: RawFile) -> Iterator[Document]:
    """Yield the words of a picture as one document; each picture of a TIFF file is a page.

    Raises UnreadableFile if no OCR engine is installed, or the picture is damaged or has no text.
    """
    if engine() is None:
        raise UnreadableFile(SkipKind.SCANNED, "a picture")
    pdf, media_type = _as_pdf(file.data)
    for document in read_pdf(replace(file, data=pdf)):
        # The places of its lines are places in a PDF that nobody can open.
        yield replace(document, media_type=media_type, runs=())


def _as_pdf(data: bytes) -> tuple[bytes, str]:
    """A PDF with each picture as a page in the resolution that OCR expects, and the media type."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(BytesIO(data)) as picture:
                media_type = Image.MIME.get(picture.format or "", "image/png")
                frames = islice(ImageSequence.Iterator(picture), _MOST_PAGES)
                pages = [_page(frame) for frame in frames]
    except (Image.DecompressionBombError, *_DAMAGE) as failure:
        raise UnreadableFile(SkipKind.DAMAGED, f"it can't be opened ({failure})") from failure
    pdf = BytesIO()
    pages[0].save(
        pdf,
        "PDF",
        resolution=PIXELS_PER_POINT * _POINTS_PER_INCH,
        save_all=True,
        append_images=pages[1:],
    )
    return pdf.getvalue(), media_type


def _page(frame: Image.Image) -> Image.Image:
    """A picture as it is shown: turned upright, on white."""
    width, height = frame.size
    if width * height > _MOST_PIXELS:
        raise UnreadableFile(SkipKind.TOO_LARGE, f"{width:,} × {height:,} pixels")
    if min(width, height) < _SMALLEST_SIDE:
        raise UnreadableFile(SkipKind.NO_TEXT, "it is an icon")
    upright = ImageOps.exif_transpose(frame).convert("RGBA")
    page = Image.new("RGB", upright.size, "white")
    page.paste(upright, mask=upright.getchannel("A"))
    return page

"""Pictures of text inside documents, read by OCR if an engine is installed.

A picture costs seconds, and a document has a time limit. So their number, their size and the time
are bounded, icons and repeated pictures are left out, and a picture with fewer words than a
sentence, such as a logo, counts as one without text.
"""

from __future__ import annotations

import hashlib
import time
import warnings
from base64 import b64decode
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from io import BytesIO
from shutil import which
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from chatbot.text.clean import one_line

if TYPE_CHECKING:
    from PIL.Image import Image

    from chatbot.readers.pdf.ocr import ScannedLine

_MOST: Final = 40
_SECONDS: Final = 15.0
_LARGEST_BYTES: Final = 20_000_000
_MOST_PIXELS: Final = 60_000_000
# Sides in pixels: a smaller picture is an icon, a larger one is made smaller.
_LEAST_WIDTH, _LEAST_HEIGHT = 120, 40
_LONGEST_SIDE: Final = 2_000
_FEWEST_WORDS: Final = 3
# In heights of a line: the distance to the next paragraph.
_PARAGRAPH_GAP: Final = 1.2


class PictureReader:
    """Reads the pictures of one document, within bounds; without an engine it reads none."""

    def __init__(self) -> None:
        self._seen: set[bytes] = set()
        self._began: float | None = None

    def paragraphs(self, data: bytes) -> list[str]:
        """The paragraphs in a picture file; none if it is damaged, or was read before."""
        if not self._may_read(data):
            return []
        from PIL import Image

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                with Image.open(BytesIO(data)) as opened:
                    if opened.width * opened.height > _MOST_PIXELS:
                        return []
                    picture = opened.convert("RGBA")
        except (
            OSError,
            ValueError,
            SyntaxError,
            EOFError,
            IndexError,
            Image.DecompressionBombError,
        ):
            return []
        page = Image.new("RGB", picture.size, "white")
        page.paste(picture, mask=picture.getchannel("A"))
        return self._recognised(page)

    def paragraphs_of(self, picture: Image) -> list[str]:
        """The paragraphs in an opened picture; none if it was read before."""
        return self._recognised(picture) if self._may_read(picture.tobytes()) else []

    def _recognised(self, picture: Image) -> list[str]:
        from chatbot.readers.pdf.ocr import engine

        recognise = engine()
        if not recognise or picture.width < _LEAST_WIDTH or picture.height < _LEAST_HEIGHT:
            return []
        picture.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
        self._began = time.monotonic() if self._began is None else self._began
        paragraphs = _paragraphs(recognise(picture.convert("L")))
        words = sum(len(text.split()) for text in paragraphs)
        return paragraphs if words >= _FEWEST_WORDS else []

    @property
    def is_spent(self) -> bool:
        """Whether the bounds are reached, or no engine is installed."""
        late = self._began is not None and time.monotonic() - self._began > _SECONDS
        return late or len(self._seen) >= _MOST or not _has_engine()

    def _may_read(self, data: bytes) -> bool:
        if self.is_spent or not 0 < len(data) <= _LARGEST_BYTES:
            return False
        key = hashlib.sha256(data).digest()
        is_new = key not in self._seen
        self._seen.add(key)
        return is_new


def data_of_uri(address: str) -> bytes:
    """The bytes of a picture in a `data:` address; none for any other address."""
    head, _, data = address.partition(",")
    if not (head.startswith("data:image/") and head.endswith(";base64")):
        return b""
    try:
        return b64decode(unquote(data))
    except ValueError:
        return b""


@cache
def _has_engine() -> bool:
    """Whether an engine is installed, found without importing what it needs."""
    return find_spec("rapidocr") is not None or which("tesseract") is not None


def _paragraphs(lines: Sequence[ScannedLine]) -> list[str]:
    """The lines from above to below; a wide gap ends a paragraph."""
    paragraphs: list[list[str]] = []
    bottom = height = 0.0
    for line in sorted(lines, key=lambda line: (line.box[1] + line.box[3], line.box[0])):
        _, top, _, low = line.box
        if not paragraphs or top - bottom > _PARAGRAPH_GAP * height:
            paragraphs.append([])
        paragraphs[-1].append(line.text)
        bottom, height = max(bottom, low), low - top
    return [one_line(" ".join(texts)) for texts in paragraphs]

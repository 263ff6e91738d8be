"""Pages of PDF files as pictures, drawn by a process of their own.

PDFium is not thread-safe, and a page can be made so that drawing it takes for ever, or ends the
process that does it. So neither happens here: who asks takes turns, waits so long and no longer,
and the process is started again when it is needed next.
"""

from __future__ import annotations

import hashlib
import io
import multiprocessing
import threading
from collections.abc import Callable, Sequence
from functools import lru_cache
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any, Final, NamedTuple

from chatbot.types import Box, Span

MEDIA_TYPE: Final = "image/webp"

_SECONDS: Final = 20
# Sharp on a screen that shows a page about as wide as it is on paper, at twice the density.
_PIXELS_A_POINT: Final = 2.0
_LARGEST_PIXELS: Final = 4_000
_QUALITY: Final = 80
_REMEMBERED_PAGES: Final = 48


class Original(NamedTuple):
    """A file on disk, and the SHA-256 that it was indexed with."""

    path: Path
    sha256: str


class Sheet(NamedTuple):
    """A page: its size in points, and the boxes of the ranges that were asked for."""

    number: int
    width: float
    height: float
    boxes: tuple[Box, ...]


class NotDrawn(Exception):
    """The page can't be drawn: the file is another by now, or its drawing took too long."""


class Drawer:
    """Draws pages; safe to use from several threads, which take turns."""

    def __init__(self, *, seconds: float = _SECONDS) -> None:
        self._seconds = seconds
        self._turn = threading.Lock()
        self._process: SpawnProcess | None = None
        self._pipe: Connection | None = None
        self.picture = lru_cache(_REMEMBERED_PAGES)(self._picture)

    def close(self) -> None:
        """End the process; the next request starts another."""
        with self._turn:
            self._end()

    def sheets(
        self, original: Original, ranges: Sequence[tuple[int, Sequence[Span]]]
    ) -> list[Sheet]:
        """These pages with the boxes of these ranges of their characters. Raises NotDrawn."""
        found: list[Sheet] = self._ask(_sheets, original, ranges)
        return found

    def _picture(self, original: Original, number: int) -> bytes:
        """A page as an image of MEDIA_TYPE. Raises NotDrawn."""
        found: bytes = self._ask(_picture, original, number)
        return found

    def _ask(self, job: Callable[..., Any], *values: Any) -> Any:
        with self._turn:
            if self._process is None or not self._process.is_alive():
                self._start()
            assert self._pipe
            try:
                self._pipe.send((job, values))
                if not self._pipe.poll(self._seconds):
                    self._end()
                    raise NotDrawn("it takes too long")
                answer, refusal = self._pipe.recv()
            except (EOFError, OSError) as failure:
                self._end()
                raise NotDrawn("drawing it ended the process") from failure
        if refusal is not None:
            raise NotDrawn(refusal)
        return answer

    def _start(self) -> None:
        # Spawned, since a fork of a process with threads may stand still.
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()

    def _end(self) -> None:
        if self._process:
            self._process.kill()
            self._process.join()
        if self._pipe:
            self._pipe.close()
        self._process = self._pipe = None


# -- in the process --------------------------------------------------------------------------


def _serve(pipe: Connection) -> None:
    """Do one job after the other until nobody is there to ask."""
    while True:
        try:
            job, values = pipe.recv()
        except (EOFError, OSError, KeyboardInterrupt):
            return
        try:
            pipe.send((job(*values), None))
        except Exception as failure:  # noqa: BLE001 - whatever a file does is an answer
            pipe.send((None, str(failure) or type(failure).__name__))


def _sheets(original: Original, ranges: Sequence[tuple[int, Sequence[Span]]]) -> list[Sheet]:
    pdf = _opened(original)
    sheets = []
    for number, chars in ranges:
        width, height = pdf.size(number)
        sheets.append(Sheet(number, width, height, tuple(pdf.boxes(number, chars))))
    return sheets


def _picture(original: Original, number: int) -> bytes:
    pdf = _opened(original)
    scale = min(_PIXELS_A_POINT, _LARGEST_PIXELS / max(*pdf.size(number), 1.0))
    stream = io.BytesIO()
    pdf.picture(number, scale).convert("RGB").save(stream, "WEBP", quality=_QUALITY, method=2)
    return stream.getvalue()


def _opened(original: Original) -> Any:
    """The file, opened once as long as it stays as it is."""
    status = original.path.stat()
    return _open(original, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=2)
def _open(original: Original, modified_ns: int, size: int) -> Any:  # noqa: ARG001 - tell versions apart
    from chatbot.readers.pdf.pdfium import Pdf

    data = original.path.read_bytes()
    if hashlib.sha256(data).hexdigest() != original.sha256:
        raise NotDrawn("the file has changed since it was indexed")
    return Pdf(data)

"""Pages of PDF files as pictures, drawn in a separate process.

PDFium isn't thread-safe, and a malicious page can hang or crash the process that draws it.
Requests therefore take turns and time out, and the next request restarts a dead process.
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
# 144 dpi: sharp when a page is shown at about its printed width.
_PIXELS_PER_POINT: Final = 2.0
_LARGEST_PIXELS: Final = 4_000
_QUALITY: Final = 80
_CACHED_PAGES: Final = 48


class Original(NamedTuple):
    """A file on disk, and its SHA-256 when it was indexed."""

    path: Path
    sha256: str


class Sheet(NamedTuple):
    """A page: its size in points, and the boxes of the requested ranges."""

    number: int
    width: float
    height: float
    boxes: tuple[Box, ...]


class NotDrawn(Exception):
    """The page can't be drawn: the file has changed, or drawing took too long or crashed."""


class Drawer:
    """Draws pages. Threads may share it; they take turns."""

    def __init__(self, *, seconds: float = _SECONDS) -> None:
        self._seconds = seconds
        self._turn = threading.Lock()
        self._process: SpawnProcess | None = None
        self._pipe: Connection | None = None
        self.picture = lru_cache(_CACHED_PAGES)(self._picture)

    def close(self) -> None:
        """Stop the process; the next request starts a new one."""
        with self._turn:
            self._end()

    def sheets(
        self, original: Original, ranges: Sequence[tuple[int, Sequence[Span]]]
    ) -> list[Sheet]:
        """Pages by number, each with the boxes of ranges of its characters. Raises NotDrawn."""
        sheets: list[Sheet] = self._run(_sheets, original, ranges)
        return sheets

    def _picture(self, original: Original, number: int) -> bytes:
        """A page as an image of MEDIA_TYPE. Raises NotDrawn."""
        image: bytes = self._run(_picture, original, number)
        return image

    def _run(self, job: Callable[..., Any], *values: Any) -> Any:
        with self._turn:
            if self._process is None or not self._process.is_alive():
                self._start()
            assert self._pipe
            try:
                self._pipe.send((job, values))
                if not self._pipe.poll(self._seconds):
                    self._end()
                    raise NotDrawn("drawing takes too long")
                result, error = self._pipe.recv()
            except (EOFError, OSError) as failure:
                self._end()
                raise NotDrawn("drawing crashed") from failure
        if error is not None:
            raise NotDrawn(error)
        return result

    def _start(self) -> None:
        # Spawned: a fork of a process with threads may deadlock.
        context = multiprocessing.get_context("spawn")
        self._pipe, child_end = context.Pipe()
        self._process = context.Process(target=_serve, args=(child_end,), daemon=True)
        self._process.start()
        child_end.close()

    def _end(self) -> None:
        if self._process:
            self._process.kill()
            self._process.join()
        if self._pipe:
            self._pipe.close()
        self._process = self._pipe = None


# -- in the process --------------------------------------------------------------------------


def _serve(pipe: Connection) -> None:
    """Run jobs one by one until the pipe is closed."""
    while True:
        try:
            job, values = pipe.recv()
        except (EOFError, OSError, KeyboardInterrupt):
            return
        try:
            pipe.send((job(*values), None))
        except Exception as failure:  # noqa: BLE001 - any failure of a file is a result
            pipe.send((None, str(failure) or type(failure).__name__))


def _sheets(original: Original, ranges: Sequence[tuple[int, Sequence[Span]]]) -> list[Sheet]:
    pdf = _original_pdf(original)
    sheets = []
    for number, chars in ranges:
        width, height = pdf.size(number)
        sheets.append(Sheet(number, width, height, tuple(pdf.boxes(number, chars))))
    return sheets


def _picture(original: Original, number: int) -> bytes:
    pdf = _original_pdf(original)
    scale = min(_PIXELS_PER_POINT, _LARGEST_PIXELS / max(*pdf.size(number), 1.0))
    stream = io.BytesIO()
    pdf.picture(number, scale).convert("RGB").save(stream, "WEBP", quality=_QUALITY, method=2)
    return stream.getvalue()


def _original_pdf(original: Original) -> Any:
    """The file, opened once while its time and size stay the same."""
    status = original.path.stat()
    return _open(original, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=2)
def _open(original: Original, modified_ns: int, size: int) -> Any:  # noqa: ARG001 - parts of the cache key
    from chatbot.readers.pdf.pdfium import Pdf

    data = original.path.read_bytes()
    if hashlib.sha256(data).hexdigest() != original.sha256:
        raise NotDrawn("the file has changed since it was indexed")
    return Pdf(data)

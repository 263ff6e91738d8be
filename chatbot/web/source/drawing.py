"""The process that draws pages of PDF files. It may hang or crash without harming the server.

`python -m chatbot.web.source.drawing` starts it. It confines itself and answers each `Job` from
standard input, which comes with the open file, with a `Drawing` on standard output.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Sequence
from typing import IO, Final

from chatbot.confinement.confine import bound_memory, confine
from chatbot.confinement.messages import Requests, write_message
from chatbot.readers.pdf.pdfium import Pdf
from chatbot.types import Span
from chatbot.web.source.drawing_jobs import Drawing, Job, Sheet

# 144 dpi: sharp when a page is shown at about its printed width.
_PIXELS_PER_POINT: Final = 2.0
_LARGEST_PIXELS: Final = 4_000
_QUALITY: Final = 80
_MEMORY: Final = 1_000_000_000
_OPEN_FILES: Final = 2


def main() -> None:
    """Answer jobs until standard input ends."""
    # Output that a library prints must not mix with the replies.
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    jobs, files = Requests(), _Files()
    bound_memory(_MEMORY)
    confine()
    # The server's log isn't a file of this process.
    os.dup2(1, 2)
    while True:
        try:
            job, descriptor = jobs.next(Job)
        except EOFError:
            return
        with os.fdopen(descriptor, "rb") as file:
            drawing = _draw(job, file, files)
        write_message(replies, drawing)


def _draw(job: Job, file: IO[bytes], files: _Files) -> Drawing:
    try:
        pdf = files.pdf(job, file)
        if job.picture is not None:
            return Drawing(image=_picture(pdf, job.picture))
        return Drawing(sheets=tuple(_sheet(pdf, number, chars) for number, chars in job.sheets))
    except Exception as failure:  # noqa: BLE001 - any failure of a file is a result
        return Drawing(error=str(failure) or type(failure).__name__)


def _sheet(pdf: Pdf, number: int, chars: Sequence[Span]) -> Sheet:
    return Sheet(number, *pdf.size(number), tuple(pdf.boxes(number, chars)))


def _picture(pdf: Pdf, number: int) -> bytes:
    scale = min(_PIXELS_PER_POINT, _LARGEST_PIXELS / max(*pdf.size(number), 1.0))
    stream = io.BytesIO()
    pdf.picture(number, scale).convert("RGB").save(stream, "WEBP", quality=_QUALITY, method=2)
    return stream.getvalue()


class _Files:
    """The last files, opened once while their time and size stay the same."""

    def __init__(self) -> None:
        self._pdfs: dict[tuple[str, int, int], Pdf] = {}

    def pdf(self, job: Job, file: IO[bytes]) -> Pdf:
        """The file of a job. Raises UnreadableFile or NotOpened."""
        key = job.sha256, job.modified_ns, job.size
        if key not in self._pdfs:
            data = file.read()
            if hashlib.sha256(data).hexdigest() != job.sha256:
                raise ValueError("the file has changed since it was indexed")
            while len(self._pdfs) >= _OPEN_FILES:
                self._pdfs.pop(next(iter(self._pdfs)))
            self._pdfs[key] = Pdf(data)
        return self._pdfs[key]


if __name__ == "__main__":
    main()

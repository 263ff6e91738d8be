"""Pages of PDF files as pictures, drawn in a separate, confined process.

PDFium isn't thread-safe, and a malicious page can hang, crash or take over the process that draws
it. Requests therefore take turns and time out, and the next request restarts a dead process.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from chatbot.confinement.child import ConfinedProcess, module_command
from chatbot.confinement.messages import PASSES_FILES, MalformedMessage, decode
from chatbot.errors import UnreadableFile
from chatbot.index.corpus_files import open_file
from chatbot.types import Span
from chatbot.web.source.drawing_jobs import Drawing, Job, Sheet

MEDIA_TYPE: Final = "image/webp"

_DRAWING: Final = module_command("chatbot.web.source.drawing")
_DECODER: Final = msgspec.msgpack.Decoder(Drawing)

_SECONDS: Final = 20
_LARGEST_REPLY: Final = 64_000_000


class Original(NamedTuple):
    """A file on disk, and its SHA-256 when it was indexed."""

    path: Path
    sha256: str


class NotDrawn(Exception):
    """The page can't be drawn: the file has changed, or drawing took too long or crashed."""


class Drawer:
    """Draws pages. Threads may share it; they take turns."""

    def __init__(self, *, seconds: float = _SECONDS) -> None:
        self._seconds = seconds
        self._turn = threading.Lock()
        self._process: ConfinedProcess | None = None

    def close(self) -> None:
        """Stop the process; the next request starts a new one."""
        with self._turn:
            self._end()

    def sheets(
        self, original: Original, ranges: Sequence[tuple[int, Sequence[Span]]]
    ) -> list[Sheet]:
        """Pages by number, each with the boxes of ranges of its characters. Raises NotDrawn."""
        pages = tuple((number, tuple(chars)) for number, chars in ranges)
        return [*self._run(original, sheets=pages).sheets]

    def picture(self, original: Original, number: int) -> bytes:
        """A page as an image of MEDIA_TYPE. Raises NotDrawn."""
        return self._run(original, picture=number).image

    def _run(self, original: Original, **job: Any) -> Drawing:
        try:
            file = open_file(original.path)
        except UnreadableFile as failure:
            raise NotDrawn(str(failure.reason)) from failure
        try:
            path = "" if PASSES_FILES else str(file.path)
            request = Job(original.sha256, file.modified_ns, file.size, path, **job)
            with self._turn:
                drawing = self._draw(request, file.descriptor)
        finally:
            file.close()
        if drawing.error:
            raise NotDrawn(drawing.error)
        return drawing

    def _draw(self, job: Job, descriptor: int) -> Drawing:
        if self._process is None or not self._process.alive():
            self._end()
            self._process = ConfinedProcess(_DRAWING, largest_reply=_LARGEST_REPLY)
        self._process.send(job, descriptor)
        try:
            return decode(self._process.reply(self._seconds), _DECODER)
        except TimeoutError:
            self._end()
            raise NotDrawn("drawing takes too long") from None
        except (EOFError, MalformedMessage) as failure:
            self._end()
            raise NotDrawn("drawing crashed") from failure

    def _end(self) -> None:
        if self._process:
            self._process.end()
        self._process = None

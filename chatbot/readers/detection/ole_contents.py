"""The format of an OLE file, from its streams."""

from __future__ import annotations

from chatbot.readers.detection.signs import OleStream
from chatbot.readers.formats import Formats


def ole_type(data: bytes, suffix: str, formats: Formats) -> str | None:
    """The media type of an old office file; None for any other use of the container.

    A file may embed a file of another format; then the suffix decides.
    """
    matches = [
        kind
        for stream, kind in formats.signs(OleStream)
        # Names ignore case ([MS-CFB] 2.6.4), and one program writes all in lower case.
        if _entry(stream.name) in data or _entry(stream.name.lower()) in data
    ]
    by_suffix = formats.package_with_suffix(suffix)
    return by_suffix if by_suffix in matches else next(iter(matches), None)


def _entry(stream: str) -> bytes:
    """The head of a directory entry: the name in 64 bytes, and its length in bytes ([MS-CFB])."""
    name = f"{stream}\0".encode("utf-16-le")
    return name.ljust(64, b"\0") + len(name).to_bytes(2, "little")

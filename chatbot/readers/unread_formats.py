"""The formats that are recognised and not read: documents to export, and files without text."""

from __future__ import annotations

from typing import Final

from chatbot.errors import SkipKind, SkipReason
from chatbot.readers import media_types as types
from chatbot.readers.detection.signs import Begins, OleStream, ZipFolder
from chatbot.readers.formats import Format


def _to_export(name: str, media_type: str, *signs: Begins | OleStream | ZipFolder) -> Format:
    """A format of documents without a reader; its own program can export them."""
    step = SkipReason(SkipKind.UNSUPPORTED, f"{name}; export it to PDF and build again")
    return Format(name=name, media_type=media_type, refusal=step, signs=signs)


_TO_EXPORT: Final = (
    _to_export(
        "OneNote",
        "application/onenote",
        Begins(bytes.fromhex("e4525c7b8cd8a74daeb15378d02996d3")),
        Begins(bytes.fromhex("a12fff43d9ef764c9ee210ea5722765f")),
    ),
    _to_export("WordPerfect", "application/vnd.wordperfect", Begins(b"\xffWPC")),
    _to_export("Publisher", "application/vnd.ms-publisher", OleStream("Quill")),
    # After Publisher, whose files have a stream of contents, too.
    _to_export("Works", "application/vnd.ms-works", OleStream("MN0"), OleStream("CONTENTS")),
    _to_export("Visio", "application/vnd.visio", OleStream("VisioDocument"), ZipFolder("visio/")),
)


def _unsupported(name: str, media_type: str, *starts: bytes) -> Format:
    return Format(name=name, media_type=media_type, signs=tuple(map(Begins, starts)))


# Without these, a binary file would count as text.
_UNSUPPORTED: Final = (
    _unsupported("OLE", types.OLE, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    _unsupported("RAR", "application/vnd.rar", b"Rar!\x1a\x07"),
    _unsupported("GIF", "image/gif", b"GIF8"),
    _unsupported("Program", "application/x-executable", b"\x7fELF", b"MZ\x90\0"),
    _unsupported("SQLite", "application/vnd.sqlite3", b"SQLite format 3\0"),
)

UNREAD: Final = (*_TO_EXPORT, *_UNSUPPORTED)

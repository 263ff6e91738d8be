"""What a file is: by its content first, by its name where text does not tell."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Final

_SIGNATURES: Final[tuple[tuple[bytes, str], ...]] = (
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"{\\rtf", "application/rtf"),
    (b"\x1f\x8b", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"\x89PNG\r\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"\x7fELF", "application/x-executable"),
    (b"MZ\x90\0", "application/x-executable"),
    (b"SQLite format 3\0", "application/vnd.sqlite3"),
)
# Rubbish may stand before a PDF, and every reader takes it; text that speaks of one may not.
_PDF_BEHIND: Final = re.compile(rb"(?:^|[\r\n\0])%PDF-[0-9]\.[0-9]\s*[\r\n]")
_HTML_STARTS: Final = (b"<!doctype html", b"<html", b"<head", b"<body")
_BY_NAME: Final = {
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".mdown": "text/markdown",
    ".txt": "text/plain",
    ".text": "text/plain",
    ".html": "text/html",
    ".htm": "text/html",
    ".xhtml": "text/html",
    ".jsonl": "application/jsonl",
    ".ndjson": "application/jsonl",
}
# Formats that are text to the eye and would make nonsense as prose.
_STRUCTURED: Final = {
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".json": "application/json",
    ".xml": "application/xml",
    ".svg": "image/svg+xml",
    ".css": "text/css",
    ".js": "text/javascript",
    ".eml": "message/rfc822",
    ".mbox": "application/mbox",
}


def media_type(name: str, data: bytes) -> str:
    """The media type of a file; text that is nothing else is `text/plain`."""
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    for signature, kind in _SIGNATURES:
        if start.startswith(signature):
            return kind
    if _PDF_BEHIND.search(data[:1024]):
        return "application/pdf"
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in _BY_NAME and suffix not in (".txt", ".text"):
        return _BY_NAME[suffix]
    if start.lower().startswith(_HTML_STARTS):
        return "text/html"
    return _STRUCTURED.get(suffix, "text/plain")

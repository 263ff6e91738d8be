"""What a file is: by its content first, by its name where text does not tell."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Final

from chatbot.readers.detection.office_kind import ole_kind, zip_kind
from chatbot.readers.detection.xml_kind import xml_kind

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
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\0", "application/x-xz"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"ITSF\3\0", "application/vnd.ms-htmlhelp"),
    (b"PK00PK\x03\x04", "application/zip"),
)
# Containers of many formats, and what tells these apart.
_INSIDE: Final = {"application/zip": zip_kind, "application/x-ole-storage": ole_kind}
_TAR: Final = slice(257, 262)
# A header of mail that stands first, and one that no other text has among its first lines.
_MAIL_START: Final = re.compile(rb"[A-Z][A-Za-z0-9-]{1,40}:[ \t]")
_MAIL_HEADER: Final = re.compile(
    rb"^(?:Message-ID|MIME-Version|Received|Return-Path|Delivered-To):",
    re.MULTILINE | re.IGNORECASE,
)
_MAILBOX_START: Final = re.compile(rb"From \S+ .*\n(?:>?[A-Z][A-Za-z0-9-]+:|\s)")
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
    ".tab": "text/tab-separated-values",
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
    start = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    for signature, kind in _SIGNATURES:
        if start.startswith(signature):
            inside = _INSIDE.get(kind)
            return (inside and inside(name, data)) or kind
    if data[_TAR] == b"ustar":
        return "application/x-tar"
    if _PDF_BEHIND.search(data[:1024]):
        return "application/pdf"
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in _BY_NAME and suffix not in (".txt", ".text"):
        return _BY_NAME[suffix]
    if start.lower().startswith(_HTML_STARTS):
        return "text/html"
    return xml_kind(start) or _STRUCTURED.get(suffix) or _mail(start) or "text/plain"


def _mail(start: bytes) -> str | None:
    """Whether a text without a name that tells is a mailbox or a message."""
    if _MAILBOX_START.match(start):
        return "application/mbox"
    if _MAIL_START.match(start) and _MAIL_HEADER.search(start):
        return "message/rfc822"
    return None

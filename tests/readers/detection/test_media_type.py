"""The media type of a file, by its content first and then by its name."""

from __future__ import annotations

import random

import pytest

from chatbot.readers.built_in import BUILT_IN
from chatbot.readers.detection.media_type import media_type
from chatbot.readers.formats import Formats
from tests.readers.reading import reason


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.txt", b"%PDF-1.7", "application/pdf"),
        ("a.txt", b"\xef\xbb\xbf%PDF-1.7", "application/pdf"),
        ("a.txt", b"\r\n%PDF-1.7", "application/pdf"),
        ("a.txt", b"rubbish\n%PDF-1.4\n%...", "application/pdf"),
        ("a.txt", b"Each begins with %PDF-1.4\n", "text/plain"),
        ("a.md", b"\x89PNG\r\n\x1a\n", "image/png"),
        ("a.html", b"PK\x03\x04", "application/zip"),
        ("a.txt", b"\n <!DOCTYPE html><p>x", "text/html"),
        ("a", b"<HTML><p>x", "text/html"),
        ("a.MD", b"text", "text/markdown"),
        ("a.htm", b"text", "text/html"),
        ("a.ndjson", b"{}", "application/jsonl"),
        ("folder.html/a", b"text", "text/plain"),
        ("a.xyz", b"text", "text/plain"),
        ("a.log", b"text", "text/x-log"),
        ("Makefile", b"all: a", "text/x-source-code"),
        ("s", b"text", "text/plain"),
        ("run", b"#!/bin/sh\ntrue", "text/x-source-code"),
        ("a.py", b"<html>", "text/x-source-code"),
        ("a", b"<svg xmlns='http://www.w3.org/2000/svg'>", "image/svg+xml"),
        ("a.txt", b"WEBVTT\n", "application/x-subrip"),
        ("a.txt", b"MZUZU, Malawi - text", "text/plain"),
        ("a.txt", b"Is <html> a tag?", "text/plain"),
        ("a.exe", b"MZ\x90\0\3", "application/x-executable"),
        ("a.csv", b"a,b", "text/csv"),
        ("a.txt", b"<?xml version='1.0'?><plist>", "application/xml"),
        ("a", b"<?xml version='1.0'?>\n<!DOCTYPE html>\n<html lang='en'>", "text/html"),
        ("a.txt", b"From li Mon Mar 12 10:00:00 2018\nFrom: li\n\nx", "application/mbox"),
        ("a.txt", b"From here to there\nis a poem.", "text/plain"),
        ("a.tgz", b"\x1f\x8b\x08", "application/gzip"),
        ("a.txt", bytes(257) + b"ustar", "application/x-tar"),
    ],
)
def test_content_beats_the_name(name: str, data: bytes, kind: str) -> None:
    """A signature decides; the suffix only distinguishes kinds of text."""
    assert media_type(name, data, Formats(BUILT_IN)) == kind


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        (
            "report.rar",
            b"Rar!\x1a\x07\x00...",
            "unsupported format: .rar (application/vnd.rar)",
        ),
        ("scan.txt", b"%PDF-1.7 ...", "damaged: neither PDF library can open it"),
        (
            "notes.one",
            bytes.fromhex("e4525c7b8cd8a74daeb15378d02996d3"),
            "unsupported format: OneNote; export it to PDF and build again",
        ),
        (
            "letter.doc",
            b"\xffWPC\x10",
            "unsupported format: WordPerfect; export it to PDF and build again",
        ),
        ("film", b"GIF89a", "unsupported format: image/gif"),
        ("empty.txt", b"", "no text"),
        ("empty.md", b"---\ntitle: Only this\n---\n", "no text"),
        ("empty.html", b"<html><script>x()</script></html>", "no text"),
        ("empty.jsonl", b"\n\n", "no text"),
        ("blank.txt", " \n\t\r\n\u200b".encode(), "no text"),
        ("furniture.txt", b"Leave a Reply\n\nShare:\n", "no text"),
        ("zeros.txt", bytes(4000), "not a text file"),
        ("binary.txt", bytes(range(256)) * 20, "not a text file"),
        ("noise.txt", random.Random(1).randbytes(5000), "not a text file"),
    ],
)
def test_a_file_without_text_gives_a_reason(name: str, data: bytes, why: str) -> None:
    """The reason tells the owner what is wrong."""
    assert reason(name, data) == why

"""Hangul documents give their paragraphs."""

from __future__ import annotations

import struct
from pathlib import Path

from chatbot.readers.office.hangul import _paragraphs
from tests.readers.office.test_old_office import sample
from tests.readers.reading import blocks, covers, document, reason


def record(kind: int, data: bytes) -> bytes:
    size = len(data)
    if size < 0xFFF:
        return struct.pack("<I", kind | size << 20) + data
    return struct.pack("<II", kind | 0xFFF << 20, size) + data


def test_a_document_gives_its_paragraphs(data: Path) -> None:
    """Its sections are compressed."""
    doc = document("a.hwp", sample(data, "testHWP_5.0.hwp"))
    assert [text for _, text in blocks(doc)] == ["테스트", "test"]
    assert doc.media_type == "application/x-hwp"
    assert covers(doc)


def test_a_document_for_distribution_is_refused(data: Path) -> None:
    """Its text is encrypted against copying."""
    why = reason("a.hwp", sample(data, "testHWP-v5-dist.hwp"))
    assert why == "copy protected: a document for distribution"


def test_codes_in_a_paragraph_are_no_text() -> None:
    """A table has a code of eight units, a tab too; a line break one."""
    table = struct.pack("<8H", 11, *range(100, 106), 11)
    tab = struct.pack("<8H", 9, *[0] * 6, 9)
    text = "가나".encode("utf-16-le") + table + b"x\0" + tab + b"y\0" + b"\n\0" + b"z\0" + b"\r\0"
    section = record(66, b"skip") + record(67, text) + record(67, "끝".encode("utf-16-le") * 3000)
    assert list(_paragraphs(section)) == ["가나x y\nz", "끝" * 3000]
    assert list(_paragraphs(section[:20])) == ["가나"[: (20 - 12) // 2]]

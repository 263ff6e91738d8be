"""Outlook messages: header, text, attachments."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatbot.errors import UnreadableFile
from chatbot.readers.containers.compressed_rtf import decompressed_rtf
from tests.readers.reading import documents, read_or_reason, reason

FOLDER = "torture/tika/tika-parser-microsoft-module"


def test_a_message_is_read_with_its_attachments(data: Path) -> None:
    """Its header is its first line and its metadata; an attached file is a document."""
    content = (data / FOLDER / "testMSG_att_doc.msg").read_bytes()
    message, letter, attached = documents("a.msg", content)
    assert (message.title, message.metadata.date) == ("test pièce jointe 1", "2009-04-22")
    assert message.metadata.author == "Nicolas1 23456 <nicolas1.23456@free.fr>"
    assert message.text.endswith("Subject: test pièce jointe 1\n\ncontenu")
    assert attached.doc_id == "a.msg/pj1.txt"
    assert letter.doc_id == "a.msg/test-unicode.doc"
    assert "chinois : 줥" in letter.text
    assert "chinois : 줥" in attached.text


def test_an_attached_message_is_a_document(data: Path) -> None:
    """So is the file beside it."""
    content = (data / FOLDER / "testMSG_att_msg.msg").read_bytes()
    titles = {doc.doc_id: doc.title for doc in documents("a.msg", content)}
    assert titles["a.msg"] == "test email"
    assert titles["a.msg/attachment-1.msg"] == "Test Attachment"


def test_a_damaged_message_gives_a_reason(data: Path) -> None:
    """A cut at any place, and changed bytes, end in a reason or in what can be read."""
    content = (data / FOLDER / "testMSG_Post.msg").read_bytes()
    for length in range(600, len(content), 4_000):
        assert read_or_reason("a.msg", content[:length])
    assert reason("a.msg", content[:600])


def test_compressed_rtf_is_unpacked() -> None:
    """The example of the specification, and a text that is stored as it is."""
    packed = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af3206865"
        "6c090020627705b06c647d0a800fa0"
    )
    assert decompressed_rtf(packed) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    assert decompressed_rtf(bytes(4) + b"\2\0\0\0MELA" + bytes(4) + b"{}") == b"{}"
    for damaged in (b"", packed[:12], packed[:8] + b"ABCD" + packed[12:]):
        with pytest.raises(UnreadableFile):
            decompressed_rtf(damaged)

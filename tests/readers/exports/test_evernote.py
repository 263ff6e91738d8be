"""Evernote exports: notes and their attachments."""

from __future__ import annotations

from tests.readers.reading import blocks, documents, reason

NOTES = """<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE en-export SYSTEM "http://xml.evernote.com/pub/evernote-export3.dtd">
<en-export export-date="20240506T101112Z"><note><title>Boat list</title><content><![CDATA[<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE en-note SYSTEM "x"><en-note><div>Buy a <b>rope</b>.</div><ul><li>anchor</li></ul><en-todo checked="true"/>paint</en-note>]]></content><created>20240506T101112Z</created><tag>sea</tag><note-attributes><author>Ann Lee</author></note-attributes><resource><data encoding="base64">VGhlIGFuY2hvciB3ZWlnaHMgdGVuIGtpbG9zLg==</data><mime>text/plain</mime><resource-attributes><file-name>anchor.txt</file-name></resource-attributes></resource></note><note><title>Second</title><content><![CDATA[<en-note>Two</en-note>]]></content></note></en-export>"""


def test_a_note_is_a_document_and_its_attachment_a_file() -> None:
    """Title, tags, author and date are the note's own."""
    first, attached, second = documents("a.enex", NOTES, "a.enex/")
    assert blocks(first) == [
        ("paragraph", "Buy a rope."),
        ("item", "anchor"),
        ("paragraph", "paint"),
    ]
    assert (first.title, first.metadata.date) == ("Boat list", "2024-05-06")
    assert (first.metadata.author, first.metadata.tags) == ("Ann Lee", ("sea",))
    assert attached.doc_id == "a.enex/Boat list/anchor.txt"
    assert attached.text == "The anchor weighs ten kilos."
    assert (second.title, second.text) == ("Second", "Two")


def test_an_export_that_is_cut_off_gives_a_reason() -> None:
    """So the file is listed."""
    assert reason("a.enex", NOTES[:300]).startswith("damaged")
    assert reason("a.enex", "<en-export></en-export>") == "no text"

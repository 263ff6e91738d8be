"""The topics of HTML Help are pages of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatbot.readers.containers.lzx import LzxDecoder
from chatbot.types import Document
from tests.readers.reading import blocks, documents, everything, read_or_reason, reason


def sample(data: Path, name: str) -> bytes:
    return next((data / "torture").rglob(name)).read_bytes()


def test_each_topic_is_a_document_under_its_title(data: Path) -> None:
    """They are unpacked across the places where the stream begins anew."""
    docs = documents("a.chm", sample(data, "testChm.chm"))
    by_name = {doc.doc_id: doc for doc in docs}
    assert by_name["a.chm/ocx_alink.htm"].title == "ALink command"
    assert "Creates Associative links (ALinks) that jump to target HTML files" in (
        by_name["a.chm/ocx_alink.htm"].text
    )
    assert len(docs) == 39


def test_all_of_a_topic_can_be_quoted(data: Path) -> None:
    """A search for an article takes short steps for boilerplate, and half of a title for a site."""
    docs = {doc.doc_id: doc for doc in documents("a.chm", sample(data, "cmak_ops.CHM"))}
    assert "Entrée VPN - Onglet IPv6" in {doc.title for doc in docs.values()}
    steps = [
        doc for doc in documents("a.chm", sample(data, "gpedit.CHM")) if "gpedit.msc" in doc.text
    ]
    assert steps
    for doc in steps:
        assert not doc.furniture
        assert any("gpedit.msc" in text for _, text in blocks(doc))


def test_topics_in_other_encodings_are_read(data: Path) -> None:
    """French and Japanese."""
    french = documents("a.chm", sample(data, "gpedit.CHM"))
    assert "Affecter des scripts d’arrêt de l’ordinateur" in {doc.title for doc in french}
    japanese = everything("a.chm", sample(data, "IMJPCL.CHM"))
    titles = {item.title for item in japanese if isinstance(item, Document)}
    assert {"用語集", "使う人にフィットした変換辞書にできる"} <= titles


def test_a_damaged_file_gives_a_reason(data: Path) -> None:
    """So does one that is cut short, or whose parts are missing."""
    assert reason("a.chm", sample(data, "testChm_oom.chm")).startswith(
        "damaged: its topics can't be unpacked"
    )
    whole = sample(data, "gpedit.CHM")
    assert reason("a.chm", whole[:9000]).startswith("damaged")
    for place in range(0x60, len(whole), len(whole) // 12):
        changed = bytearray(whole)
        changed[place] ^= 0xFF
        # In part or not at all, but without breaking the reader.
        read_or_reason("a.chm", bytes(changed))


def test_a_stored_block_is_copied() -> None:
    """The bits: no translation, a block of kind 3 with ten bytes; then the last three offsets."""
    bits = f"{0:01b}{3:03b}{10:024b}".ljust(32, "0")
    words = b"".join(int(bits[n : n + 16], 2).to_bytes(2, "little") for n in (0, 16))
    data = words + b"\1\0\0\0" * 3 + b"0123456789"
    assert LzxDecoder(data, 15).unpack(10) == b"0123456789"
    with pytest.raises(ValueError, match="too soon"):
        LzxDecoder(data[:-2], 15).unpack(10)


def test_translated_instructions_are_refused() -> None:
    """Only programs have them."""
    with pytest.raises(ValueError, match="translated"):
        LzxDecoder(b"\xff\xff" * 20, 15).unpack(10)

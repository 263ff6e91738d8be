"""Word and PowerPoint before 2007: text, tables, slides and notes."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatbot.readers.pictures import PictureReader
from tests.readers.reading import (
    blocks,
    covers,
    document,
    documents,
    furniture,
    read_or_reason,
    reason,
)


def sample(data: Path, name: str) -> bytes:
    return next((data / "torture").rglob(name)).read_bytes()


def test_a_word_file_gives_its_paragraphs_its_tables_and_its_header(data: Path) -> None:
    """A link is read as its words, and characters of two units don't shift what follows."""
    doc = document("a.doc", sample(data, "testWORD_various.doc"))
    content = blocks(doc)
    assert ("paragraph", "This is a hyperlink") in content
    assert ("header_row", "Row 1 Col 1 | Row 1 Col 2 | Row 1 Col 3") in content
    assert ("row", "Row 2 Col 1 | Row 2 Col 2 | Row 2 Col 3") in content
    assert ("header", "This is the header text.") in furniture(doc)
    assert (doc.metadata.author, doc.metadata.date) == ("Michael McCandless", "2017-11-24")
    assert covers(doc)


def test_a_word_6_file_is_read(data: Path) -> None:
    """It keeps its text in one run."""
    doc = document("a.doc", sample(data, "testWORD6.doc"))
    assert doc.text == "The quick brown fox jumps over the lazy dog"


def test_an_encrypted_word_file_is_refused(data: Path) -> None:
    """The reason says what to do."""
    why = reason("a.doc", sample(data, "testWORD_protected_passtika.doc"))
    assert why == "encrypted: remove the password and build again"


def test_each_slide_is_a_page_with_its_title(data: Path) -> None:
    """The master's texts aren't read."""
    doc = document("a.ppt", sample(data, "testPPT_skipBadCompressedObject.ppt"))
    assert len(doc.pages) == 14
    assert doc.title == "An Evaluation of CDTI Dynamic Predictor Display Technology"
    assert ("heading", "Conflict Scenarios") in blocks(doc)
    assert ("item", "Speed = 320 kts") in blocks(doc)
    assert document("a.ppt", sample(data, "testPPT_masterFooter.ppt")).text == (
        "Master footer is here"
    )
    assert covers(doc)


@pytest.mark.parametrize("name", ["testWORD_various.doc", "testPPT_2imgs.ppt"])
def test_a_cut_or_changed_file_ends_in_text_or_a_reason(data: Path, name: str) -> None:
    """No damage makes a reader hang or crash."""
    content = sample(data, name)
    for place in range(0, len(content), len(content) // 60):
        assert read_or_reason(name, content[:place]) is not None
        changed = content[:place] + b"\xff\xff\xff\x7f" + content[place + 4 :]
        assert read_or_reason(name, changed) is not None


def test_the_names_of_streams_ignore_case(data: Path) -> None:
    """A program writes them all in lower case."""
    doc = document("a.doc", sample(data, "simple_lower_case.doc"))
    assert doc.text == "This is a sample Word document"


def _read_as_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read pictures as if an OCR engine said how many bytes they have."""
    monkeypatch.setattr("chatbot.readers.pictures._has_engine", lambda: True)
    monkeypatch.setattr(PictureReader, "paragraphs", lambda _, picture: [f"{len(picture)} bytes"])


@pytest.mark.parametrize(
    ("name", "before", "sizes"),
    [
        ("testWORD_3imgs.doc", "The end!", [4444, 1844, 18930]),
        ("testPPT_2imgs.ppt", "The quick brown fox jumps over the lazy dog", [4444, 7904, 3072]),
        ("pic.xls", "", [9255, 561276]),
    ],
)
def test_the_words_of_pictures_follow_the_text(
    data: Path, monkeypatch: pytest.MonkeyPatch, name: str, before: str, sizes: list[int]
) -> None:
    """A picture that a workbook has in several records is whole."""
    _read_as_sizes(monkeypatch)
    doc = documents(name, sample(data, name))[0]
    texts = [text for _, text in blocks(doc)]
    assert texts[-len(sizes) :] == [f"{size} bytes" for size in sizes]
    assert texts[: -len(sizes)][-1:] == ([before] if before else [])
    assert covers(doc)


def test_a_picture_on_an_old_slide_is_on_its_page(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Vector pictures aren't read."""
    _read_as_sizes(monkeypatch)
    doc = document("a.ppt", sample(data, "pictures.ppt"))
    pages = [page.of(doc.text).strip() for page in doc.pages]
    assert [text.split("\n")[-1] for text in pages[:3]] == ["11988 bytes", "3043 bytes", "0 bytes"]

"""Real files: nothing is lost, and each is read or refused with a reason."""

from __future__ import annotations

import re
from pathlib import Path

from tests.readers.reading import blocks, covers, document, furniture, read_or_reason
from tests.shared import ARTICLES


def real(data: Path) -> list[Path]:
    return sorted(path for path in (data / "documents").rglob("*") if path.is_file())


def test_real_documents_are_covered(data: Path) -> None:
    """Each character of each document has exactly one place."""
    assert len(real(data)) == 8
    for path in real(data):
        assert covers(document(path.name, path.read_bytes())), path.name


def test_no_word_of_a_real_document_is_lost(data: Path) -> None:
    """The words of the file, its markup taken away with plain patterns, are those of the text."""
    for path in real(data):
        text = re.sub(r"\A---\n.*?\n---\n", "", path.read_text("utf-8"), flags=re.DOTALL)
        text = re.sub(r"\]\(\S+?\)|<excerpt/>|^ *\d+\. ", " ", text, flags=re.MULTILINE)
        found = document(path.name, path.read_bytes()).text
        found = re.sub(r"^ *\d+\. ", " ", found, flags=re.MULTILINE)
        assert re.findall(r"[^\W_]+", found) == re.findall(r"[^\W_]+", text), path.name


def test_the_furniture_of_the_articles_is_listed(data: Path) -> None:
    """What the scraper left of the pages around the two articles is in no block."""
    first, second = (document(name, (data / "documents" / name).read_bytes()) for name in ARTICLES)
    assert furniture(first) == [
        ("caption", "Picture: Chinese Military (Photo by Li Sanhong)"),
        ("boilerplate", "Leave a Reply"),
        (
            "boilerplate",
            "Your email address will not be published. Required fields are marked *",
        ),
    ]
    assert furniture(second) == [
        ("navigation", "Share:"),
        ("navigation", "In Other News"),
        ("navigation", "Load More"),
    ]
    for found in (first, second):
        words = "\n".join(text for _, text in blocks(found))
        assert not [text for _, text in furniture(found) if text in words]


def test_the_headings_of_the_articles_are_found(data: Path) -> None:
    """The title and two questions of the first article; the second has none."""
    first, second = (document(name, (data / "documents" / name).read_bytes()) for name in ARTICLES)
    assert [text for kind, text in blocks(first) if kind == "heading"] == [
        "Promoting Sino-Russian Defense Cooperation-Rock War",
        "The driving force of cooperation",
        "What should I do?",
    ]
    assert "heading" not in {kind for kind, _ in blocks(second)}


def test_government_papers_say_what_they_are(data: Path) -> None:
    """Title, author and date come from the front matter, and none of it is text."""
    path = (
        data / "documents" / "government" / "2018-01-19-national-defense-strategy-2018-summary.md"
    )
    found = document(path.name, path.read_bytes())
    assert found.title == "National Defense Strategy"
    assert (found.metadata.author, found.metadata.date) == (
        "US Department of Defense",
        "2018-01-19",
    )
    assert "excerpt" not in found.text
    assert found.text.startswith("The Department of Defense’s enduring mission is to provide")


def test_a_file_of_any_kind_is_read_or_refused(data: Path) -> None:
    """Of 700 real files, many damaged or hostile, none breaks a reader or loses text."""
    torture = data / "torture"
    read_at_all = 0
    for path in sorted(path for path in torture.rglob("*") if path.is_file()):
        found = read_or_reason(str(path.relative_to(torture)), path.read_bytes())
        if isinstance(found, str):
            assert re.match(r"[a-z]", found), path.name
        else:
            assert all(map(covers, found)), path.name
            read_at_all += 1
    assert read_at_all > 100

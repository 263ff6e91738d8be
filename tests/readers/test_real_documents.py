"""Real files: nothing is lost, and each is read or refused with a reason."""

from __future__ import annotations

import re
from pathlib import Path

from tests.benchmarks.real_tables import RIGHT, judge
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
    """The document has the words of the file, after its markup is removed with simple patterns."""
    for path in real(data):
        text = re.sub(r"\A---\n.*?\n---\n", "", path.read_text("utf-8"), flags=re.DOTALL)
        text = re.sub(r"\]\(\S+?\)|<excerpt/>|^ *\d+\. ", " ", text, flags=re.MULTILINE)
        doc = document(path.name, path.read_bytes()).text
        doc = re.sub(r"^ *\d+\. ", " ", doc, flags=re.MULTILINE)
        assert re.findall(r"[^\W_]+", doc) == re.findall(r"[^\W_]+", text), path.name


def test_the_furniture_of_the_articles_is_listed(data: Path) -> None:
    """Remains of the web pages around the two articles are in no block."""
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
    for doc in (first, second):
        words = "\n".join(text for _, text in blocks(doc))
        assert not [text for _, text in furniture(doc) if text in words]


def test_the_headings_of_the_articles_are_found(data: Path) -> None:
    """The first article has a title and two questions as headings; the second has none."""
    first, second = (document(name, (data / "documents" / name).read_bytes()) for name in ARTICLES)
    assert [text for kind, text in blocks(first) if kind == "heading"] == [
        "Promoting Sino-Russian Defense Cooperation-Rock War",
        "The driving force of cooperation",
        "What should I do?",
    ]
    assert "heading" not in {kind for kind, _ in blocks(second)}


def test_government_papers_have_metadata(data: Path) -> None:
    """Title, author and date come from the front matter, and none of it is text."""
    path = (
        data / "documents" / "government" / "2018-01-19-national-defense-strategy-2018-summary.md"
    )
    doc = document(path.name, path.read_bytes())
    assert doc.title == "National Defense Strategy"
    assert (doc.metadata.author, doc.metadata.date) == (
        "US Department of Defense",
        "2018-01-19",
    )
    assert "excerpt" not in doc.text
    assert doc.text.startswith("The Department of Defense’s enduring mission is to provide")


def test_a_file_of_any_kind_is_read_or_refused(data: Path) -> None:
    """None of 700 real files, many of them damaged or hostile, breaks a reader or loses text."""
    torture = data / "torture"
    read_at_all = 0
    for path in sorted(path for path in torture.rglob("*") if path.is_file()):
        result = read_or_reason(str(path.relative_to(torture)), path.read_bytes())
        if isinstance(result, str):
            assert re.match(r"[a-z]", result), path.name
        else:
            assert all(map(covers, result)), path.name
            read_at_all += 1
    assert read_at_all > 100


def test_cells_of_real_tables_are_read_under_their_names(data: Path) -> None:
    """Facts that a person read off pages of real PDFs hold for at least 90 % of the cells."""
    result = judge([data / "torture"])
    assert result.tables > 30
    assert result.right >= RIGHT * result.facts, result.wrong

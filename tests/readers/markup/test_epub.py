"""EPUB: chapters in reading order, with their headings, lists and tables."""

from __future__ import annotations

import pytest

from chatbot.types import Document
from tests.readers.packages import changed, zipped
from tests.readers.reading import blocks, covers, document, furniture, reason

CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
)
META = (
    "<dc:title>Sea Power</dc:title><dc:creator>Jane Doe</dc:creator><dc:creator>John Roe"
    "</dc:creator><dc:language>en</dc:language><dc:date>2019-03-01T00:00:00Z</dc:date>"
    "<dc:subject>navy</dc:subject><dc:subject>history</dc:subject>"
)


def chapter(body: str) -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml"><head>'
        f"<title/><script/></head><body>{body}</body></html>"
    )


def book(chapters: dict[str, str], *, order: tuple[str, ...] = (), extra: str = "") -> bytes:
    """A book with these chapters, by file name."""
    items = "".join(
        f'<item id="i{name}" href="text/{name.replace(" ", "%20")}" '
        'media-type="application/xhtml+xml"/>'
        for name in chapters
    )
    spine = "".join(f'<itemref idref="i{name}"/>' for name in order or chapters)
    opf = (
        '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<metadata>{META}</metadata><manifest>{items}{extra}</manifest>"
        f"<spine>{spine}</spine></package>"
    )
    return zipped(
        ("mimetype", "application/epub+zip"),
        ("META-INF/container.xml", CONTAINER),
        ("OEBPS/book.opf", opf),
        *((f"OEBPS/text/{name}", content) for name, content in chapters.items()),
    )


def read(chapters: dict[str, str], order: tuple[str, ...] = ()) -> Document:
    return document("a.epub", book(chapters, order=order))


def test_chapters_come_in_reading_order_with_their_structure() -> None:
    """The spine gives the order, not the files; file names may be escaped."""
    result = read(
        {
            "b two.xhtml": chapter("<h1>Ports</h1><ul><li>Baltiysk</li></ul><img src='x'/>"),
            "a.xhtml": chapter(
                "<h1>Ships</h1><p>Many<br/>ships.</p><div/><table><tr><th>Ship</th><th>Crew</th>"
                "</tr><tr><td>Varyag</td><td>480</td></tr></table><nav><p>1</p></nav>"
            ),
        },
        order=("a.xhtml", "b two.xhtml"),
    )
    assert blocks(result) == [
        ("heading", "Ships"),
        ("paragraph", "Many ships."),
        ("header_row", "Ship | Crew"),
        ("row", "Varyag | 480"),
        ("heading", "Ports"),
        ("item", "Baltiysk"),
    ]
    assert furniture(result) == [("navigation", "1")]
    assert covers(result)


def test_boxes_and_notes_of_a_book_are_text() -> None:
    """A book has no page around its article, so what is set apart in it is part of it."""
    result = read(
        {
            "a.xhtml": chapter(
                "<p>Words<a href='#n'><sup>1</sup></a>.</p><aside id='n'><p>1. A note.</p></aside>"
                "<footer><p>Written in 2019.</p></footer>"
            )
        }
    )
    assert [text for _, text in blocks(result)] == ["Words¹.", "1. A note.", "Written in 2019."]
    assert not furniture(result)


def test_the_metadata_of_a_book_is_read() -> None:
    """Title, all authors, date of publication, language and subjects are read."""
    result = read({"a.xhtml": chapter("<p>Words.</p>")})
    assert result.title == "Sea Power"
    assert result.metadata.author == "Jane Doe; John Roe"
    assert (result.metadata.date, result.metadata.language) == ("2019-03-01", "en")
    assert result.metadata.tags == ("navy", "history")


NCX = (
    '<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap><navPoint><navLabel><text>One'
    '</text></navLabel><content src="text/a.xhtml#top"/></navPoint><navPoint><navLabel><text>Two'
    '</text></navLabel><content src="text/b.xhtml"/></navPoint></navMap></ncx>'
)
NAV = "<html><body><nav><a href='text/a.xhtml'>One</a></nav></body></html>"


@pytest.mark.parametrize(
    ("item", "listing"),
    [
        ('<item id="n" href="toc" media-type="application/x-dtbncx+xml"/>', NCX),
        ('<item id="n" href="toc" media-type="application/xhtml+xml" properties="nav"/>', NAV),
    ],
    ids=["old", "new"],
)
def test_a_chapter_without_a_heading_gets_that_of_the_table_of_contents(
    item: str, listing: str
) -> None:
    """Otherwise its passages would belong to the chapter before; an existing heading is kept."""
    data = book(
        {"a.xhtml": chapter("<p>First.</p>"), "b.xhtml": chapter("<h2>Deux</h2><p>Second.</p>")},
        extra=item,
    )
    assert blocks(document("a.epub", changed(data, "OEBPS/toc", listing))) == [
        ("heading", "One"),
        ("paragraph", "First."),
        ("heading", "Deux"),
        ("paragraph", "Second."),
    ]


DATA = book({"a.xhtml": chapter("<p>words</p>"), "b.xhtml": chapter("<p>more</p>")})
LOCK = (
    '<encryption xmlns:e="urn:e"><e:EncryptedData><e:CipherData><e:CipherReference URI="{}"/>'
    "</e:CipherData></e:EncryptedData></encryption>"
)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (DATA[:300], "damaged: its parts can't be listed"),
        (changed(DATA, "OEBPS/text/b.xhtml", None), "damaged: OEBPS/text/b.xhtml is missing"),
        (changed(DATA, "OEBPS/book.opf", "<package"), "damaged: OEBPS/book.opf is not valid XML"),
        (changed(DATA, "META-INF/container.xml", "<a/>"), "damaged: it does not state where"),
        (book({"a.xhtml": chapter("<p> </p>")}), "no text"),
        (
            changed(DATA, "META-INF/encryption.xml", LOCK.format("OEBPS/text/b.xhtml")),
            "copy protected: the book has DRM",
        ),
    ],
    ids=["cut", "chapter missing", "markup", "no package", "empty", "locked"],
)
def test_a_book_without_text_gives_a_reason(data: bytes, why: str) -> None:
    """No chapter is dropped silently."""
    assert reason("a.epub", data).startswith(why)


def test_obfuscated_fonts_do_not_count_as_encryption() -> None:
    """Publishers obfuscate fonts in books that are free to read."""
    data = changed(DATA, "META-INF/encryption.xml", LOCK.format("OEBPS/fonts/x.otf"))
    assert document("a.epub", data).text == "words\n\nmore"

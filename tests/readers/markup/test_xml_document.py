"""XML of an unknown format: words in order, records as rows, no entity expanded."""

from __future__ import annotations

from base64 import b64encode
from itertools import pairwise

import pytest

from tests.readers.reading import blocks, covers, document, documents, reason

HEAD = '<?xml version="1.0" encoding="{}"?>\n'


def test_words_keep_their_order_and_titles_are_headings() -> None:
    """An element with text of its own is a paragraph, inner elements included."""
    doc = document(
        "a.xml",
        "<book><title>Fleet</title><part><head>Ships</head><p>Many <b>took</b> part.</p>"
        "<p>Few left.</p></part><style>never</style><!-- never --></book>",
    )
    assert blocks(doc) == [
        ("heading", "Fleet"),
        ("heading", "Ships"),
        ("paragraph", "Many took part."),
        ("paragraph", "Few left."),
    ]
    assert [block.level for block in doc.blocks[:2]] == [1, 2]
    assert (doc.title, covers(doc)) == ("Fleet", True)


def test_records_are_rows_with_the_names_of_their_fields() -> None:
    """Short values with different names make one line."""
    doc = document(
        "a.xml",
        "<ships><ship><name>Varyag</name><crew>480</crew><note/></ship>"
        "<ship><name>Kunlun</name><crew>280</crew></ship></ships>",
    )
    assert blocks(doc) == [
        ("row", "name: Varyag | crew: 480"),
        ("row", "name: Kunlun | crew: 280"),
    ]


def test_the_declared_encoding_is_used() -> None:
    """This holds for an encoding that the parser doesn't know, and for a wrong declaration."""
    for encoding in ("koi8-r", "IBM855", "utf-16"):
        data = (HEAD.format(encoding) + "<a><p>мир и труд</p></a>").encode(encoding)
        assert document("a.xml", data).text == "мир и труд"
    assert document("a.xml", (HEAD.format("utf-16") + "<a>мир</a>").encode()).text == "мир"


def test_invalid_markup_loses_no_word() -> None:
    """A truncated feed, or one with a bare ampersand, is read leniently, like HTML."""
    doc = document("a.xml", HEAD.format("utf-8") + "<a><p>Tom & Ann</p><p><![CDATA[<b>x]]></p><q>y")
    assert [text for _, text in blocks(doc)] == ["Tom & Ann", "<b>x", "y"]


def test_entities_are_not_expanded_and_nothing_is_fetched() -> None:
    """A local file isn't read in, and a billion-laughs attack has no effect."""
    stolen = '<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/hostname">]><a><p>x &f; y</p></a>'
    assert document("a.xml", stolen).text == "x &f; y"
    names = "abcdefghij"
    laughs = "".join(f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in pairwise(names))
    bomb = f'<!DOCTYPE a [<!ENTITY a "ha">{laughs}]><a><p>x &j;</p></a>'
    assert len(document("a.xml", bomb).text) < 3000


def test_the_root_element_decides_the_format() -> None:
    """XHTML is HTML and SVG is a drawing, with any suffix."""
    page = '<html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head><body><h1>Hi</h1></body></html>'
    assert blocks(document("a.xml", HEAD.format("utf-8") + page)) == [("heading", "Hi")]
    drawing = document("a.xml", HEAD.format("utf-8") + "<svg><text>x</text></svg>")
    assert (drawing.media_type, drawing.text) == ("image/svg+xml", "x")
    assert reason("a.xml", "<a><b/></a>") == "no text"


def test_the_xml_of_word_and_excel_2003_is_read() -> None:
    """Styles make headings, tables make rows; deletions and comments are left out."""
    word = (
        '<w:wordDocument xmlns:w="urn:w" xmlns:aml="urn:aml"><w:styles><w:style w:type="paragraph"'
        ' w:styleId="H"><w:name w:val="heading 2"/></w:style></w:styles><w:body><w:sect><w:p>'
        '<w:pPr><w:pStyle w:val="H"/></w:pPr><w:r><w:t>Ships</w:t></w:r></w:p><w:p><w:r><w:t>Many'
        '</w:t></w:r><aml:annotation w:type="Word.Deletion"><aml:content><w:r><w:t>gone</w:t></w:r>'
        "</aml:content></aml:annotation><w:r><w:footnote><w:p><w:r><w:t>noted</w:t></w:r></w:p>"
        "</w:footnote></w:r></w:p></w:sect></w:body></w:wordDocument>"
    )
    assert blocks(document("a.xml", HEAD.format("utf-8") + word)) == [
        ("heading", "Ships"),
        ("paragraph", "Many"),
        ("paragraph", "noted"),
    ]
    excel = (
        '<Workbook xmlns="urn:x" xmlns:ss="urn:x"><Worksheet ss:Name="Navy"><Table><Row><Cell>'
        '<Data>Ship</Data></Cell><Cell><Data>Crew</Data></Cell></Row><Row><Cell ss:Index="2"><Data '
        'ss:Type="Number">1.1000000000000001</Data></Cell></Row></Table></Worksheet></Workbook>'
    )
    assert document("a.xml", HEAD.format("utf-8") + excel).text == "Navy\n\nShip | Crew\n| 1.1"


def test_texts_in_attributes_are_read() -> None:
    """A title is a heading, markup is read as HTML, and codes are no text."""
    data = (
        '<?xml version="1.0"?><posts><row Id="1" Score="9" Title="Keeping bees" '
        'Body="&lt;p&gt;Feed them in &lt;b&gt;autumn&lt;/b&gt;, not in spring.&lt;/p&gt;" '
        'Url="https://example.org/a" /><sms date="15463" body="The key is at the mill."/></posts>'
    )
    assert blocks(document("a.xml", data)) == [
        ("heading", "Keeping bees"),
        ("paragraph", "Feed them in autumn, not in spring."),
        ("paragraph", "The key is at the mill."),
    ]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.opml", '<outline text="Trees"><outline text="Plant the pear."/></outline>'),
        ("a.mm", '<node TEXT="Trees"><node TEXT="Plant the pear."/></node>'),
    ],
)
def test_an_outline_has_its_branches_as_headings(name: str, data: str) -> None:
    """A leaf is text below the heading of its branch."""
    doc = document(name, f"<map>{data}</map>")
    assert blocks(doc) == [("heading", "Trees"), ("paragraph", "Plant the pear.")]


def test_base64_is_never_text_and_the_document_in_it_is_a_file() -> None:
    """Invoices and exports of messages carry their attachments; keys and the like are dropped."""
    letter = b64encode(b"{\\rtf1 The crane costs nine hundred euros. " + b"x " * 90 + b"}").decode()
    key = b64encode(bytes(range(256))).decode()
    text = (
        "<invoice><id>7</id><total>900</total>"
        f'<file filename="offer.rtf">{letter}</file><part data="{letter}"/>'
        f"<signature>{key[:76]}\n{key[76:152]}\n{key[152:]}</signature></invoice>"
    )
    invoice, offer, part = documents("invoice.xml", text)
    assert blocks(invoice) == [("row", "id: 7 | total: 900")]
    assert invoice.title == "invoice.xml"
    assert (offer.doc_id, part.doc_id) == ("invoice.xml/offer.rtf", "invoice.xml/part.rtf")
    assert "The crane costs nine hundred euros." in offer.text


@pytest.mark.parametrize("words", ["A" * 200, "abcDEF" * 10, "one word after another " * 9])
def test_words_are_not_base64(words: str) -> None:
    """A text of letters alone isn't enough."""
    assert words.strip() in document("a.xml", f"<a><b>{words}</b><c>1</c></a>").text

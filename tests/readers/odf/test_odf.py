"""OpenDocument: texts, slides and sheets, packed or in a single file."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatbot.types import Document
from tests.readers.packages import changed, zipped
from tests.readers.reading import blocks, covers, document, furniture, reason

OASIS = "urn:oasis:names:tc:opendocument:xmlns"
SPACES = (
    " ".join(
        f'xmlns:{name}="{OASIS}:{name}:1.0"'
        for name in ("office", "text", "table", "draw", "presentation", "style", "meta")
    )
    + ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
)
TYPE = "application/vnd.oasis.opendocument."


def content(kind: str, body: str, styles: str = "") -> str:
    return (
        f"<office:document-content {SPACES}><office:automatic-styles>{styles}"
        f"</office:automatic-styles><office:body><office:{kind}>{body}</office:{kind}>"
        "</office:body></office:document-content>"
    )


def packed(kind: str, body: str, *, styles: str = "", meta: str = "", masters: str = "") -> bytes:
    return zipped(
        ("mimetype", TYPE + kind),
        ("content.xml", content(kind, body, styles)),
        (
            "styles.xml",
            (
                f"<office:document-styles {SPACES}><office:master-styles>{masters}"
                "</office:master-styles></office:document-styles>"
            ),
        ),
        (
            "meta.xml",
            (
                f"<office:document-meta {SPACES}><office:meta>{meta}</office:meta>"
                "</office:document-meta>"
            ),
        ),
    )


def text(body: str, **more: str) -> Document:
    return document("a.odt", packed("text", body, **more))


def test_headings_paragraphs_and_lists_keep_their_order_and_level() -> None:
    """A style based on the title style makes a heading; numbered headings stay headings."""
    doc = text(
        '<text:p text:style-name="P1">Baltic drill</text:p>'
        '<text:h text:outline-level="2">Ships</text:h><text:p>Many.</text:p>'
        "<text:list><text:list-item><text:p>frigates</text:p><text:list><text:list-item>"
        "<text:p>old</text:p></text:list-item></text:list></text:list-item></text:list>"
        '<text:section><text:list><text:list-item><text:h text:outline-level="3">Crews</text:h>'
        "</text:list-item></text:list></text:section>",
        styles='<style:style style:name="P1" style:parent-style-name="Title"/>',
    )
    assert blocks(doc) == [
        ("heading", "Baltic drill"),
        ("heading", "Ships"),
        ("paragraph", "Many."),
        ("item", "frigates"),
        ("item", "old"),
        ("heading", "Crews"),
    ]
    assert [block.level for block in doc.blocks] == [1, 2, 0, 0, 0, 3]
    assert doc.title == "Baltic drill"
    assert covers(doc)


def test_every_run_of_a_paragraph_is_read_once() -> None:
    """Spans, links, spaces, breaks and insertions are text; deletions, notes and ruby aren't."""
    doc = text(
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>gone</text:p>"
        "</text:deletion></text:changed-region></text:tracked-changes>"
        "<text:p>A<text:s text:c='3'/><text:span>bold <text:a>link</text:a></text:span><text:tab/>"
        "and<text:line-break/>more<text:change-start/> new<text:change-end/><text:ruby>"
        "<text:ruby-base>東京</text:ruby-base><text:ruby-text>とうきょう</text:ruby-text></text:ruby>"
        "<draw:frame><draw:text-box><text:p>boxed</text:p></draw:text-box></draw:frame> end"
        "</text:p>"
    )
    assert doc.text == "A bold link and more new東京 end\n\nboxed"


def test_notes_follow_the_text_and_comments_are_furniture() -> None:
    """A note keeps its number; comments are listed, not retrieved."""
    note = (
        '<text:note text:note-class="{}"><text:note-citation>{}</text:note-citation>'
        "<text:note-body><text:p>{}</text:p></text:note-body></text:note>"
    )
    doc = text(
        '<text:h text:outline-level="1">Ships</text:h>'
        f"<text:p>Seven{note.format('footnote', 1, 'As of 2012.')} took part"
        f"{note.format('endnote', 'i', 'See above.')}.<office:annotation><dc:creator>Jane"
        "</dc:creator><text:p>Really?</text:p></office:annotation></text:p>"
    )
    assert blocks(doc) == [
        ("heading", "Ships"),
        ("paragraph", "Seven took part."),
        ("heading", "Notes"),
        ("paragraph", "Footnote 1: As of 2012."),
        ("paragraph", "Endnote i: See above."),
    ]
    assert furniture(doc) == [("metadata", "Really?")]


def cell(words: str, *, covered: bool = False) -> str:
    name = "covered-table-cell" if covered else "table-cell"
    return f"<table:{name}><text:p>{words}</text:p></table:{name}>"


def test_tables_have_a_header_and_rows() -> None:
    """Marked header rows are headers, covered cells are empty, and a single column is layout."""
    doc = text(
        "<table:table><table:table-header-rows><table:table-row>"
        f"{cell('Crew')}{cell('Crew')}</table:table-row></table:table-header-rows>"
        f"<table:table-row>{cell('Varyag')}{cell('480')}</table:table-row>"
        f"<table:table-row>{cell('none')}<table:covered-table-cell/></table:table-row></table:table>"
        f"<table:table><table:table-row>{cell('Framed.')}</table:table-row></table:table>"
    )
    assert blocks(doc) == [
        ("header_row", "Crew | Crew"),
        ("row", "Varyag | 480"),
        ("row", "none |"),
        ("paragraph", "Framed."),
    ]


def test_headers_footers_and_tables_of_contents_are_furniture() -> None:
    """They are listed once and never retrieved."""
    band = "<style:{0}><text:p>{1}</text:p></style:{0}>"
    doc = text(
        "<text:table-of-content><text:index-body><text:p>Ships 3</text:p></text:index-body>"
        "</text:table-of-content><text:p>Text.</text:p>",
        masters=f"<style:master-page>{band.format('header', 'Secret')}"
        f"{band.format('footer', 'Page')}</style:master-page>"
        f"<style:master-page>{band.format('footer-left', 'Page')}</style:master-page>",
    )
    assert blocks(doc) == [("paragraph", "Text.")]
    assert furniture(doc) == [
        ("navigation", "Ships 3"),
        ("boilerplate", "Secret"),
        ("boilerplate", "Page"),
    ]


META = (
    "<dc:title>The drill</dc:title><meta:initial-creator>Jane Doe</meta:initial-creator>"
    "<dc:creator>John Roe</dc:creator><meta:creation-date>2019-01-01T00:00:00</meta:creation-date>"
    "<dc:date>2021-05-06T10:11:12</dc:date><dc:language>en-GB</dc:language>"
    "<meta:keyword>navy</meta:keyword><meta:keyword>ships</meta:keyword>"
)


def test_properties_are_metadata() -> None:
    """Title, author, date of the last change, language and keywords are read."""
    doc = text("<text:p>Text.</text:p>", meta=META)
    assert (doc.title, doc.metadata.author) == ("The drill", "Jane Doe")
    assert (doc.metadata.date, doc.metadata.language) == ("2021-05-06", "en-GB")
    assert doc.metadata.tags == ("navy", "ships")


def frame(kind: str, words: str) -> str:
    return (
        f'<draw:frame presentation:class="{kind}"><draw:text-box><text:p>{words}</text:p>'
        "</draw:text-box></draw:frame>"
    )


def test_slides_are_pages_with_their_notes() -> None:
    """A slide stands under its title, or else its number; page numbers are furniture."""
    doc = document(
        "a.odp",
        packed(
            "presentation",
            "<presentation:footer-decl>Secret</presentation:footer-decl>"
            f"<draw:page>{frame('outline', 'about it')}{frame('title', 'Fleet')}"
            f"{frame('page-number', '1')}"
            f"<presentation:notes>{frame('notes', 'Say hello.')}</presentation:notes></draw:page>"
            "<draw:page/>"
            "<draw:page><draw:g><draw:custom-shape><text:p>grouped</text:p></draw:custom-shape>"
            "</draw:g></draw:page>",
        ),
    )
    assert blocks(doc) == [
        ("heading", "Fleet"),
        ("item", "about it"),
        ("heading", "Notes"),
        ("paragraph", "Say hello."),
        ("heading", "Slide 3"),
        ("paragraph", "grouped"),
    ]
    assert [page.of(doc.text).strip().split("\n")[0] for page in doc.pages] == [
        "Fleet",
        "",
        "Slide 3",
    ]
    assert furniture(doc) == [("boilerplate", "1"), ("boilerplate", "Secret")]
    assert doc.title == "Fleet"


SHEET = (
    '<table:table table:name="Navy"><table:table-row><table:table-cell/>'
    f"{cell('Ship')}{cell('Crew')}{cell('Since')}"
    '<table:table-cell table:number-columns-repeated="16000"/></table:table-row>'
    f"<table:table-row><table:table-cell/>{cell('Varyag')}"
    '<table:table-cell office:value-type="float" office:value="480"><text:p>480,00</text:p>'
    '</table:table-cell><table:table-cell office:value-type="date" '
    'office:date-value="1989-10-11T00:00:00"><text:p>11.10.89</text:p></table:table-cell>'
    "</table:table-row>"
    '<table:table-row table:number-rows-repeated="1048000"><table:table-cell '
    'table:number-columns-repeated="16384"/></table:table-row></table:table>'
    '<table:table table:name="Empty"/>'
)


def test_sheets_are_tables_under_their_names() -> None:
    """A million empty rows cost nothing; dates and figures are plain."""
    doc = document("ships.ods", packed("spreadsheet", SHEET))
    assert blocks(doc) == [
        ("heading", "Navy"),
        ("header_row", "Ship | Crew | Since"),
        ("row", "Varyag | 480 | 1989-10-11"),
    ]
    assert doc.title == "ships"


def test_absurd_repetition_of_a_cell_is_bounded() -> None:
    """A row that claims a billion repetitions doesn't fill the memory."""
    bomb = SHEET.replace("<table:table-cell/>", f"{cell('x')}").replace(
        "<table:table-row>", '<table:table-row table:number-rows-repeated="1000000000">'
    )
    doc = document("a.ods", packed("spreadsheet", bomb))
    assert len(doc.blocks) < 3000


def test_a_single_file_is_read_like_a_package() -> None:
    """The flat form has everything in one tree; the suffix doesn't matter."""
    flat = content("text", '<text:h text:outline-level="1">Ships</text:h><text:p>Many.</text:p>')
    flat = flat.replace("document-content", "document").replace(
        "<office:body>", f"<office:meta>{META}</office:meta><office:body>"
    )
    for name in ("a.fodt", "a.xml"):
        doc = document(name, f'<?xml version="1.0" encoding="UTF-8"?>\n{flat}')
        assert doc.text == "Ships\n\nMany."
        assert doc.title == "The drill"


DATA = packed("text", "<text:p>words</text:p>")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (DATA[:300], "damaged: its parts can't be listed"),
        (changed(DATA, "content.xml", "<office:d"), "damaged: content.xml is not valid XML"),
        (changed(DATA, "content.xml", None), "damaged: content.xml is missing"),
        (changed(DATA, "content.xml", "<a/>"), "damaged: it has no body"),
        (packed("text", "<text:p> </text:p>"), "no text"),
        (
            changed(DATA, "META-INF/manifest.xml", "<m><manifest:encryption-data/></m>"),
            "encrypted: remove the password and build again",
        ),
    ],
    ids=["cut", "markup", "no content", "no body", "empty", "encrypted"],
)
def test_a_file_without_text_gives_a_reason(data: bytes, why: str) -> None:
    """The reason tells the owner what is wrong."""
    assert reason("a.odt", data).startswith(why)


def test_templates_are_read_like_documents() -> None:
    """The media type of a template names its document format."""
    data = changed(DATA, "mimetype", f"{TYPE}text-template")
    assert document("a", data).text == "words"


def test_a_real_presentation_has_all_its_slides(data: Path) -> None:
    """A real presentation has thirty-seven slides, and the last one's text is there."""
    path = data / "torture" / "tika" / "tika-parser-miscoffice-module" / "testODP_NPE.odp"
    doc = document(path.name, path.read_bytes())
    assert (len(doc.pages), doc.title) == (37, "Medicine and Health Care")
    assert covers(doc)


@pytest.mark.parametrize(
    ("value", "shown", "text"),
    [
        ("3.5", "3.5M", "3.5M"),
        ("1234.56", "1.234,6 t", "1234.56 t"),
        ("-120", "-120 kg", "-120 kg"),
        ("2026", "2026E", "2026E"),
        ("7", "007", "007"),
        ("3500000", "3.5M", "3500000"),
        ("0.5", "1/2", "0.5"),
        ("15000000000", "1.50E+10", "15000000000"),
        ("-5", "(5)", "-5"),
    ],
)
def test_figures_of_a_sheet_have_their_unit_and_all_digits(
    value: str, shown: str, text: str
) -> None:
    """Units and leading zeros are read as the cell shows them, unless it shows thousands."""
    figure = (
        f'<table:table-cell office:value-type="float" office:value="{value}">'
        f"<text:p>{shown}</text:p></table:table-cell>"
    )
    rows = [cell("Item") + cell("Value"), cell("Jets") + figure]
    table = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
    doc = document(
        "a.ods", packed("spreadsheet", f'<table:table table:name="S">{table}</table:table>')
    )
    assert blocks(doc)[1:] == [("header_row", "Item | Value"), ("row", f"Jets | {text}")]


def test_breaks_and_tabs_in_a_cell_of_a_sheet_separate_words() -> None:
    """A cell with several lines doesn't join their words."""
    words = "one<text:line-break/>two<text:tab/>three<text:s/>four"
    row = f"<table:table-row>{cell(words)}{cell('x')}</table:table-row>"
    doc = document(
        "a.ods", packed("spreadsheet", f'<table:table table:name="S">{row}</table:table>')
    )
    assert "one two three four | x" in doc.text


def test_hidden_sections_and_paragraphs_are_left_out_and_struck_paragraphs_are_marked() -> None:
    """A style or a field of a whole paragraph works like that of its words."""
    styles = (
        '<style:style style:name="P1"><style:text-properties text:display="none"/></style:style>'
        '<style:style style:name="P2">'
        '<style:text-properties style:text-line-through-style="solid"/></style:style>'
    )
    body = (
        '<text:p>Seen.</text:p><text:p text:style-name="P1">never</text:p>'
        '<text:p text:style-name="P2">The fee is 40 euros.</text:p>'
        '<text:section text:display="none"><text:p>never</text:p></text:section>'
        '<text:section><text:p>Also<text:hidden-text text:is-hidden="true">never</text:hidden-text>'
        " seen.</text:p></text:section>"
        '<text:p>never<text:hidden-paragraph text:is-hidden="true"/></text:p>'
    )
    doc = document("a.odt", packed("text", body, styles=styles))
    assert [words for _, words in blocks(doc)] == [
        "Seen.",
        "~~The fee is 40 euros.~~",
        "Also seen.",
    ]

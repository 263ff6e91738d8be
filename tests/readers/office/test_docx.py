"""DOCX: visible text is read in order; the rest is listed or left out."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO

import docx
import pytest
from docx.document import Document as WordDocument
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import parse_xml

from tests.readers.packages import changed
from tests.readers.reading import blocks, covers, document, furniture, reason

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha ha ha ha ha ha ha ha ha ha ">'
    + "".join(
        f'<!ENTITY {name} "{f"&{before};" * 10}">'
        for before, name in zip("abcdefghi", "bcdefghij", strict=True)
    )
    + "]>"
)


def saved(document_file: WordDocument) -> bytes:
    out = BytesIO()
    document_file.save(out)
    return out.getvalue()


def with_body(*markup: str) -> bytes:
    """A document with this markup in its body; the prefix `w:` is declared."""
    word = docx.Document()
    for place, piece in enumerate(markup):
        opened = piece.replace(">", f" {W}>", 1)
        word.element.body.insert(place, parse_xml(opened))
    return saved(word)


def test_headings_lists_and_paragraphs_keep_their_order_and_kind() -> None:
    """Styles decide the kind of a paragraph; the document's title is a heading, too."""
    word = docx.Document()
    word.add_paragraph("Baltic drill", style="Title")
    word.add_heading("Ships", 1)
    word.add_paragraph("Many ships took part.")
    word.add_paragraph("frigates", style="List Bullet")
    word.add_paragraph("tankers", style="List Number 2")
    word.add_heading("Crews", 2)
    unlisted = word.add_paragraph("no item", style="List Bullet")
    out = parse_xml(f'<w:numPr {W}><w:numId w:val="0"/></w:numPr>')
    unlisted._p.get_or_add_pPr().append(out)
    doc = document("a.docx", saved(word))
    assert blocks(doc) == [
        ("heading", "Baltic drill"),
        ("heading", "Ships"),
        ("paragraph", "Many ships took part."),
        ("item", "frigates"),
        ("item", "tankers"),
        ("heading", "Crews"),
        ("paragraph", "no item"),
    ]
    assert [block.level for block in doc.blocks] == [1, 1, 0, 0, 0, 2, 0]
    assert doc.title == "Baltic drill"
    assert covers(doc)


def test_a_custom_style_inherits_its_role() -> None:
    """Styles of any name and language inherit; an outline level alone makes a heading."""
    word = docx.Document()
    own = word.styles.add_style("Überschrift Amt", WD_STYLE_TYPE.PARAGRAPH)
    own.base_style = word.styles["Heading 3"]
    further = word.styles.add_style("Überschrift Kreis", WD_STYLE_TYPE.PARAGRAPH)
    further.base_style = own
    word.add_paragraph("Paragraf 3", style=further)
    outlined = word.add_paragraph("Outlined")
    outlined._p.get_or_add_pPr().append(parse_xml(f'<w:outlineLvl {W} w:val="1"/>'))
    body = word.add_heading("No heading", 1)
    body._p.get_or_add_pPr().append(parse_xml(f'<w:outlineLvl {W} w:val="9"/>'))
    doc = document("a.docx", saved(word))
    assert [(block.kind, block.level) for block in doc.blocks] == [
        ("heading", 3),
        ("heading", 2),
        ("paragraph", 0),
    ]


def test_a_cycle_of_styles_ends() -> None:
    """Two styles based on each other don't cause an endless loop."""
    word = docx.Document()
    first = word.styles.add_style("One", WD_STYLE_TYPE.PARAGRAPH)
    two = word.styles.add_style("Two", WD_STYLE_TYPE.PARAGRAPH)
    first.base_style, two.base_style = two, first
    word.add_paragraph("words", style=first)
    assert blocks(document("a.docx", saved(word))) == [("paragraph", "words")]


def test_a_merged_cell_is_read_in_every_row_and_column_that_it_covers() -> None:
    """No value moves under another name; a nested table follows its row."""
    word = docx.Document()
    table = word.add_table(4, 3)
    for place, words in enumerate(["Ship", "Crew", "Year"]):
        table.cell(0, place).text = words
    table.cell(1, 0).merge(table.cell(2, 0)).text = "Varyag"
    table.cell(1, 1).text, table.cell(1, 2).text = "480", "2021"
    table.cell(2, 1).merge(table.cell(2, 2)).text = "unknown"
    table.cell(3, 0).text = "Holder"
    nested = table.cell(3, 1).add_table(1, 2)
    nested.cell(0, 0).text, nested.cell(0, 1).text = "in", "side"
    doc = document("a.docx", saved(word))
    assert blocks(doc) == [
        ("header_row", "Ship | Crew | Year"),
        ("row", "Varyag | 480 | 2021"),
        ("row", "Varyag | unknown | unknown"),
        ("row", "Holder | |"),
        ("row", "in | side"),
    ]


def test_rows_that_each_page_repeats_are_headers() -> None:
    """This holds for any number of rows and any content."""
    word = docx.Document()
    table = word.add_table(3, 2)
    for row, words in zip(table.rows, (("12", "12"), ("Ship", "Ship"), ("a", "b")), strict=True):
        row.cells[0].text, row.cells[1].text = words
    for row in table.rows[:2]:
        row._tr.get_or_add_trPr().append(parse_xml(f"<w:tblHeader {W}/>"))
    assert [kind for kind, _ in blocks(document("a.docx", saved(word)))] == [
        "header_row",
        "header_row",
        "row",
    ]


def test_a_layout_table_gives_its_paragraphs() -> None:
    """A single column, or a heading in a cell, means layout, not records."""
    word = docx.Document()
    framed = word.add_table(1, 1).cell(0, 0)
    framed.text = "In a frame."
    framed.add_paragraph("Below it.")
    page = word.add_table(1, 2)
    page.cell(0, 0).paragraphs[0].style = word.styles["Heading 2"]
    page.cell(0, 0).paragraphs[0].add_run("Left")
    page.cell(0, 1).text = "right"
    assert blocks(document("a.docx", saved(word))) == [
        ("paragraph", "In a frame."),
        ("paragraph", "Below it."),
        ("heading", "Left"),
        ("paragraph", "right"),
    ]


def test_deletions_are_gone_and_insertions_stay() -> None:
    """The text is the document with every tracked change accepted."""
    doc = document(
        "a.docx",
        with_body(
            '<w:p><w:r><w:t xml:space="preserve">The price is </w:t></w:r>'
            "<w:del><w:r><w:delText>ten</w:delText></w:r></w:del>"
            "<w:ins><w:r><w:t>twelve</w:t></w:r></w:ins>"
            "<w:moveFrom><w:r><w:t>gone</w:t></w:r></w:moveFrom>"
            '<w:moveTo><w:r><w:t xml:space="preserve"> roubles</w:t></w:r></w:moveTo></w:p>'
        ),
    )
    assert doc.text == "The price is twelve roubles"


def test_words_in_links_controls_fields_and_boxes_are_text() -> None:
    """The words of a run are there once, in any wrapper; field codes and hidden runs aren't."""
    box = "<w:txbxContent><w:p><w:r><w:t>boxed</w:t></w:r></w:p></w:txbxContent>"
    mc = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    doc = document(
        "a.docx",
        with_body(
            "<w:p>"
            "<w:hyperlink><w:r><w:t>link</w:t></w:r></w:hyperlink><w:r><w:tab/></w:r>"
            "<w:sdt><w:sdtPr/><w:sdtContent><w:r><w:t>control</w:t></w:r></w:sdtContent></w:sdt>"
            "<w:r><w:br/></w:r><w:smartTag><w:r><w:t>tag</w:t></w:r></w:smartTag>"
            "<w:r><w:instrText> PAGE </w:instrText></w:r>"
            "<w:fldSimple><w:r><w:t xml:space='preserve"
            "'> field</w:t></w:r></w:fldSimple>"
            "<w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r>"
            "<w:r><w:ruby><w:rt><w:r><w:t>reading</w:t></w:r></w:rt><w:rubyBase/></w:ruby></w:r>"
            "<w:r><w:t>A</w:t><w:noBreakHyphen/><w:t>50</w:t></w:r>"
            f"<w:r><mc:AlternateContent {mc}><mc:Choice>{box}</mc:Choice>"
            f"<mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></w:r></w:p>",
            "<w:sdt><w:sdtContent><w:p><w:r><w:t>block control</w:t></w:r></w:p>"
            "</w:sdtContent></w:sdt>",
            "<w:ins><w:p><w:r><w:t>inserted</w:t></w:r></w:p></w:ins>",
        ),
    )
    assert doc.text == "link control tag fieldA\u201150\n\nboxed\n\nblock control\n\ninserted"


def test_paragraphs_whose_break_is_deleted_are_one() -> None:
    """Before a table, or at the end, what has begun is a paragraph of its own."""
    deleted = "<w:pPr><w:rPr><w:del/></w:rPr></w:pPr>"
    space = 'xml:space="preserve"'
    data = with_body(
        f"<w:p>{deleted}<w:r><w:t>It shall</w:t></w:r>"
        "<w:del><w:r><w:delText>no</w:delText></w:r></w:del></w:p>",
        f"<w:p><w:r><w:t {space}> report yearly.</w:t></w:r></w:p>",
        f"<w:p>{deleted}<w:r><w:t>Ships</w:t></w:r></w:p>",
        "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc>"
        "<w:tc><w:p><w:r><w:t>b</w:t></w:r></w:p></w:tc></w:tr></w:tbl>",
        f"<w:p>{deleted}<w:r><w:t>End</w:t></w:r></w:p>",
    )
    texts = [text for _, text in blocks(document("a.docx", data))]
    assert texts == ["It shall report yearly.", "Ships", "a | b", "End"]


def test_signs_of_the_fonts_symbol_and_wingdings_are_read() -> None:
    """Word has arrows, ticked boxes and mathematical signs as codes of these fonts."""
    data = with_body(
        '<w:p><w:r><w:sym w:font="Wingdings" w:char="F0FE"/><w:t> Gas </w:t>'
        '<w:sym w:font="Symbol" w:char="F0B3"/><w:t xml:space="preserve"> 5, A </w:t></w:r>'
        '<w:r><w:rPr><w:rFonts w:ascii="Wingdings"/></w:rPr><w:t>\uf0e0</w:t></w:r>'
        '<w:r><w:sym w:font="Wingdings" w:char="none"/><w:t xml:space="preserve"> B</w:t></w:r>'
        "</w:p>"
    )
    assert blocks(document("a.docx", data)) == [("paragraph", "☑ Gas ≥ 5, A → B")]


def test_headers_footers_and_tables_of_contents_are_furniture() -> None:
    """They are listed once and never retrieved."""
    word = docx.Document()
    word.styles.add_style("TOC 1", WD_STYLE_TYPE.PARAGRAPH)
    word.add_paragraph("Ships 3", style="TOC 1")
    gallery = '<w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj>'
    listed = "<w:sdtContent><w:p><w:r><w:t>Crews 4</w:t></w:r></w:p></w:sdtContent>"
    word.element.body.insert(
        1, parse_xml(f"<w:sdt {W}><w:sdtPr>{gallery}</w:sdtPr>{listed}</w:sdt>")
    )
    word.add_paragraph("Text.")
    word.sections[0].header.paragraphs[0].text = "Secret"
    word.sections[0].footer.paragraphs[0].text = "Page 1"
    word.add_section().footer.is_linked_to_previous = False
    word.sections[1].footer.paragraphs[0].text = "Page 1"
    doc = document("a.docx", saved(word))
    assert blocks(doc) == [("paragraph", "Text.")]
    assert furniture(doc) == [
        ("navigation", "Ships 3"),
        ("navigation", "Crews 4"),
        ("boilerplate", "Secret"),
        ("boilerplate", "Page 1"),
    ]
    assert covers(doc)


def with_notes(word: WordDocument) -> bytes:
    """The document with two footnotes and the separator line."""
    notes = (
        f'<w:footnotes {W}><w:footnote w:type="separator" w:id="-1"><w:p><w:r><w:t>---</w:t>'
        "</w:r></w:p></w:footnote>"
        + "".join(
            f'<w:footnote w:id="{number}"><w:p><w:r><w:footnoteRef/></w:r><w:r>'
            f"<w:t>{words}</w:t></w:r></w:p></w:footnote>"
            for number, words in enumerate(["As of 2012.", "See above."], start=1)
        )
        + "</w:footnotes>"
    )
    relation = (
        '<Relationship Id="rIdNotes" Target="footnotes.xml" Type="http://schemas.openxmlformats'
        '.org/officeDocument/2006/relationships/footnotes"/></Relationships>'
    )
    data = changed(saved(word), "word/footnotes.xml", notes)
    return changed(
        data,
        "word/_rels/document.xml.rels",
        lambda rels: rels.replace("</Relationships>", relation),
    )


def test_footnotes_follow_the_text_under_a_heading_of_their_own() -> None:
    """They are numbered as on the page, and don't belong to the last section."""
    word = docx.Document()
    word.add_heading("Ships", 2)
    word.add_paragraph("Seven took part.")
    doc = document("a.docx", with_notes(word))
    assert blocks(doc) == [
        ("heading", "Ships"),
        ("paragraph", "Seven took part."),
        ("heading", "Notes"),
        ("paragraph", "Footnote 1: As of 2012."),
        ("paragraph", "Footnote 2: See above."),
    ]
    assert (doc.blocks[2].level, doc.title) == (2, "Ships")


def test_notes_need_no_heading_where_the_text_has_none() -> None:
    """Otherwise the notes' heading would become the document's title."""
    word = docx.Document()
    word.add_paragraph("Seven took part.")
    doc = document("a.docx", with_notes(word))
    assert [kind for kind, _ in blocks(doc)] == ["paragraph"] * 3
    assert doc.title == "Seven took part."


def test_properties_are_metadata() -> None:
    """Title, author, date of the last change, language and keywords are read."""
    word = docx.Document()
    word.add_paragraph("Text.")
    core = word.core_properties
    core.title, core.author, core.language = " The  drill ", "Jane Doe", "en_GB"
    core.keywords, core.subject = "navy; ships, navy", "Exercises"
    core.created, core.modified = (datetime(year, 5, 6, tzinfo=UTC) for year in (2019, 2021))
    doc = document("a.docx", saved(word))
    assert doc.title == "The drill"
    assert doc.metadata.author == "Jane Doe"
    assert doc.metadata.date == "2021-05-06"
    assert doc.metadata.language == "en-GB"
    assert doc.metadata.tags == ("navy", "ships")
    assert doc.metadata.extra == {"subject": "Exercises"}


@pytest.mark.parametrize(
    "title", ["", "Untitled", "Document1", "Microsoft Word - plan.doc", "plan final.docx", "- -"]
)
def test_a_title_that_a_program_filled_in_is_ignored(title: str) -> None:
    """The title comes from the text; a library is no author, and a template's date no date."""
    word = docx.Document()
    word.add_paragraph("Words of its own.")
    word.core_properties.title = title
    doc = document("a.docx", saved(word))
    assert doc.title == "Words of its own."
    assert (doc.metadata.author, doc.metadata.date) == (None, None)


def test_a_document_with_macros_is_read_and_a_strict_one() -> None:
    """Other content types and namespaces give the same text."""
    word = docx.Document()
    word.add_heading("Ships", 1)
    word.add_paragraph("Many.")
    data = changed(
        saved(word),
        "[Content_Types].xml",
        lambda types: types.replace(
            "openxmlformats-officedocument.wordprocessingml.document.main",
            "ms-word.document.macroEnabled.main",
        ),
    )
    assert document("a.docm", data).text == "Ships\n\nMany."
    strict = data
    for part in ("word/document.xml", "word/styles.xml", "_rels/.rels"):
        strict = changed(
            strict,
            part,
            lambda text: text.replace(
                "http://schemas.openxmlformats.org/officeDocument/2006",
                "http://purl.oclc.org/ooxml/officeDocument",
            ).replace(
                "http://schemas.openxmlformats.org/wordprocessingml/2006",
                "http://purl.oclc.org/ooxml/wordprocessingml",
            ),
        )
    assert blocks(document("a.docx", strict)) == [("heading", "Ships"), ("paragraph", "Many.")]


def words() -> bytes:
    word = docx.Document()
    word.add_paragraph("Some words.")
    return saved(word)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (words()[:2000], "damaged: its parts can't be listed"),
        (words()[:-30], "damaged: its parts can't be listed"),
        (changed(words(), "word/document.xml", "<w:document"), "damaged: word/document.xml is not"),
        (changed(words(), "word/document.xml", None), "damaged: word/document.xml is missing"),
        (changed(words(), "_rels/.rels", None), "damaged: it does not state where its text begins"),
        (changed(words(), "word/x", bytes(30_000_000)), "too large: it unpacks to 31 MB"),
        (saved(docx.Document()), "no text"),
    ],
    ids=["cut", "no directory", "markup", "no text part", "no beginning", "bomb", "empty"],
)
def test_a_document_without_text_gives_a_reason(data: bytes, why: str) -> None:
    """The reason tells the owner what is wrong."""
    assert reason("a.docx", data).startswith(why)


def test_entities_are_refused() -> None:
    """A part that declares entities is refused: billion laughs, or a local file."""
    body = (
        f"<w:document {W}><w:body><w:p><w:r><w:t>%s words</w:t></w:r></w:p></w:body></w:document>"
    )
    laughs = changed(words(), "word/document.xml", LAUGHS + body % "&j;")
    assert reason("a.docx", laughs).startswith("damaged: word/document.xml")
    stolen = '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]>' + body % "&f;"
    refused = reason("a.docx", changed(words(), "word/document.xml", stolen))
    assert refused == "damaged: word/document.xml declares a document type"


def test_absurd_nesting_is_refused() -> None:
    """Deeply nested content controls don't overflow the stack."""
    tower = "<w:sdt>" * 5000 + "</w:sdt>" * 5000
    markup = f"<w:document {W}><w:body>{tower}</w:body></w:document>"
    assert reason("a.docx", changed(words(), "word/document.xml", markup)).startswith("damaged")


def test_a_document_is_recognised_under_any_name() -> None:
    """The content decides, not the name."""
    assert document("a.zip", words()).text == "Some words."


def test_what_is_chosen_in_old_form_fields_is_read() -> None:
    """Entries of lists and boxes are values of fields, not text. A fraction has its bar."""
    file = docx.Document()
    main = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"

    def add(words: str, rest: str) -> None:
        file.element.body.insert(
            len(file.element.body) - 1,
            parse_xml(
                f'<w:p xmlns:w="{main}" xmlns:m="http://schemas.openxmlformats.org/officeDocument/'
                f'2006/math"><w:r><w:t xml:space="preserve">{words}</w:t></w:r>{rest}</w:p>'
            ),
        )

    def field(data: str) -> str:
        return (
            f'<w:r><w:fldChar w:fldCharType="begin"><w:ffData>{data}</w:ffData></w:fldChar></w:r>'
        )

    entries = '<w:listEntry w:val="8 m"/><w:listEntry w:val="12 m"/>'
    add("Length: ", field(f'<w:ddList><w:result w:val="1"/>{entries}</w:ddList>'))
    add("Width: ", field(f"<w:ddList>{entries}</w:ddList>"))
    add("Insured: ", field('<w:checkBox><w:default w:val="0"/><w:checked/></w:checkBox>'))
    add("Heated: ", field('<w:checkBox><w:default w:val="1"/><w:checked w:val="0"/></w:checkBox>'))
    add(
        "Force: ",
        "<m:oMath><m:r><m:t>F=</m:t></m:r><m:f><m:num><m:r><m:t>m</m:t></m:r></m:num>"
        "<m:den><m:r><m:t>2</m:t></m:r></m:den></m:f></m:oMath>",
    )
    stream = BytesIO()
    file.save(stream)
    assert [text for _, text in blocks(document("form.docx", stream.getvalue()))] == [
        "Length: 12 m", "Width: 8 m", "Insured: ☒", "Heated: ☐", "Force: F=m/2",
    ]  # fmt: skip

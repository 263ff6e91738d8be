"""Text that is struck through is marked in every format, so that nobody takes it for what holds."""

from __future__ import annotations

from io import BytesIO
from zipfile import ZipFile

import pytest
from pptx import Presentation

from tests.readers.odf.test_odf import packed
from tests.readers.office.test_docx import with_body
from tests.readers.packages import changed
from tests.readers.reading import blocks, document
from tests.readers.rtf.test_rtf import rtf
from tests.readers.workbooks import workbook

STYLES = (
    '<style:style style:name="T1"><style:text-properties '
    'style:text-line-through-style="solid"/></style:style>'
    '<style:style style:name="T2"><style:text-properties '
    'style:text-line-through-style="none"/></style:style>'
)
WORD = (
    "<w:p><w:r><w:t>The fee is </w:t></w:r><w:r><w:rPr><w:strike/></w:rPr>"
    '<w:t xml:space="preserve">40 </w:t></w:r><w:r><w:rPr><w:dstrike w:val="1"/></w:rPr>'
    '<w:t>euros</w:t></w:r><w:r><w:rPr><w:strike w:val="0"/></w:rPr>'
    '<w:t xml:space="preserve"> 50 euros.</w:t></w:r></w:p>'
)
ODF = (
    'The fee is <text:span text:style-name="T1">40 euros</text:span> '
    '<text:span text:style-name="T2">50 euros.</text:span>'
)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.html", "<p>The fee is <s>40 </s><del>euros</del> 50 euros.</p>"),
        (
            "b.html",
            '<p>The fee is <span style="text-decoration: line-through">40 euros</span> 50 euros.',
        ),
        ("a.md", "The fee is ~~40 euros~~ 50 euros."),
        ("a.docx", with_body(WORD)),
        ("a.rtf", rtf(r"\pard The fee is {\strike 40 euros} \strike0 50 euros.")),
        ("a.odt", packed("text", f"<text:p>{ODF}</text:p>", styles=STYLES)),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 9 else "",
)
def test_struck_words_stand_between_marks(name: str, data: str | bytes) -> None:
    """Neighbouring pieces are marked together, and other words aren't."""
    assert document(name, data).text in (
        "The fee is ~~40 euros~~ 50 euros.",
        "The fee is ~~40~~ ~~euros~~ 50 euros.",
    )


def test_struck_words_of_a_slide_are_marked() -> None:
    """In text and in the cells of a table."""
    show = Presentation()
    slide = show.slides.add_slide(show.slide_layouts[6])
    frame = slide.shapes.add_textbox(0, 0, 9_000_000, 900_000).text_frame
    table = slide.shapes.add_table(2, 2, 0, 900_000, 9_000_000, 900_000).table
    for row, texts in enumerate((("Part", "Price"), ("Pump", ""))):
        for column, text in enumerate(texts):
            table.cell(row, column).text = text
    for paragraph in (frame.paragraphs[0], table.cell(1, 1).text_frame.paragraphs[0]):
        for words, strike in (("The fee is ", ""), ("40 euros", "sngStrike"), (" 50 euros.", "")):
            run = paragraph.add_run()
            run.text = words
            if strike:
                run.font._element.set("strike", strike)
    stream = BytesIO()
    show.save(stream)
    assert blocks(document("a.pptx", stream.getvalue()))[1:] == [
        ("paragraph", "The fee is ~~40 euros~~ 50 euros."),
        ("header_row", "Part | Price"),
        ("row", "Pump | The fee is ~~40 euros~~ 50 euros."),
    ]


def test_struck_cells_of_a_workbook_are_marked() -> None:
    """A cell's own style strikes its value, and runs strike parts of a text."""
    data = workbook({"Fees": [["Part", "Fee", "Note"], ["Pump", 40, "x"], ["Seal", 50, "y"]]})
    data = changed(
        data,
        "xl/styles.xml",
        '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        '<fonts><font/><font><strike/></font><font><strike val="0"/></font></fonts>'
        '<cellXfs><xf fontId="0"/><xf fontId="1"/><xf fontId="2"/></cellXfs></styleSheet>',
    )
    data = changed(
        data,
        "xl/worksheets/sheet1.xml",
        lambda xml: (
            xml.replace('<c r="B2">', '<c r="B2" s="1">')
            .replace('<c r="B3">', '<c r="B3" s="2">')
            .replace(
                '<c r="C3" t="inlineStr"><is><t>y</t></is></c>', '<c r="C3" t="s"><v>0</v></c>'
            )
        ),
    )
    data = changed(
        data,
        "xl/_rels/workbook.xml.rels",
        lambda xml: xml.replace(
            "</Relationships>",
            '<Relationship Id="rId9" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
            'relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        ),
    )
    texts = (
        '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si>'
        "<r><t>until May </t></r><r><rPr><strike/></rPr><t>June</t></r></si></sst>"
    )
    with ZipFile(stream := BytesIO(data), "a") as archive:
        archive.writestr("xl/sharedStrings.xml", texts)
    assert blocks(document("a.xlsx", stream.getvalue()))[1:] == [
        ("header_row", "Part | Fee | Note"),
        ("row", "Pump | ~~40~~ | x"),
        ("row", "Seal | 50 | until May ~~June~~"),
    ]


def test_struck_cells_of_an_open_document_sheet_are_marked() -> None:
    """By the style of the cell, or of a piece of its text."""
    rows = (
        "<table:table table:name='Fees'><table:table-row>"
        "<table:table-cell table:style-name='T1' office:value-type='float' office:value='40'>"
        "<text:p>40</text:p></table:table-cell>"
        "<table:table-cell office:value-type='string'><text:p>due "
        "<text:span text:style-name='T1'>May</text:span> June</text:p></table:table-cell>"
        "</table:table-row></table:table>"
    )
    doc = document("a.ods", packed("spreadsheet", rows, styles=STYLES))
    assert [text for _, text in blocks(doc)] == ["Fees", "~~40~~ | due ~~May~~ June"]


def test_a_row_of_tildes_stays() -> None:
    """It is a text as any other, such as a line under a heading."""
    assert document("a.html", "<p>Sign with ~~~~ here, please.</p>").text == (
        "Sign with ~~~~ here, please."
    )

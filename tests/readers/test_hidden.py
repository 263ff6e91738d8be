"""Hidden sheets and slides are read and named as hidden; hidden words aren't read."""

from __future__ import annotations

from io import BytesIO
from zipfile import ZipFile

import pytest

from tests.readers.odf.test_odf import packed, text
from tests.readers.office.test_pptx import saved, show
from tests.readers.packages import changed
from tests.readers.reading import blocks, document, furniture
from tests.readers.workbooks import workbook


def headings(name: str, data: bytes | str) -> list[str]:
    return [words for kind, words in blocks(document(name, data)) if kind == "heading"]


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_sheet_is_named_as_hidden(state: str) -> None:
    """Its rows are read, because they may hold the rates that the shown sheets use."""
    data = workbook({"Sales": [["Year", "Sales"], [2011, 4]], "Rates": [["Rate"], [7]]})
    data = changed(
        data,
        "xl/workbook.xml",
        lambda part: part.replace('name="Rates"', f'name="Rates" state="{state}"'),
    )
    assert headings("a.xlsx", data) == ["Sales", "Rates (hidden sheet)"]
    assert ("row", "7") in blocks(document("a.xlsx", data))


def test_a_hidden_sheet_of_excel_2003_xml_is_named_as_hidden() -> None:
    """The sheet states it in its options."""
    table = "<Table><Row><Cell><Data>Rate</Data></Cell></Row></Table>"
    hidden = "<WorksheetOptions><Visible>SheetHidden</Visible></WorksheetOptions>"
    space = 'xmlns="urn:schemas-microsoft-com:office:spreadsheet"'
    data = (
        f'<?xml version="1.0"?><Workbook {space} xmlns:ss="urn:schemas-microsoft-com:office:'
        f'spreadsheet"><Worksheet ss:Name="Sales">{table}</Worksheet>'
        f'<Worksheet ss:Name="Rates">{table}{hidden}</Worksheet></Workbook>'
    )
    assert headings("a.xml", data) == ["Sales", "Rates (hidden sheet)"]


def test_hidden_sheets_and_slides_of_opendocument_are_named_as_hidden() -> None:
    """Their style hides them."""
    sheet = (
        '<table:table table:name="{}" table:style-name="{}"><table:table-row><table:table-cell>'
        "<text:p>Rate</text:p></table:table-cell></table:table-row></table:table>"
    )
    style = '<style:style style:name="H"><style:{}-properties {}/></style:style>'
    data = packed(
        "spreadsheet",
        sheet.format("Sales", "S") + sheet.format("Rates", "H"),
        styles=style.format("table", 'table:display="false"'),
    )
    assert headings("a.ods", data) == ["Sales", "Rates (hidden sheet)"]
    page = (
        '<draw:page draw:style-name="{}"><draw:frame><draw:text-box><text:p>Words</text:p>'
        "</draw:text-box></draw:frame></draw:page>"
    )
    data = packed(
        "presentation",
        page.format("S") + page.format("H"),
        styles=style.format("drawing-page", 'presentation:visibility="hidden"'),
    )
    assert headings("a.odp", data) == ["Slide 1", "Slide 2 (hidden slide)"]


def test_a_hidden_slide_is_named_as_hidden() -> None:
    """A page of handouts or an older version often is."""
    deck = show("Fleet", "Crews")
    deck.slides[1]._element.set("show", "0")
    assert headings("a.pptx", saved(deck)) == ["Fleet", "Crews (hidden slide)"]


def test_hidden_words_of_a_text_are_left_out() -> None:
    """As those of Word are."""
    doc = text(
        "<text:p>The fee is <text:span text:style-name='H'>secretly </text:span>50 euros.</text:p>",
        styles="<style:style style:name='H'><style:text-properties text:display='none'/>"
        "</style:style>",
    )
    assert doc.text == "The fee is 50 euros."


def test_comments_of_both_kinds_on_slides_are_listed() -> None:
    """Since 2021, a comment and each reply have paragraphs."""
    relations = "ppt/slides/_rels/slide1.xml.rels"
    old = "<p:cmLst xmlns:p='urn:p'><p:cm><p:text>Check this</p:text></p:cm></p:cmLst>"
    words = "<p:txBody><a:p><a:r><a:t>{} </a:t></a:r><a:r><a:t>twice</a:t></a:r></a:p></p:txBody>"
    new = (
        "<p:cmLst xmlns:p='urn:p' xmlns:a='urn:a'><p:cm><p:replyLst><p:reply>"
        f"{words.format('Done')}</p:reply></p:replyLst>{words.format('Check')}</p:cm></p:cmLst>"
    )
    for kinds, comments, listed in (
        ("officeDocument/2006", old, ["Check this"]),
        ("office/2018/10", new, ["Done twice", "Check twice"]),
    ):
        relation = (
            f'<Relationship Id="r9" Type="http://schemas.example.org/{kinds}/relationships/comments"'
            ' Target="../comments/1.xml"/></Relationships>'
        )
        slides = saved(show("Fleet"))
        with ZipFile(BytesIO(slides)) as package:
            known = package.read(relations).decode()
        data = changed(slides, relations, known.replace("</Relationships>", relation))
        doc = document("a.pptx", changed(data, "ppt/comments/1.xml", comments))
        assert furniture(doc) == [("metadata", words) for words in listed]

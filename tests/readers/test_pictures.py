"""Pictures of text in documents are read by the installed OCR engine, at their place."""

from __future__ import annotations

import io
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest
from docx import Document as WordDocument
from PIL import Image
from pptx import Presentation
from pptx.util import Inches

from chatbot.readers.pdf.ocr import engine
from chatbot.readers.pdf.pdfium import Pdf
from chatbot.readers.pictures import PictureReader, data_of_uri
from tests.readers.markup.test_epub import book, chapter
from tests.readers.odf.test_odf import packed
from tests.readers.packages import changed
from tests.readers.pdfs import file_of, lines, pdf
from tests.readers.reading import blocks, covers, document
from tests.readers.workbooks import workbook

TEXT = "The radar was sold to Omsk in the spring"
BEFORE, AFTER = "Before the picture.", "After the picture."

installed = pytest.mark.skipif(engine() is None, reason="no OCR engine is installed")


def picture(text: str = TEXT, *, height: int = 130) -> bytes:
    """A PNG of a line of text at its top; the letters are 40 pixels high."""
    with Pdf(pdf(lines(20, 760, [text], size=16))) as file:
        page = file.picture(1, 2.5)
    stream = io.BytesIO()
    page.crop((0, 0, 1100, height)).save(stream, "PNG")
    return stream.getvalue()


def word() -> bytes:
    file = WordDocument()
    file.add_paragraph(BEFORE)
    file.add_picture(io.BytesIO(picture()))
    file.add_paragraph(AFTER)
    return _saved(file.save)


def slides() -> bytes:
    show = Presentation()
    for data in (None, picture()):
        slide = show.slides.add_slide(show.slide_layouts[6])
        if data:
            slide.shapes.add_picture(io.BytesIO(data), Inches(1), Inches(1))
        else:
            slide.shapes.add_textbox(0, 0, 9_000_000, 900_000).text_frame.text = BEFORE
    return _saved(show.save)


def _saved(save: Callable[[io.BytesIO], None]) -> bytes:
    stream = io.BytesIO()
    save(stream)
    return stream.getvalue()


def web_page() -> str:
    article = "<p>The committee met in May and spoke about the sale of the radar for an hour.</p>"
    return f"<h1>Sale</h1>{article}<p>{_image()}</p><p>{AFTER}</p>"


def web_table() -> str:
    rows = f"<tr><th>Year</th><th>Note</th></tr><tr><td>2011</td><td>{_image()}</td></tr>"
    return f"<h1>Sale</h1><table>{rows}</table>"


def _image() -> str:
    return f"<img src='data:image/png;base64,{b64encode(picture()).decode()}' alt='note'>"


def rich_text() -> str:
    return rf"{{\rtf1 {BEFORE}{_rich_picture()}\par {AFTER}\par}}"


def rich_table() -> str:
    rows = (r"Year\cell Note", rf"2011\cell {_rich_picture()}")
    return (
        r"{\rtf1 "
        + "".join(rf"\trowd\intbl {row}\cell\row " for row in rows)
        + r"\pard After.\par}"
    )


def _rich_picture() -> str:
    """A picture, and the copy that old programs show."""
    digits = picture().hex()
    lines_of_digits = "\n".join(digits[n : n + 128] for n in range(0, len(digits), 128))
    png = rf"{{\pict{{\*\blipuid 0a1b}}\picw1100\pich130\pngblip {lines_of_digits}}}"
    return rf"{{\*\shppict{png}}}{{\nonshppict{png}}}"


def open_text() -> bytes:
    data = packed(
        "text",
        f"<text:p>{BEFORE}<draw:frame><draw:image xlink:href='Pictures/1.png' "
        f"xmlns:xlink='http://www.w3.org/1999/xlink'/></draw:frame></text:p>"
        f"<text:p>{AFTER}</text:p>",
    )
    stream = io.BytesIO(data)
    with ZipFile(stream, "a") as archive:
        archive.writestr("Pictures/1.png", picture())
    return stream.getvalue()


def page_with_picture(
    place: str = "440 0 0 52 72 600", *, height: int = 130, in_form: bool = False
) -> bytes:
    """A PDF with a picture of text at a place, and two lines of text over it or around it."""
    with Image.open(io.BytesIO(picture(height=height))) as opened:
        image = opened.convert("L")
    raw = image.tobytes()
    drawing = f"q {place} cm /I Do Q"
    stream = (
        f"BT /F 12 Tf 72 700 Td ({BEFORE}) Tj ET "
        f"{'q 1 0 0 1 0 -100 cm /X Do Q' if in_form else drawing} "
        f"BT /F 12 Tf 72 500 Td ({AFTER}) Tj ET"
    ).encode()
    form = drawing.encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
            b"/Resources << /Font << /F 5 0 R >> /XObject << /I 6 0 R /X 7 0 R >> >> >>"
        ),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray "
        b"/BitsPerComponent 8 /Length %d >>\nstream\n%s\nendstream"
        % (image.width, image.height, len(raw), raw),
        b"<< /Type /XObject /Subtype /Form /BBox [0 0 612 792] /Resources << /XObject "
        b"<< /I 6 0 R >> >> /Length %d >>\nstream\n%s\nendstream" % (len(form), form),
        b"<< >>",
    ]
    return file_of(objects, len(objects))


def sheet() -> bytes:
    """A sheet with a picture under its rows."""
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    drawing = (
        '<x:wsDr xmlns:x="urn:x" xmlns:a="urn:a" xmlns:r="urn:r"><a:blip r:embed="r1"/></x:wsDr>'
    )
    related = (
        '<Relationships><Relationship Id="r1" Type="{0}/{1}" Target="../{2}"/></Relationships>'
    )
    data = workbook({"Sales": [["Year", "Sales"], [2011, 4]], "Other": [[AFTER]]})
    for name, content in (
        (
            "xl/worksheets/_rels/sheet1.xml.rels",
            related.format(office, "drawing", "drawings/1.xml"),
        ),
        ("xl/drawings/1.xml", drawing),
        ("xl/drawings/_rels/1.xml.rels", related.format(office, "image", "media/1.png")),
        ("xl/media/1.png", picture()),
    ):
        data = changed(data, name, content)
    return data


def electronic_book() -> bytes:
    page = chapter(f"<p>{BEFORE}</p><p><img src='../pictures/1.png' alt=''/></p><p>{AFTER}</p>")
    return changed(book({"a.xhtml": page}), "OEBPS/pictures/1.png", picture())


@installed
@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.docx", word),
        ("a.html", web_page),
        ("a.odt", open_text),
        ("a.rtf", rich_text),
        ("a.epub", electronic_book),
    ],
)
def test_the_words_of_a_picture_stand_at_its_place(
    name: str, data: Callable[[], bytes | str]
) -> None:
    """Between the paragraph before it and the one after it."""
    doc = document(name, data())
    texts = [text for _, text in blocks(doc)]
    assert texts[texts.index(TEXT) + 1] == AFTER
    assert texts.index(TEXT) > 0
    assert covers(doc)


@installed
@pytest.mark.slow
@pytest.mark.parametrize(("name", "data"), [("a.html", web_table), ("a.rtf", rich_table)])
def test_the_words_of_a_picture_in_a_cell_have_the_names_of_its_column(
    name: str, data: Callable[[], str]
) -> None:
    """They are the cell's text."""
    rows = [(kind, text) for kind, text in blocks(document(name, data())) if "row" in kind]
    assert rows == [("header_row", "Year | Note"), ("row", f"2011 | {TEXT}")]


@installed
@pytest.mark.slow
def test_the_words_of_a_picture_on_a_slide_are_on_its_page() -> None:
    """A slide that has only a picture gets its number as a heading."""
    doc = document("a.pptx", slides())
    assert blocks(doc)[2:] == [("heading", "Slide 2"), ("paragraph", TEXT)]
    assert doc.pages[1].of(doc.text).strip().endswith(TEXT)


@installed
@pytest.mark.slow
def test_the_words_of_a_picture_in_a_workbook_follow_the_rows_of_its_sheet() -> None:
    """The next sheet comes after them."""
    texts = [text for _, text in blocks(document("a.xlsx", sheet()))]
    assert texts == ["Sales", "Year | Sales", "2011 | 4", TEXT, "Other", AFTER]


@installed
@pytest.mark.slow
def test_the_words_of_pictures_in_an_old_word_file_follow_its_text(data: Path) -> None:
    """It doesn't say where they stand."""
    name = "testWORD_3imgs.doc"
    doc = document(name, next((data / "torture").rglob(name)).read_bytes())
    assert blocks(doc)[-1] == ("paragraph", "Try Alfresco Online or Download")


@installed
@pytest.mark.slow
def test_a_picture_inside_a_form_of_a_page_is_read() -> None:
    """The form moves it down by 100 points."""
    doc = document("a.pdf", page_with_picture("440 0 0 52 72 700", in_form=True))
    assert [text for _, text in blocks(doc)] == [BEFORE, AFTER, TEXT]
    assert doc.runs[-1].box == pytest.approx((72, 140, 512, 192), abs=1)


@installed
@pytest.mark.slow
def test_a_scan_with_a_stamp_over_it_is_read() -> None:
    """The words over it are those of the page; they aren't read a second time."""
    doc = document("a.pdf", page_with_picture("550 0 0 792 0 0", height=1584))
    assert [text for _, text in blocks(doc)] == [BEFORE, AFTER, TEXT]


@installed
@pytest.mark.slow
def test_a_picture_in_a_pdf_is_cited_by_its_box() -> None:
    """The page has words of its own; those of the picture follow them."""
    doc = document("a.pdf", page_with_picture())
    assert [text for _, text in blocks(doc)] == [BEFORE, AFTER, TEXT]
    run = doc.runs[-1]
    assert (run.page, run.span.of(doc.text)) == (1, TEXT)
    assert run.box == pytest.approx((72, 140, 512, 192), abs=1)


@installed
@pytest.mark.slow
def test_a_repeated_picture_and_a_logo_are_left_out() -> None:
    """A picture counts once; one or two words are a logo."""
    reader = PictureReader()
    assert reader.paragraphs(picture()) == [TEXT]
    assert reader.paragraphs(picture()) == []
    assert reader.paragraphs(picture("Omsk Radar")) == []


def test_without_an_engine_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same documents have the same text without what pictures say."""
    monkeypatch.setattr("chatbot.readers.pictures._has_engine", lambda: False)
    assert [text for _, text in blocks(document("a.docx", word()))] == [BEFORE, AFTER]
    assert TEXT not in document("a.html", web_page()).text
    assert TEXT not in document("a.odt", open_text()).text
    assert TEXT not in document("a.rtf", rich_text()).text
    assert TEXT not in document("a.pdf", page_with_picture()).text
    assert len(blocks(document("a.pptx", slides()))) == 2


@pytest.mark.parametrize("data", [b"", b"no picture", b"\x89PNG\r\n\x1a\nbroken"])
def test_a_damaged_picture_has_no_words(data: bytes) -> None:
    """Its document is read."""
    assert PictureReader().paragraphs(data) == []


@pytest.mark.parametrize(
    ("address", "data"),
    [
        ("data:image/png;base64,QUJD", b"ABC"),
        ("data:image/png;base64,QUJD%0AREVG", b"ABCDEF"),
        ("data:text/html;base64,QUJD", b""),
        ("data:image/svg+xml,<svg/>", b""),
        ("https://example.org/a.png", b""),
        ("", b""),
    ],
)
def test_only_pictures_in_the_page_itself_are_taken(address: str, data: bytes) -> None:
    """Nothing is fetched."""
    assert data_of_uri(address) == data

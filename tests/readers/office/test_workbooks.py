"""Sheets of any format: readable rows that know their header."""

from __future__ import annotations

import struct
from datetime import date
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from chatbot.chunking import chunk
from chatbot.readers.office.workbooks import value_text
from chatbot.readers.tables.write_table import plain_figure
from tests.readers.packages import changed, with_size, zipped
from tests.readers.reading import blocks, covers, document, documents, furniture, reason
from tests.readers.workbooks import Cell, Rows, workbook

SHIPS: Rows = [
    ["Ship", "Crew", "Commissioned"],
    ["Varyag", 480, date(1989, 10, 11)],
    ["Kunlun", 280.5, date(2015, 3, 1)],
]


def test_each_sheet_stands_under_its_name() -> None:
    """Figures are plain, dates are in ISO 8601, empty sheets are left out."""
    doc = document("fleet/ships.xlsx", workbook({"Navy": SHIPS, "Sheet2": [], "Air": [["none"]]}))
    assert blocks(doc) == [
        ("heading", "Navy"),
        ("header_row", "Ship | Crew | Commissioned"),
        ("row", "Varyag | 480 | 1989-10-11"),
        ("row", "Kunlun | 280.5 | 2015-03-01"),
        ("heading", "Air"),
        ("row", "none"),
    ]
    assert doc.title == "ships"
    assert covers(doc)


def test_a_passage_far_down_a_sheet_knows_its_header() -> None:
    """The header leads every passage except the one that holds it."""
    calls: list[list[Cell]] = [[n, f"ship {n}", "Baltiysk"] for n in range(50)]
    rows: Rows = [["Year", "Ship", "Port"], *calls]
    doc = document("a.xlsx", workbook({"Calls": rows}))
    cut = chunk(doc, count_tokens=lambda texts: [len(t.split()) for t in texts], budget=30)
    assert len(cut) > 5
    assert [" / ".join(line.text for line in passage.lead) for passage in cut[1:]] == [
        "Year | Ship | Port"
    ] * (len(cut) - 1)
    assert {passage.section for passage in cut} == {("Calls",)}


def test_empty_rows_and_columns_are_dropped_and_titles_stay_with_the_rows() -> None:
    """A single cell above a table isn't a row of it."""
    rows: Rows = [
        [],
        [None, "Port calls of the fleet"],
        [None, "Ship", None, "Calls"],
        [None, "Varyag", None, 7],
        [],
        [],
        [None, "Year", None, "Total"],
        [None, 2012.0, None, 31],
        [],
        [None, "Kunlun", None, "unknown"],
        [None, "Qingdao", None, "unknown"],
    ]
    assert blocks(document("a.xlsx", workbook({"S": rows})))[1:] == [
        ("header_row", "Port calls of the fleet"),
        ("header_row", "Ship | Calls"),
        ("row", "Varyag | 7"),
        ("header_row", "Year | Total"),
        ("row", "2012 | 31"),
        ("row", "Kunlun | unknown"),
        ("row", "Qingdao | unknown"),
    ]


@pytest.mark.parametrize(
    "first",
    [
        ["2010", "2011", "2012"],
        ["Varyag", "480", "7"],
        ["Name", "Name", "Port"],
        ["Name", "", "Port"],
        ["A sentence that goes on and on, as no name of a column ever would do", "b", "c"],
    ],
)
def test_a_first_row_of_records_is_no_header(first: list[str]) -> None:
    """Figures, repetitions, gaps and sentences aren't column names."""
    data = "\n".join(",".join(f'"{cell}"' for cell in row) for row in [first, ["x", "y", "z"]])
    assert "header_row" not in {kind for kind, _ in blocks(document("a.csv", data))}


def test_years_may_be_among_the_names_of_columns() -> None:
    """The corner above the row names may be empty."""
    data = ",Unit,2019,2020\nGas,bcm,5,7\nOil,mt,8,9\n"
    assert blocks(document("a.csv", data))[0] == ("header_row", "| Unit | 2019 | 2020")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3.0, "3"),
        (0.1 + 0.2, "0.3"),
        (1599.99, "1599.99"),
        (-0.5, "-0.5"),
        (123456789012345678.0, "123456789012345680"),
        (1e300, "1e+300"),
        (0.00005, "0.00005"),
        (-1.25e-7, "-0.000000125"),
        (True, "true"),
        (7, "7"),
        ("  x", "  x"),
    ],
)
def test_a_figure_is_written_as_a_person_would(value: float | str, text: str) -> None:
    """Whole numbers have no fraction, and no number shows floating-point noise."""
    assert value_text(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0.30000000000000004", "0.3"),
        ("5.0000000000000002E-5", "0.00005"),
        ("1E-05", "0.00001"),
        ("7", "7"),
        ("n/a", "n/a"),
    ],
)
def test_a_figure_stored_as_text_is_written_without_an_exponent(value: str, text: str) -> None:
    """Formats in XML store small figures with an exponent, with or without a fraction."""
    assert plain_figure(value) == text


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_any_usual_delimiter_is_recognised(delimiter: str) -> None:
    """Other delimiters may be in the text, and the suffix doesn't matter."""
    rows = [["Ship", "Crew", "Note"], ["Varyag", "480", "big; old, slow"], ["Kunlun", "280", "new"]]
    lines = (delimiter.join(f'"{cell}"' if "," in cell else cell for cell in row) for row in rows)
    doc = document("a.csv", "\r\n".join(lines))
    assert blocks(doc) == [
        ("header_row", "Ship | Crew | Note"),
        ("row", "Varyag | 480 | big; old, slow"),
        ("row", "Kunlun | 280 | new"),
    ]
    assert doc.title == "a"


def test_quoted_cells_keep_their_lines_and_marks() -> None:
    """Line ends in a cell don't separate rows."""
    doc = document("a.tsv", 'a\tb\n"one\ntwo"\t"say ""hi"""\n')
    assert doc.text == 'a | b\none two | say "hi"'


def test_an_unclosed_quotation_mark_swallows_nothing() -> None:
    """An inch sign doesn't begin a quotation; no row is lost."""
    data = 'size,name\n"5 inch,gun\n7,x\n8,y\n'
    assert document("a.csv", data).text == 'size | name\n"5 inch | gun\n7 | x\n8 | y'


def test_sheets_in_text_are_read_in_any_encoding() -> None:
    """A Cyrillic list from an old program, and one that Excel saved as Unicode."""
    rows = "Корабль;Экипаж\nВаряг;480\nАдмирал Пантелеев;293\n" * 3
    assert document("a.csv", rows.encode("cp1251")).text.startswith("Корабль | Экипаж\nВаряг | 480")
    wide = rows.replace(";", "\t").encode("utf-16")
    assert document("a.csv", wide).text.startswith("Корабль | Экипаж\nВаряг | 480")


def test_one_column_of_words_is_a_list_of_rows() -> None:
    """Commas in every line don't always mean a table."""
    assert blocks(document("a.csv", "Ship\nVaryag\n")) == [("row", "Ship"), ("row", "Varyag")]
    assert reason("a.csv", "\n , , \n") == "no text"


def test_properties_are_metadata() -> None:
    """A title that a person wrote counts; otherwise the file's name is the title."""
    doc = document("a.xlsx", workbook({"S": SHIPS}, title="Order of battle", author="Jane Doe"))
    assert (doc.title, doc.metadata.author) == ("Order of battle", "Jane Doe")
    assert document("x/plan.xlsx", workbook({"S": SHIPS}, title="Book1")).title == "plan"


def test_a_far_cell_is_refused_before_it_fills_the_memory() -> None:
    """Two cells in opposite corners would take hundreds of gigabytes."""
    data = changed(
        workbook({"S": SHIPS}),
        "xl/worksheets/sheet1.xml",
        lambda part: part.replace(
            "</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
        ),
    )
    assert reason("a.xlsx", data) == (
        "too large: a sheet of 1,048,576 rows and 16,384 columns; "
        "delete cells far from the rest, or save its tables as CSV"
    )


def test_a_part_that_unpacks_beyond_its_stated_size_is_refused() -> None:
    """The library that reads the sheets would unpack it all."""
    with ZipFile(BytesIO(workbook({"S": SHIPS}))) as archive:
        parts = [(name, archive.read(name)) for name in archive.namelist()]
    data = with_size(zipped(("xl/big", bytes(10_000_000)), *parts), 1000)
    assert reason("a.xlsx", data).startswith("damaged: xl/big can't be unpacked")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (workbook({"S": SHIPS})[:-40], "damaged: its parts can't be listed"),
        (
            changed(workbook({"S": SHIPS}), "xl/worksheets/sheet1.xml", "<worksheet><sheetD"),
            "damaged: its sheets can't be read",
        ),
        (changed(workbook({"S": SHIPS}), "xl/workbook.xml", None), "damaged: "),
        (workbook({"S": []}), "no text"),
    ],
    ids=["cut", "markup", "no workbook", "empty"],
)
def test_a_workbook_without_text_gives_a_reason(data: bytes, why: str) -> None:
    """The reason tells the owner what is wrong."""
    assert reason("a.xlsx", data).startswith(why)


def test_a_sheet_of_a_hundred_thousand_rows_is_read_whole() -> None:
    """Every row is there once, in order."""
    lines = "\n".join(f"{n},ship {n},port {n % 7}" for n in range(100_000))
    doc = document("a.csv", f"id,name,port\n{lines}\n")
    assert len(doc.blocks) == 100_001
    assert blocks(doc)[99_999] == ("row", "99998 | ship 99998 | port 3")


def test_text_boxes_and_comments_of_a_sheet_are_found() -> None:
    """Drawn text is text; comments are listed."""
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    drawing = (
        '<x:wsDr xmlns:x="urn:x" xmlns:a="urn:a"><x:sp><x:txBody><a:p><a:r><a:t>Boxed</a:t></a:r>'
        "</a:p></x:txBody></x:sp></x:wsDr>"
    )
    runs = "<r><t>Check </t></r><r><t>this</t></r>"
    comments = f"<comments><comment><text>{runs}</text></comment></comments>"
    relations = "".join(
        f'<Relationship Id="r{kind}" Type="{office}/{kind}" Target="../{kind}.xml"/>'
        for kind in ("drawing", "comments")
    )
    data = workbook({"S": [["a", "b"]], "Other": [["c"]]})
    for name, content in (
        ("xl/drawing.xml", drawing),
        ("xl/comments.xml", comments),
        ("xl/worksheets/_rels/sheet1.xml.rels", f"<Relationships>{relations}</Relationships>"),
    ):
        data = changed(data, name, content)
    doc = document("a.xlsx", data)
    assert [text for _, text in blocks(doc)] == ["S", "a | b", "Boxed", "Other", "c"]
    assert furniture(doc) == [("metadata", "Check this")]


def test_a_truncated_old_workbook_is_damaged() -> None:
    """The library panics on a truncated directory, which mustn't end the build."""
    header = bytearray(512)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<HHHHH", header, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<III", header, 44, 1, 1, 0)  # one sector of the FAT; the directory's first
    struct.pack_into("<IIIII", header, 56, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    struct.pack_into("<I", header, 76, 0)
    fat = struct.pack("<II", 0xFFFFFFFD, 0xFFFFFFFE).ljust(512, b"\xff")
    name = "Workbook\0".encode("utf-16-le")
    directory = (name.ljust(64, b"\0") + struct.pack("<H", len(name))).ljust(100, b"\0")
    cut = bytes(header) + fat + directory
    assert reason("a.xls", cut) == "damaged: its sheets can't be read"


def test_old_workbooks_are_read_and_encrypted_ones_named(data: Path) -> None:
    """Real files of Excel 5 to 2003 are read."""
    folder = data / "torture" / "tika" / "tika-parser-microsoft-module"
    doc = document("a.xls", (folder / "testEXCEL_labels-govdocs-515858.xls").read_bytes())
    assert ("row", "Austria | 88.832 | 10.08 | 6694 |") in blocks(doc)
    locked = (folder / "testEXCEL_protected_passtika.xls").read_bytes()
    assert reason("a.xls", locked) == "encrypted: remove the password and build again"


def test_merged_cells_below_empty_rows_of_an_old_workbook_are_where_they_were(data: Path) -> None:
    """In a real sheet that begins at B2, the names of companies are merged cells."""
    path = next((data / "torture").rglob("testEXCEL_WORKBOOK_in_capitals.xls"))
    rows = [text for _, text in blocks(document("a.xls", path.read_bytes()))]
    (row,) = [text for text in rows if "| US6903681053 |" in text]
    assert row.startswith("Overseas Shipholding Group Inc. |")


def test_the_text_of_a_shape_in_an_old_workbook_is_read(data: Path) -> None:
    """It isn't in any cell."""
    path = next((data / "torture").rglob("testEXCEL_textbox.xls"))
    doc = document("a.xls", path.read_bytes())
    assert ("paragraph", "this is some autoshape text") in blocks(doc)


def test_the_file_embedded_in_an_old_workbook_is_read(data: Path) -> None:
    """A PDF in a stream of the workbook."""
    path = next((data / "torture").rglob("testEXCEL_embeddedPDF_windows.xls"))
    (doc,) = documents("a.xls", path.read_bytes())
    assert "Apache Tika is a toolkit" in doc.text

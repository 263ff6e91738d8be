"""Sheets: rows that read well and know their header, whichever format they come in."""

from __future__ import annotations

import struct
from datetime import date
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from chatbot.chunking import chunk
from chatbot.readers.office.workbooks import written
from tests.readers.packages import changed, with_size, zipped
from tests.readers.reading import blocks, covers, document, furniture, reason
from tests.readers.workbooks import Cell, Rows, workbook

SHIPS: Rows = [
    ["Ship", "Crew", "Commissioned"],
    ["Varyag", 480, date(1989, 10, 11)],
    ["Kunlun", 280.5, date(2015, 3, 1)],
]


def test_each_sheet_stands_under_its_name() -> None:
    """Figures are plain, dates are ISO 8601, empty sheets are left out."""
    found = document("fleet/ships.xlsx", workbook({"Navy": SHIPS, "Sheet2": [], "Air": [["none"]]}))
    assert blocks(found) == [
        ("heading", "Navy"),
        ("header_row", "Ship | Crew | Commissioned"),
        ("row", "Varyag | 480 | 1989-10-11"),
        ("row", "Kunlun | 280.5 | 2015-03-01"),
        ("heading", "Air"),
        ("row", "none"),
    ]
    assert found.title == "ships"
    assert covers(found)


def test_a_passage_far_down_a_sheet_knows_its_header() -> None:
    """The header leads every passage but the one that holds it."""
    calls: list[list[Cell]] = [[n, f"ship {n}", "Baltiysk"] for n in range(50)]
    rows: Rows = [["Year", "Ship", "Port"], *calls]
    found = document("a.xlsx", workbook({"Calls": rows}))
    cut = chunk(found, count_tokens=lambda texts: [len(t.split()) for t in texts], budget=30)
    assert len(cut) > 5
    assert [each.lead and each.lead.of(found.text) for each in cut[1:]] == [
        "Year | Ship | Port"
    ] * (len(cut) - 1)
    assert {each.section for each in cut} == {("Calls",)}


def test_empty_rows_and_columns_are_dropped_and_titles_are_paragraphs() -> None:
    """What stands alone above a table is no row of it."""
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
        ("paragraph", "Port calls of the fleet"),
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
    """Figures, repetitions, gaps and sentences are not the names of columns."""
    data = "\n".join(",".join(f'"{cell}"' for cell in row) for row in [first, ["x", "y", "z"]])
    assert "header_row" not in {kind for kind, _ in blocks(document("a.csv", data))}


def test_years_may_be_among_the_names_of_columns() -> None:
    """And the corner above the names of the rows may be empty."""
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
        (True, "true"),
        (7, "7"),
        ("  x", "  x"),
    ],
)
def test_a_figure_is_written_as_a_person_would(value: float | str, text: str) -> None:
    """Whole ones without a fraction, and none with the digits of a binary one."""
    assert written(value) == text


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_whatever_parts_the_cells_is_found(delimiter: str) -> None:
    """Also where another of the signs is in the text, and whatever the suffix says."""
    rows = [["Ship", "Crew", "Note"], ["Varyag", "480", "big; old, slow"], ["Kunlun", "280", "new"]]
    lines = (delimiter.join(f'"{cell}"' if "," in cell else cell for cell in row) for row in rows)
    found = document("a.csv", "\r\n".join(lines))
    assert blocks(found) == [
        ("header_row", "Ship | Crew | Note"),
        ("row", "Varyag | 480 | big; old, slow"),
        ("row", "Kunlun | 280 | new"),
    ]
    assert found.title == "a"


def test_quoted_cells_keep_their_lines_and_marks() -> None:
    """Line ends in a cell do not part rows."""
    found = document("a.tsv", 'a\tb\n"one\ntwo"\t"say ""hi"""\n')
    assert found.text == 'a | b\none two | say "hi"'


def test_a_mark_that_nothing_closes_swallows_nothing() -> None:
    """Inches are no quotation; every row is a row."""
    data = 'size,name\n"5 inch,gun\n7,x\n8,y\n'
    assert document("a.csv", data).text == 'size | name\n"5 inch | gun\n7 | x\n8 | y'


def test_sheets_in_text_are_read_in_any_encoding() -> None:
    """A list in Cyrillic from an old program, and one that Excel saved as Unicode."""
    rows = "Корабль;Экипаж\nВаряг;480\nАдмирал Пантелеев;293\n" * 3
    assert document("a.csv", rows.encode("cp1251")).text.startswith("Корабль | Экипаж\nВаряг | 480")
    wide = rows.replace(";", "\t").encode("utf-16")
    assert document("a.csv", wide).text.startswith("Корабль | Экипаж\nВаряг | 480")


def test_one_column_of_words_is_a_list_of_rows() -> None:
    """Commas in every line are not always a table's."""
    assert blocks(document("a.csv", "Ship\nVaryag\n")) == [("row", "Ship"), ("row", "Varyag")]
    assert reason("a.csv", "\n , , \n") == "no text"


def test_properties_are_metadata() -> None:
    """The title that somebody wrote; else a workbook is called by its file."""
    found = document("a.xlsx", workbook({"S": SHIPS}, title="Order of battle", author="Jane Doe"))
    assert (found.title, found.metadata.author) == ("Order of battle", "Jane Doe")
    assert document("x/plan.xlsx", workbook({"S": SHIPS}, title="Book1")).title == "plan"


def test_a_cell_far_out_is_refused_before_it_fills_the_memory() -> None:
    """Two cells in opposite corners would cost hundreds of gigabytes."""
    data = changed(
        workbook({"S": SHIPS}),
        "xl/worksheets/sheet1.xml",
        lambda part: part.replace(
            "</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
        ),
    )
    assert reason("a.xlsx", data) == (
        "too large: a sheet of 1,048,576 rows and 16,384 columns; "
        "delete what stands far from the rest, or save its tables as CSV"
    )


def test_a_part_that_unpacks_to_more_than_it_says_is_refused() -> None:
    """The library that reads the sheets would unpack all of it."""
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
def test_a_workbook_that_gives_no_text_says_why(data: bytes, why: str) -> None:
    """The reason is for the person who owns the file."""
    assert reason("a.xlsx", data).startswith(why)


def test_a_sheet_of_a_hundred_thousand_rows_is_read_whole() -> None:
    """Every row is there, once, in its order."""
    lines = "\n".join(f"{n},ship {n},port {n % 7}" for n in range(100_000))
    found = document("a.csv", f"id,name,port\n{lines}\n")
    assert len(found.blocks) == 100_001
    assert blocks(found)[99_999] == ("row", "99998 | ship 99998 | port 3")


def test_text_boxes_and_comments_of_a_sheet_are_found() -> None:
    """What is drawn is text; what reviewers noted is listed."""
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
    found = document("a.xlsx", data)
    assert [text for _, text in blocks(found)] == ["S", "a | b", "Boxed", "Other", "c"]
    assert furniture(found) == [("metadata", "Check this")]


def test_an_old_workbook_that_breaks_off_is_damaged() -> None:
    """Where its directory is cut the library panics, which must not end the build."""
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


def test_old_workbooks_are_read_and_locked_ones_named(data: Path) -> None:
    """Real files of Excel 5 to 2003."""
    folder = data / "torture" / "tika" / "tika-parser-microsoft-module"
    found = document("a.xls", (folder / "testEXCEL_labels-govdocs-515858.xls").read_bytes())
    assert ("row", "Austria | 88.832 | 10.08 | 6694 |") in blocks(found)
    locked = (folder / "testEXCEL_protected_passtika.xls").read_bytes()
    assert reason("a.xls", locked) == "encrypted: remove the password and build again"

"""A table of any format is a grid: no value moves under another name."""

from __future__ import annotations

from io import BytesIO
from typing import Any, Final

import docx
import pptx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.chunking import chunk
from chatbot.readers.document_writer import DocumentWriter
from chatbot.readers.tables.grid import Grid
from chatbot.readers.tables.write_table import write_sheet, write_table
from chatbot.types import Document
from tests.readers.reading import blocks, covers, document

# Two seasons at each of two places; the third place has one value for both figures.
FEES: Final = [
    ("header_row", "Place | Season | Fee | Deposit"),
    ("row", "Quay | Summer | 14 | 6"),
    ("row", "Quay | Winter | 9 | 4"),
    ("row", "Mill | closed | closed | 2"),
]
HTML: Final = (
    "<table><tr><th>Place</th><th>Season</th><th>Fee</th><th>Deposit</th></tr>"
    "<tr><td rowspan=2>Quay</td><td>Summer</td><td>14</td><td>6</td></tr>"
    "<tr><td>Winter</td><td>9</td><td>4</td></tr>"
    "<tr><td>Mill</td><td colspan=2>closed</td><td>2</td></tr></table>"
)
RTF: Final = (
    r"{\rtf1\ansi"
    r"\trowd\cellx2000\cellx4000\cellx6000\cellx8000\intbl Place\cell Season\cell Fee\cell "
    r"Deposit\cell\row"
    r"\trowd\clvmgf\cellx2000\cellx4000\cellx6000\cellx8000\intbl Quay\cell Summer\cell 14\cell "
    r"6\cell\row"
    r"\trowd\clvmrg\cellx2000\cellx4000\cellx6000\cellx8000\intbl\cell Winter\cell 9\cell "
    r"4\cell\row"
    r"\trowd\cellx2000\cellx6000\cellx8000\intbl Mill\cell closed\cell 2\cell\row\pard\par}"
)
ODF: Final = (
    '<?xml version="1.0"?><office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:'
    'office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:text>'
    "<table:table>{rows}</table:table></office:text></office:body></office:document>"
)


def odf() -> str:
    def cell(words: str, spans: str = "") -> str:
        return f"<table:table-cell {spans}><text:p>{words}</text:p></table:table-cell>"

    covered = "<table:covered-table-cell/>"
    rows = [
        [*map(cell, ("Place", "Season", "Fee", "Deposit"))],
        [cell("Quay", 'table:number-rows-spanned="2"'), *map(cell, ("Summer", "14", "6"))],
        [covered, *map(cell, ("Winter", "9", "4"))],
        [cell("Mill"), cell("closed", 'table:number-columns-spanned="2"'), covered, cell("2")],
    ]
    drawn = "".join(f"<table:table-row>{''.join(row)}</table:table-row>" for row in rows)
    return ODF.format(rows=drawn)


def fill(table: Any) -> None:
    """Fill a table of python-docx or python-pptx, and merge its cells."""
    cell = table.cell
    texts = ["Place Season Fee Deposit", "Quay Summer 14 6", "- Winter 9 4", "Mill closed - 2"]
    for row, line in enumerate(texts):
        for column, words in enumerate(line.split()):
            cell(row, column).text = words if words != "-" else ""
    cell(1, 0).merge(cell(2, 0))
    cell(3, 1).merge(cell(3, 2))


def saved(file: Any) -> bytes:
    stream = BytesIO()
    file.save(stream)
    return stream.getvalue()


def word() -> bytes:
    file = docx.Document()
    fill(file.add_table(4, 4))
    return saved(file)


def slides() -> bytes:
    file = pptx.Presentation()
    slide = file.slides.add_slide(file.slide_layouts[6])
    fill(slide.shapes.add_table(4, 4, 0, 0, 9_000_000, 900_000).table)
    return saved(file)


FILES: Final[dict[str, str | bytes]] = {
    "a.html": HTML,
    "a.rtf": RTF,
    "a.fodt": odf(),
    "a.docx": word(),
    "a.pptx": slides(),
}


@pytest.mark.parametrize("name", FILES)
def test_merged_cells_never_shift_their_neighbours(name: str) -> None:
    """The same table reads alike in every format: names and values are repeated where they span."""
    doc = document(name, FILES[name])
    assert [block for block in blocks(doc) if block[0] in ("row", "header_row")] == FEES
    assert covers(doc)


def table_of(*rows: str, headers: int | None = None) -> list[tuple[str, str]]:
    """The blocks of a table whose cells are separated by bars; `a>2` spans two columns."""
    grid = Grid()
    for row in rows:
        grid.add_row()
        for cell in row.split("|"):
            text, _, columns = cell.strip().partition(">")
            grid.add(text, columns=int(columns or 1))
    writer = DocumentWriter()
    write_table(writer, grid, headers=headers)
    return blocks(finished(writer))


def finished(writer: DocumentWriter) -> Document:
    return writer.document("d", source="d", media_type="text/plain")


def sheet(*rows: str) -> list[tuple[str, str]]:
    writer = DocumentWriter()
    write_sheet(writer, [[cell.strip() for cell in row.split("|")] for row in rows])
    return blocks(finished(writer))


def test_every_header_row_names_the_columns() -> None:
    """A name over two columns is read in both, in each of the rows of names."""
    assert table_of(
        "Branch | 2023>2 | 2024>2", "| Plan | Actual | Plan | Actual", "North|1|2|3|4"
    ) == [
        ("header_row", "Branch | 2023 | 2023 | 2024 | 2024"),
        ("header_row", "| Plan | Actual | Plan | Actual"),
        ("row", "North | 1 | 2 | 3 | 4"),
    ]


def test_names_of_groups_are_spread_over_columns_that_leave_them_out() -> None:
    """Many sheets write a year only above its first column."""
    assert sheet("| 2023 | | 2024 |", "Branch|Plan|Actual|Plan|Actual", "North|1|2|3|4")[:2] == [
        ("header_row", "| 2023 | 2023 | 2024 | 2024"),
        ("header_row", "Branch | Plan | Actual | Plan | Actual"),
    ]


def test_the_row_above_a_sheets_table_stays_with_its_rows() -> None:
    """It may state the period, which tells two tables of one sheet apart."""
    rows = sheet(
        "January to June",
        "Zone | Sales",
        "North | 5",
        "|",
        "July to December",
        "Zone | Sales",
        "North | 7",
    )
    assert [kind for kind, _ in rows] == ["header_row", "header_row", "row"] * 2
    assert rows[3] == ("header_row", "July to December")


def test_a_row_of_years_is_a_header_only_above_named_rows() -> None:
    """A list of years is a record like any other."""
    assert table_of("| 2021 | 2020", "Fees | 19,984 | 10,230")[0][0] == "header_row"
    assert table_of("2021 | 2020", "2019 | 2018")[0][0] == "row"


def test_signs_in_cells_of_their_own_stay_with_their_figures() -> None:
    """Filings put the currency and the closing bracket beside the figure."""
    assert table_of(
        "| 2021>2 | | 2020>2 |",
        "Fees | $ | 19,984 | | $ | 10,230 |",
        "Loss | | (2,048 | ) | | (25,702 | )",
    ) == [
        ("header_row", "| 2021 | 2020"),
        ("row", "Fees | $ 19,984 | $ 10,230"),
        ("row", "Loss | (2,048) | (25,702)"),
    ]


def test_a_name_across_the_table_heads_the_rows_below_it() -> None:
    """It's no record, so it stands alone."""
    assert table_of(
        "Effect|One|Two", "Eyes>3", "Bleed|Rare|Common", "Skin>3", "Rash|Common|Rare"
    ) == [
        ("header_row", "Effect | One | Two"),
        ("header_row", "Eyes"),
        ("row", "Bleed | Rare | Common"),
        ("header_row", "Skin"),
        ("row", "Rash | Common | Rare"),
    ]


_CELLS = st.tuples(
    st.sampled_from(["", "a", "b c", "7", "$", ")", "2020"]), st.integers(1, 4), st.integers(1, 4)
)


@given(st.lists(st.lists(_CELLS, max_size=5), max_size=6))
@settings(max_examples=200, deadline=None)
def test_no_spans_lose_a_word(rows: list[list[tuple[str, int, int]]]) -> None:
    """Spans may overlap, and reach beyond the table."""
    grid = Grid()
    for row in rows:
        grid.add_row()
        for text, down, right in row:
            grid.add(text, rows=down, columns=right)
    writer = DocumentWriter()
    write_table(writer, grid)
    doc = finished(writer)
    assert covers(doc)
    for row in rows:
        for text, _, _ in row:
            assert text in doc.text


def test_a_span_of_a_billion_cells_is_cut() -> None:
    """Neither memory nor time follows what a file states."""
    grid = Grid()
    grid.add_row()
    grid.add("wide", rows=10**9, columns=10**9)
    grid.add("beyond")
    writer = DocumentWriter()
    write_table(writer, grid)
    assert "beyond" in finished(writer).text


def test_a_bar_in_a_cell_begins_no_other_cell() -> None:
    """It loses the blanks around it."""
    writer = DocumentWriter()
    write_table(writer, Grid([["Fuse", "Rating"], ["F1 | main", "16 A"]]))
    write_sheet(writer, [["Fuse", "Rating"], ["F1 | main", "16"]])
    texts = [text for _, text in blocks(finished(writer))]
    assert texts == ["Fuse | Rating", "F1|main | 16 A", "Fuse | Rating", "F1|main | 16"]


def test_a_table_in_a_cell_leaves_the_table_around_it_whole() -> None:
    """If that has named columns; a table around everything only arranges the page."""
    inner = (
        "<table><tr><td>first</td><td>1.60</td></tr><tr><td>later</td><td>1.30</td></tr></table>"
    )
    page = (
        "<table><tr><th>Quay</th><th>Vessel</th><th>Fee</th></tr>"
        f"<tr><td>North</td><td>Yacht</td><td>{inner}</td></tr>"
        "<tr><td>South</td><td>Barge</td><td>1.90</td></tr></table>"
    )
    expected = [
        "Quay | Vessel | Fee",
        "North | Yacht | first 1.60 later 1.30",
        "South | Barge | 1.90",
    ]
    assert [text for _, text in blocks(document("fees.html", page))] == expected
    around = f"<table><tr><td>{page}</td><td>{page}</td></tr></table>"
    assert [text for _, text in blocks(document("fees.html", around))] == 2 * expected


def test_an_export_may_repeat_the_name_of_a_list() -> None:
    """It has a column for each value. A row of few words that repeat is no header."""
    issues = "Summary,Key,Status,Sprint,Sprint,Note,Note\nCrane stops,H-12,Open,S1,S2,yes,no\n"
    assert blocks(document("issues.csv", issues))[0][0] == "header_row"
    assert blocks(document("doors.csv", "open,open,shut\nshut,open,open\n"))[0][0] == "row"


def test_a_table_after_another_begins_after_a_blank_line() -> None:
    """In Word, only an empty paragraph is between them."""
    word = docx.Document()
    ships = [("Ship", "Tons"), ("Varyag", "480"), ("Kunlun", "280")]
    for rows in (ships, [("Paris", "2100"), ("Omsk", "1100")]):
        table = word.add_table(0, 2)
        for row in rows:
            for cell, words in zip(table.add_row().cells, row, strict=True):
                cell.text = words
        word.add_paragraph()
    out = BytesIO()
    word.save(out)
    doc = document("a.docx", out.getvalue())
    assert doc.text == "Ship | Tons\nVaryag | 480\nKunlun | 280\n\nParis | 2100\nOmsk | 1100"
    passages = chunk(doc, count_tokens=lambda texts: [3 for _ in texts], budget=3)
    assert [[line.text for line in passage.lead] for passage in passages] == [
        [],
        ["Ship | Tons"],
        ["Ship | Tons"],
        [],
        [],
    ]

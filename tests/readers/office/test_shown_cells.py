"""The cells of a sheet are read as it shows them, wherever the sheet begins."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape

import pytest

from tests.readers.packages import changed
from tests.readers.reading import blocks, document
from tests.readers.workbooks import Rows, workbook

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_SHEET = "xl/worksheets/sheet1.xml"


def formatted(rows: Rows, formats: Mapping[str, str], *, struck: Sequence[str] = ()) -> bytes:
    """A workbook with one sheet; `formats` has number formats by cell, `struck` cells in a font."""
    codes = "".join(
        f'<numFmt numFmtId="{number}" formatCode="{escape(code, quote=True)}"/>'
        for number, code in enumerate(formats.values(), start=170)
    )
    styles = [f'<xf numFmtId="{number}"/>' for number in range(170, 170 + len(formats))]
    fonts = "<fonts><font/><font><strike/></font></fonts>"
    data = changed(
        workbook({"S": rows}),
        "xl/styles.xml",
        f'<styleSheet xmlns="{_MAIN}"><numFmts>{codes}</numFmts>{fonts}<cellXfs><xf/>'
        f'{"".join(styles)}<xf fontId="1"/></cellXfs></styleSheet>',
    )
    numbers = {cell: number for number, cell in enumerate(formats, start=1)}
    numbers |= dict.fromkeys(struck, len(formats) + 1)
    return changed(
        data,
        _SHEET,
        lambda xml: re.sub(
            r'<c r="(\w+)"',
            lambda cell: f'{cell[0]} s="{numbers[cell[1]]}"' if cell[1] in numbers else cell[0],
            xml,
        ),
    )


def shown(data: bytes) -> list[str]:
    return [text for _, text in blocks(document("a.xlsx", data))[1:]]


def test_figures_are_read_as_the_sheet_shows_them() -> None:
    """In percent, with the sign of the currency, with leading zeros; no digit is lost."""
    formats = {
        "B2": "0.0%",
        "C2": '#,##0.00 "€"',
        "D2": "[$$-409]#,##0;[Red]-[$$-409]#,##0",
        "E2": "00000",
        "F2": "0.00",
    }
    rows: Rows = [
        ["Dock", "Share", "Plan", "Loss", "Code", "Rate"],
        ["A", 0.125, 1200.456, -40, 1234, 2.5],
    ]
    data = changed(
        formatted(rows, formats),
        _SHEET,
        lambda xml: re.sub(r'<c r="[B-F]2"[^>]*>', lambda cell: f"{cell[0]}<f>SUM(A1)</f>", xml),
    )
    assert shown(data) == [
        "Dock | Share | Plan | Loss | Code | Rate",
        "A | 12.5% | 1200.456 € | -$40 | 01234 | 2.5",
    ]


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        (12, '0"%"', "12%"),
        (12.5, "0.0\\%", "12.5%"),
        (12, "[<1]0%;0", "12"),
        (0.5, '"; "0%', "50%"),
        (0.00005, "0.000%", "0.005%"),
        (12, '"$"#,##0', "$12"),
        (12, "\\$#,##0", "$12"),
        (12, "[$R$-416] #,##0.00", "R$12"),
        (12, '#,##0 "HK$"', "12 HK$"),
        (12, "[Red]_(0.0%_)", "1200%"),
        (7, "[$-409]000", "007"),
        (3.5, '"$"0.0"M"', "$3.5M"),
        (-3.5, '0.0"M";(0.0"M")', "-3.5M"),
        (3500000, '$0.0,,"M"', "$3500000"),
        (120, '#,##0 "kg"', "120 kg"),
        (2026, '0"E"', "2026E"),
        (5, '"No. "000', "No. 005"),
        (40, "[$CHF-807] #,##0", "CHF 40"),
        (-5, '0" up";0" down"', "-5"),
        (5, "(000) 000-0000", "5"),
        ("12", "0%", "12"),
        ("2019", "$#,##0", "2019"),
        ("7", "000", "7"),
    ],
)
def test_a_number_format_changes_only_what_it_formats(
    value: float | str, code: str, text: str
) -> None:
    """A literal percent sign doesn't multiply, a condition may not hold, and text stays text.

    A unit is read unless the format shows thousands or millions.
    """
    rows: Rows = [["Measure", "Value"], ["Staff", value], ["Ships", 3]]
    assert shown(formatted(rows, {"B2": code}))[1] == f"Staff | {text}"


def test_text_with_a_number_format_can_be_struck_through() -> None:
    """Only the number format is left out."""
    rows: Rows = [["Measure", "Value"], ["Staff", "12"], ["Ships", 3]]
    assert shown(formatted(rows, {}, struck=["B2"]))[1] == "Staff | ~~12~~"


def test_the_looks_of_a_sheet_that_begins_further_down_are_on_their_own_cells() -> None:
    """A blank row above and a blank column before the table."""
    rows: Rows = [
        [],
        [None, "Measure", "Value"],
        [None, "Staff", 12],
        [None, "Turnover share", 0.5],
        [None, "Offices", 3],
        [None, "Budget", 100],
    ]
    data = formatted(rows, {"C4": "0%", "C6": "$#,##0"}, struck=["B5"])
    assert shown(data) == [
        "Measure | Value",
        "Staff | 12",
        "Turnover share | 50%",
        "~~Offices~~ | 3",
        "Budget | $100",
    ]


def test_the_merged_cells_of_a_sheet_that_begins_further_down_are_where_they_were() -> None:
    """Each row of a country has its name."""
    rows: Rows = [
        [],
        [],
        [None, "Country", "Year", "Exports"],
        [None, "France", "2019", 1],
        [None, None, "2020", 2],
        [None, "Italy", "2019", 3],
        [None, None, "2020", 4],
    ]
    merged = '<mergeCells><mergeCell ref="B4:B5"/><mergeCell ref="B6:B7"/></mergeCells>'
    data = changed(
        workbook({"S": rows}),
        _SHEET,
        lambda xml: xml.replace("</sheetData>", f"</sheetData>{merged}"),
    )
    assert shown(data) == [
        "Country | Year | Exports",
        "France | 2019 | 1",
        "France | 2020 | 2",
        "Italy | 2019 | 3",
        "Italy | 2020 | 4",
    ]


@pytest.mark.parametrize("code", ['0.0"M"', "$0"])
def test_units_of_figures_do_not_hide_the_header_of_a_table(code: str) -> None:
    """The second table of a sheet has its own header, and a table without a header has none."""
    rows: Rows = [
        ["Item", "Cost"],
        ["Jets", 10],
        [],
        ["Base", "Crew"],
        ["Ream", 40],
        ["Tartus", 50],
    ]
    data = formatted(rows, dict.fromkeys(("B2", "B5", "B6"), code))
    kinds = [kind for kind, _ in blocks(document("a.xlsx", data))]
    assert kinds[1:] == ["header_row", "row", "header_row", "row", "row"]
    nameless = formatted([["Jets", 10], ["Ships", 20]], {"B1": code, "B2": code})
    assert [kind for kind, _ in blocks(document("a.xlsx", nameless))[1:]] == ["row", "row"]

"""Excel workbooks made for tests, cell by cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from html import escape

from tests.readers.packages import zipped

Cell = str | float | date | None
Rows = Sequence[Sequence[Cell]]

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_CORE = f"{_PACKAGE}/metadata/core-properties"
_DAY_ZERO = date(1899, 12, 30)
DATE_STYLE = 1


def workbook(sheets: Mapping[str, Rows], *, title: str = "", author: str = "") -> bytes:
    """A workbook with these sheets, by name."""
    names = "".join(
        f'<sheet name="{escape(name)}" sheetId="{number}" r:id="rId{number}"/>'
        for number, name in enumerate(sheets, start=1)
    )
    parts = [
        (
            "[Content_Types].xml",
            (
                f'<Types xmlns="{_PACKAGE}/content-types">'
                '<Default Extension="xml" ContentType="application/xml"/></Types>'
            ),
        ),
        (
            "_rels/.rels",
            _relations(("officeDocument", "xl/workbook.xml"), ("core-properties", "core.xml")),
        ),
        (
            "core.xml",
            (
                f'<c:coreProperties xmlns:c="{_CORE}" xmlns:d="http://purl.org/dc/elements/1.1/">'
                f"<d:title>{title}</d:title><d:creator>{author}</d:creator></c:coreProperties>"
            ),
        ),
        (
            "xl/workbook.xml",
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{names}</sheets></workbook>',
        ),
        (
            "xl/_rels/workbook.xml.rels",
            _relations(
                *(("worksheet", f"worksheets/sheet{n}.xml") for n in range(1, len(sheets) + 1)),
                ("styles", "styles.xml"),
            ),
        ),
        (
            "xl/styles.xml",
            (
                f'<styleSheet xmlns="{_MAIN}"><cellXfs count="2"><xf numFmtId="0"/>'
                '<xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>'
            ),
        ),
    ]
    for number, rows in enumerate(sheets.values(), start=1):
        parts.append((f"xl/worksheets/sheet{number}.xml", sheet(rows)))
    return zipped(*parts)


def sheet(rows: Rows) -> str:
    """The XML part of a sheet; a cell without a value is left out."""
    lines = []
    for number, row in enumerate(rows, start=1):
        cells = (
            _cell(f"{column}{number}", cell) for column, cell in zip(_LETTERS, row, strict=False)
        )
        lines.append(f'<row r="{number}">{"".join(cells)}</row>')
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{"".join(lines)}</sheetData></worksheet>'


_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _cell(place: str, value: Cell) -> str:
    match value:
        case None:
            return ""
        case str():
            return f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
        case date():
            days = (value - _DAY_ZERO) / timedelta(days=1)
            return f'<c r="{place}" s="{DATE_STYLE}"><v>{days}</v></c>'
        case _:
            return f'<c r="{place}"><v>{value}</v></c>'


def _relations(*targets: tuple[str, str]) -> str:
    entries = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, start=1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{entries}</Relationships>'

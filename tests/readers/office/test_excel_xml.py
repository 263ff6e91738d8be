"""The XML of Excel 2003 leaves out empty rows and cells, and states where the next one is."""

from __future__ import annotations

from tests.readers.reading import blocks, document

_SPACE = "urn:schemas-microsoft-com:office:spreadsheet"


def sheet(rows: str) -> str:
    return (
        f'<?xml version="1.0"?><Workbook xmlns="{_SPACE}" xmlns:ss="{_SPACE}">'
        f'<Worksheet ss:Name="S"><Table>{rows}</Table></Worksheet></Workbook>'
    )


def row(*cells: str | int, stated: str = "", first: str = "") -> str:
    """A row with attributes of its own, and of its first cell."""
    written = [
        f'<Cell{first if number == 0 else ""}><Data ss:Type="{kind}">{cell}</Data></Cell>'
        for number, cell in enumerate(cells)
        for kind in ("Number" if isinstance(cell, int) else "String",)
    ]
    return f"<Row{stated}>{''.join(written)}</Row>"


def test_skipped_rows_separate_tables() -> None:
    """The second table has its own header, and its merged cells."""
    rows = (
        row("Ship", "Tons"),
        row("Varyag", 480),
        row("Port", "Year", "Calls", stated=' ss:Index="6"'),
        row("Omsk", "2019", 7, first=' ss:MergeDown="1"'),
        row("2020", 9, first=' ss:Index="2"'),
    )
    assert blocks(document("a.xml", sheet("".join(rows))))[1:] == [
        ("header_row", "Ship | Tons"),
        ("row", "Varyag | 480"),
        ("header_row", "Port | Year | Calls"),
        ("row", "Omsk | 2019 | 7"),
        ("row", "Omsk | 2020 | 9"),
    ]


def test_the_number_of_a_row_that_follows_the_last_one_separates_nothing() -> None:
    """Some programs state it for every row."""
    rows = (
        row("Ship", "Tons", stated=' ss:Index="3"'),
        row("Varyag", 480, stated=' ss:Index="4"'),
        row("Omsk", 7, stated=' ss:Index="5"'),
    )
    assert blocks(document("a.xml", sheet("".join(rows))))[1:] == [
        ("header_row", "Ship | Tons"),
        ("row", "Varyag | 480"),
        ("row", "Omsk | 7"),
    ]

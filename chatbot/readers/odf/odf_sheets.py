"""OpenDocument sheets: each under its name, with ISO 8601 dates and figures with all digits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from chatbot.errors import SkipKind, UnreadableFile
from chatbot.readers.document_writer import DocumentWriter
from chatbot.readers.markup.xml_tree import Element, attribute, children, local
from chatbot.readers.odf.odf_parts import HIDDEN_MARK, STRUCK_MARK
from chatbot.readers.odf.odf_text import text_of
from chatbot.readers.struck import struck
from chatbot.readers.tables.grid import Place
from chatbot.readers.tables.write_table import ShownFigure, as_shown, plain_figure, write_sheet
from chatbot.text.clean import one_line

# The format stores equal rows and cells once with a count, which may be a billion.
_MOST_EQUAL_ROWS: Final = 1_000
_MOST_COLUMNS: Final = 16_384
_MOST_CELLS: Final = 12_000_000
_SHOWN_FIGURE: Final = re.compile(
    r"(?P<before>[^\d]*?)-?(?P<figure>\d(?:[\d.,' \u00a0\u202f]*\d)?)(?P<after>[^\d]*)"
)
# Signs other than those of negative figures.
_UNIT: Final = re.compile(r"[^\s()+−–-]")


def write_sheets(writer: DocumentWriter, book: Element) -> None:
    """Append the sheets with any text."""
    for table in children(book, "table"):
        spans: dict[Place, tuple[int, int]] = {}
        rows = list(_rows(table, spans))
        if any(any(row) for row in rows):
            is_hidden = table.get(HIDDEN_MARK) is not None
            writer.add_page(attribute(table, "name") or "", "sheet", is_hidden=is_hidden)
            write_sheet(writer, rows, spans)


def _rows(table: Element, spans: dict[Place, tuple[int, int]]) -> Iterator[list[str]]:
    """The rows of a sheet; a repeated empty row counts once. `spans` gets the merged cells."""
    cells = number = 0
    for element in _row_elements(table):
        merged: dict[int, tuple[int, int]] = {}
        row = _cells(element, merged)
        spans.update({(number, column): span for column, span in merged.items()})
        repeats = min(_count(element, "number-rows-repeated"), _MOST_EQUAL_ROWS) if row else 1
        cells += repeats * len(row)
        if cells > _MOST_CELLS:
            raise UnreadableFile(SkipKind.TOO_LARGE, "a sheet of more than 12 million cells")
        number += repeats
        for _ in range(repeats):
            yield row


def _row_elements(node: Element) -> Iterator[Element]:
    for row in children(node):
        if local(row) == "table-row":
            yield row
        elif local(row) in ("table-header-rows", "table-rows", "table-row-group"):
            yield from _row_elements(row)


def _cells(row: Element, merged: dict[int, tuple[int, int]]) -> list[str]:
    """The values of a row, up to the last non-empty one; `merged` gets the spans by column."""
    values: list[str] = []
    blanks = 0
    for cell in children(row, "table-cell", "covered-table-cell"):
        repeats = min(_count(cell, "number-columns-repeated"), _MOST_COLUMNS)
        value = _value(cell)
        if not value:
            blanks += repeats
        elif len(values) + blanks < _MOST_COLUMNS:
            down, right = (_count(cell, f"number-{name}-spanned") for name in ("rows", "columns"))
            if down > 1 or right > 1:
                merged[len(values) + blanks] = (down, right)
            values += [""] * blanks + [value] * repeats
            blanks = 0
    return values[:_MOST_COLUMNS]


def _count(element: Element, name: str) -> int:
    count = attribute(element, name) or "1"
    return max(1, int(count)) if count.isdigit() and len(count) < 10 else _MOST_COLUMNS


def _value(cell: Element) -> str:
    """A date in ISO 8601, a number with all digits, anything else as the cell shows it."""
    value = _plain_value(cell)
    if not value or not cell.get(STRUCK_MARK):
        return value
    return ShownFigure.of(value, struck(as_shown(value)))


def _plain_value(cell: Element) -> str:
    kind = attribute(cell, "value-type")
    if kind == "date":
        return (attribute(cell, "date-value") or "").replace("T00:00:00", "").replace("T", " ")
    shown = "\n".join(text_of(text) for text in children(cell, "p"))
    if kind == "float" and (number := attribute(cell, "value")):
        return _with_unit(plain_figure(number), shown)
    return shown


def _with_unit(value: str, shown: str) -> str:
    """A figure with all its digits, and with the unit or the leading zeros that its cell shows.

    A cell that shows thousands or millions shows another figure, so its unit is left out.
    """
    parts = _SHOWN_FIGURE.fullmatch(shown)
    if not parts or not _is_rounded(parts["figure"], value):
        return value
    sign, digits = ("-", value[1:]) if value.startswith("-") else ("", value)
    if parts["figure"].isdigit() and digits.isdigit():
        digits = digits.zfill(len(parts["figure"]))
    before, after = (
        one_line(f"|{words}|")[1:-1] if _UNIT.search(words) else ""
        for words in (parts["before"], parts["after"])
    )
    return ShownFigure.of(value, f"{sign}{before}{digits}{after}")


def _is_rounded(figure: str, value: str) -> bool:
    """Whether a figure is another one rounded, with a decimal point or a decimal comma."""
    for point in ".,":
        digits = re.sub(rf"[^\d{point}]", "", figure)
        whole, _, rest = digits.partition(point)
        if point not in rest and whole:
            with suppress(ValueError):
                exact = abs(float(value))
                if abs(float(f"{whole}.{rest or 0}") - exact) <= 0.501 * 10 ** -len(rest):
                    return True
    return False

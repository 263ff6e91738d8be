"""The cells of an Excel sheet that look different from their values.

A share is shown in percent, an amount with its currency, a figure with its unit, a code with its
leading zeros. Every digit of a value is kept. Text that is struck through, in whole or in part, has
marks.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from chatbot.errors import UnreadableFile
from chatbot.readers.markup.xml_tree import Element, attribute, child, children, descendants
from chatbot.readers.office.number_format import NumberFormat, number_format
from chatbot.readers.office.ooxml import OfficePackage
from chatbot.readers.office.word_runs import FALSE
from chatbot.readers.struck import joined, struck
from chatbot.readers.tables.grid import Place
from chatbot.readers.tables.write_table import ShownFigure

_STRIKE: Final = re.compile(rb"<(?:\w+:)?strike\b")
_CELL: Final = re.compile(
    rb"<(?:\w+:)?c\b([^>]*[^/>])>(?:<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>))?"
    rb"(?:<(?:\w+:)?v>(\d+)</)?"
)
_ATTRIBUTE: Final = re.compile(rb'\b([rst])="([^"]*)"')
_PLACE: Final = re.compile(rb"([A-Z]{1,3})(\d{1,7})")
# Numbers of formats that need no definition ([ECMA-376] 18.8.30).
_KNOWN_FORMATS: Final = {"9": "0%", "10": "0.00%"}


class Look(NamedTuple):
    """How a cell is shown: another text, a format of its figure, struck through."""

    text: str = ""
    form: NumberFormat = NumberFormat()
    is_struck: bool = False

    def of(self, value: str) -> str:
        """The text of a cell with this value."""
        words = self.text or self.form.shown(value)
        words = struck(words) if self.is_struck else words
        return words if self.text else ShownFigure.of(value, words)


class ShownCells:
    """The looks of a workbook's cells, by its styles and its shared texts."""

    def __init__(self, package: OfficePackage) -> None:
        self._package = package
        main = package.main()
        self._styles: dict[bytes, Look] = {}
        self._texts: dict[bytes, str] = {}
        for part in package.related(main, "styles"):
            self._styles = _looks(package.tree(part))
        for part in package.related(main, "sharedStrings"):
            if _STRIKE.search(package.read(part)):
                self._texts = _struck_texts(package.tree(part))

    def on(self, sheet: str) -> dict[Place, Look]:
        """The looks of the cells of a sheet by row and column from 0; others show their value."""
        if not self._styles and not self._texts:
            return {}
        try:
            data = self._package.read(sheet)
        except UnreadableFile:
            return {}
        cells = {}
        for found in _CELL.finditer(data):
            stated = dict(_ATTRIBUTE.findall(found[1]))
            place = _PLACE.fullmatch(stated.get(b"r", b""))
            if not place:
                continue
            look = self._styles.get(stated.get(b"s", b""))
            kind = stated.get(b"t", b"n")
            text = self._texts.get(found[2] or b"") if kind == b"s" else None
            if text is not None:
                look = Look(text)
            elif look and kind != b"n":
                look = look._replace(form=NumberFormat())  # a number format doesn't change text
            if look and look != Look():
                cells[int(place[2]) - 1, column_number(place[1]) - 1] = look
        return cells


def column_number(letters: bytes) -> int:
    """The 1-based number of a column: A is 1, Z 26, AA 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _strikes(properties: Element | None) -> bool:
    mark = child(properties, "strike")
    return mark is not None and attribute(mark, "val") not in FALSE


def _looks(root: Element) -> dict[bytes, Look]:
    """The looks by the numbers of the cell formats; those that change nothing are left out."""
    fonts = [_strikes(font) for font in children(child(root, "fonts"), "font")]
    codes = _KNOWN_FORMATS | {
        attribute(form, "numFmtId") or "": attribute(form, "formatCode") or ""
        for form in children(child(root, "numFmts"), "numFmt")
    }
    looks = {}
    for number, style in enumerate(children(child(root, "cellXfs"), "xf")):
        font = attribute(style, "fontId") or ""
        is_struck = font.isdigit() and int(font) < len(fonts) and fonts[int(font)]
        code = codes.get(attribute(style, "numFmtId") or "", "")
        look = Look("", number_format(code), is_struck)
        if look != Look():
            looks[str(number).encode()] = look
    return looks


def _struck_texts(root: Element) -> dict[bytes, str]:
    """The shared texts with struck pieces, by their number, with marks."""
    texts = {}
    for number, text in enumerate(children(root, "si")):
        runs = list(children(text, "r"))
        if any(_strikes(child(run, "rPr")) for run in runs):
            pieces = []
            for run in runs:
                words = "".join(piece.text or "" for piece in descendants(run, "t"))
                pieces.append(struck(words) if _strikes(child(run, "rPr")) else words)
            texts[str(number).encode()] = joined(pieces)
    return texts

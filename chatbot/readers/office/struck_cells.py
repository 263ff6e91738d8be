"""The cells of an Excel sheet whose text is struck through, in whole or in part."""

from __future__ import annotations

import re
from typing import Final

from chatbot.errors import UnreadableFile
from chatbot.readers.markup.xml_tree import Element, attribute, child, children, descendants
from chatbot.readers.office.ooxml import OfficePackage
from chatbot.readers.office.word_runs import FALSE
from chatbot.readers.struck import joined, struck
from chatbot.readers.tables.grid import Place

_STRIKE: Final = re.compile(rb"<(?:\w+:)?strike\b")
_CELL: Final = re.compile(rb"<(?:\w+:)?c\b([^>]*)>(?:<(?:\w+:)?v>(\d+)</)?")
_ATTRIBUTE: Final = re.compile(rb'\b([rst])="([^"]*)"')
_PLACE: Final = re.compile(rb"([A-Z]{1,3})(\d{1,7})")


class StruckCells:
    """Which styles and which texts of a workbook are struck through."""

    def __init__(self, package: OfficePackage) -> None:
        self._package = package
        main = package.main()
        self._styles: set[bytes] = set()
        self._texts: dict[bytes, str] = {}
        for part in package.related(main, "styles"):
            if _STRIKE.search(package.read(part)):
                self._styles = _struck_styles(package.tree(part))
        for part in package.related(main, "sharedStrings"):
            if _STRIKE.search(package.read(part)):
                self._texts = _struck_texts(package.tree(part))

    def on(self, sheet: str) -> dict[Place, str]:
        """The struck cells of a sheet by row and column from 0: the text with its marks.

        An empty text stands for the whole value of the cell.
        """
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
            text = self._texts.get(found[2] or b"") if stated.get(b"t") == b"s" else None
            if stated.get(b"s") in self._styles or text is not None:
                cells[_place(place[1], place[2])] = text or ""
        return cells


def _place(letters: bytes, row: bytes) -> Place:
    column = 0
    for letter in letters:
        column = column * 26 + letter - 64
    return int(row) - 1, column - 1


def _strikes(properties: Element | None) -> bool:
    mark = child(properties, "strike")
    return mark is not None and attribute(mark, "val") not in FALSE


def _struck_styles(root: Element) -> set[bytes]:
    """The numbers of the cell formats whose font is struck through."""
    fonts = [_strikes(font) for font in children(child(root, "fonts"), "font")]
    numbers = set()
    for number, form in enumerate(children(child(root, "cellXfs"), "xf")):
        font = attribute(form, "fontId") or ""
        if font.isdigit() and int(font) < len(fonts) and fonts[int(font)]:
            numbers.add(str(number).encode())
    return numbers


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

"""DOCX: headings, lists, tables and notes; headers, footers and tables of contents as furniture.

All tracked changes count as accepted: insertions are in the text, deletions aren't. This walks the
XML itself, because libraries miss words. It also reads templates, macros and the strict form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import takewhile
from typing import Final

from chatbot.errors import SkipKind, UnreadableFile
from chatbot.readers.document_writer import DocumentWriter
from chatbot.readers.file_properties import own_title
from chatbot.readers.markup.xml_tree import (
    Element,
    attribute,
    child,
    children,
    content,
    descendants,
    local,
    parse_xml,
)
from chatbot.readers.media_types import DOCX, WORD_XML
from chatbot.readers.notes import Note, write_notes
from chatbot.readers.office.drawingml import write_pictures, write_related
from chatbot.readers.office.embedded import embedded_in_package
from chatbot.readers.office.ooxml import OfficePackage
from chatbot.readers.office.word_numbering import Numbering
from chatbot.readers.office.word_runs import ANCHORED, FALSE, UNSEEN, paragraph_text
from chatbot.readers.office.word_styles import Styles, is_contents
from chatbot.readers.pictures import PictureReader
from chatbot.readers.raw_file import RawFile
from chatbot.readers.tables.grid import Grid
from chatbot.readers.tables.write_table import write_table
from chatbot.text.clean import one_line
from chatbot.types import Document

# A longer cell is layout, not a value.
_LONG_CELL: Final = 1500
_NOTES: Final = (("footnotes", "footnote"), ("endnotes", "endnote"))


def read_docx(file: RawFile) -> Iterator[Document | RawFile]:
    """Yield the document, then the files embedded in it."""
    package = OfficePackage(file.data)
    part = package.main()
    writer = DocumentWriter()
    styles = Styles(_related_tree(package, part, "styles"))
    root = package.tree(part)
    lists = None
    with suppress(UnreadableFile):
        lists = _related_tree(package, part, "numbering")
    numbers = Numbering(lists, styles).numbers(root)
    body = _WordBody(writer, package, part, styles, numbers)
    body.write(root)
    body.write_notes()
    body.write_headers_and_footers()
    title, metadata = package.properties()
    yield writer.document(
        file.name,
        source=file.name,
        media_type=DOCX,
        title=title or body.title,
        metadata=metadata,
    )
    yield from embedded_in_package(file, package)


def _related_tree(package: OfficePackage, part: str, kind: str) -> Element | None:
    parts = package.related(part, kind)
    return package.tree(parts[0]) if parts else None


def read_word_xml(file: RawFile) -> Iterator[Document]:
    """Yield one document from the single XML file that Word writes since 2003."""
    root = parse_xml(file.data, "it")
    body_node = next(descendants(root, "body"), None)
    if body_node is None:
        raise UnreadableFile(SkipKind.DAMAGED, "it has no body")
    writer = DocumentWriter()
    body = _WordBody(writer, None, "", Styles(next(descendants(root, "styles"), None)), {})
    body.write(body_node)
    titles = (title.text for title in root.iter("{*}Title", "{*}title"))
    yield writer.document(
        file.name,
        source=file.name,
        media_type=WORD_XML,
        title=own_title(*titles) or body.title,
    )


class _WordBody:
    """Writes the blocks of a part in order, with the notes at the end of the text."""

    def __init__(
        self,
        writer: DocumentWriter,
        package: OfficePackage | None,
        part: str,
        styles: Styles,
        numbers: Mapping[Element, str],
    ) -> None:
        self._writer = writer
        self._package = package
        self._part = part
        self.title: str | None = None
        self._highest = 0
        self._begun = ""
        self._styles = styles
        self._numbers = numbers
        self._pictures = PictureReader()

    def write(self, node: Element) -> None:
        """Append the content of an element, in the order of the file."""
        for element in content(node):
            match local(element):
                case "p":
                    self._write_paragraph(element)
                case "tbl":
                    self._write_begun()
                    self._write_table(element)
                case "sdt" if is_contents(element):
                    for paragraph in descendants(element, "p"):
                        self._writer.add_furniture("navigation", paragraph_text(paragraph))
                case name if name not in UNSEEN:
                    self.write(element)
        self._write_begun()

    def _write_begun(self) -> None:
        """Append a paragraph whose end is deleted, if no other paragraph follows it."""
        words, self._begun = self._begun, ""
        self._writer.add("paragraph", one_line(words))

    def _write_paragraph(self, paragraph: Element) -> None:
        words, self._begun = self._begun + self._text(paragraph), ""
        if child(paragraph, "pPr", "rPr", "del") is not None:
            words, self._begun = "", words  # its end is deleted, so the next one goes on
        words = one_line(words)
        role, level = self._styles.role(paragraph)
        if role == "contents":
            self._writer.add_furniture("navigation", words)
        elif role == "heading" and words:
            self.title = self.title or words
            self._highest = min(self._highest or level, level)
            self._writer.add("heading", words, level=level)
        else:
            self._writer.add("item" if role == "item" else "paragraph", words)
        for box in _boxes(paragraph):
            self.write(box)
        if self._package:
            for drawing in descendants(paragraph, "drawing"):
                write_related(self._writer, self._package, self._part, drawing)
            write_pictures(self._writer, self._pictures, self._package, self._part, paragraph)

    def _text(self, paragraph: Element) -> str:
        """The text of a paragraph, after its number."""
        words = paragraph_text(paragraph)
        number = self._numbers.get(paragraph) if words.strip() else None
        return f"{number} {words}" if number else words

    def _write_table(self, table: Element) -> None:
        """Append a table as rows, or as the content of its cells if it only serves the layout."""
        rows = list(_inside(table, "tr"))
        cells = [[_WordCell(cell, self._text) for cell in _inside(row, "tc")] for row in rows]
        if max(map(len, cells), default=0) < 2 or any(
            len(cell.text) > _LONG_CELL or self._has_heading(cell) for row in cells for cell in row
        ):
            for cell in (cell for row in cells for cell in row):
                self.write(cell.element)
            return
        headers = 0
        while headers < len(rows) and _repeats(rows[headers]):
            headers += 1
        write_table(self._writer, _grid(rows, cells), headers=headers or None)
        for cell in (cell for row in cells for cell in row):
            for nested in cell.nested:
                self._write_table(nested)
            for paragraph in cell.paragraphs:
                for box in _boxes(paragraph):
                    self.write(box)
        if self._package:
            write_pictures(self._writer, self._pictures, self._package, self._part, table)

    def _has_heading(self, cell: _WordCell) -> bool:
        return any(self._styles.role(text)[0] == "heading" for text in cell.paragraphs)

    def write_notes(self) -> None:
        """Append footnotes and endnotes, numbered as on the pages."""
        notes = []
        for kind, name in _NOTES:
            number = 0
            for part in self._related(kind):
                for note in children(self._package.tree(part), name) if self._package else ():
                    # The other types are separator lines.
                    if attribute(note, "type") in (None, "normal"):
                        number += 1
                        texts = [paragraph_text(paragraph) for paragraph in descendants(note, "p")]
                        notes.append(Note(name.capitalize(), str(number), texts))
        write_notes(self._writer, notes, level=self._highest)

    def write_headers_and_footers(self) -> None:
        """Append headers, footers and comments as furniture, each text once."""
        seen = set()
        for kind in ("header", "footer", "comments"):
            for part in self._related(kind):
                root = self._package.tree(part) if self._package else None
                for paragraph in descendants(root, "p"):
                    words = one_line(paragraph_text(paragraph))
                    if (kind, words) not in seen:
                        seen.add((kind, words))
                        self._writer.add_furniture(
                            "metadata" if kind == "comments" else "boilerplate", words
                        )

    def _related(self, kind: str) -> list[str]:
        return self._package.related(self._part, kind) if self._package else []


def _grid(rows: Sequence[Element], cells: Sequence[Sequence[_WordCell]]) -> Grid:
    """The cells at their columns; a cell merged with those below it spans their rows."""
    grid = Grid()
    starts: list[dict[int, _WordCell]] = []
    for row, row_cells in zip(rows, cells, strict=True):
        column = _number(child(row, "trPr", "gridBefore"), 0)
        at: dict[int, _WordCell] = {}
        for cell in row_cells:
            at[column] = cell
            column += cell.columns
        starts.append(at)
    for number, at in enumerate(starts):
        grid.add_row()
        for column, cell in at.items():
            if cell.merge == "continue" and number and _is_merged(starts[number - 1].get(column)):
                continue
            down = 1
            if cell.merge:
                below = (line.get(column) for line in starts[number + 1 :])
                down += sum(1 for _ in takewhile(_continues, below))
            grid.put(number, column, cell.text, rows=down, columns=cell.columns)
    return grid


def _is_merged(cell: _WordCell | None) -> bool:
    return cell is not None and bool(cell.merge)


def _continues(cell: _WordCell | None) -> bool:
    return cell is not None and cell.merge == "continue"


def _number(mark: Element | None, default: int) -> int:
    value = attribute(mark, "val") or ""
    return int(value) if value.isdigit() and len(value) < 6 else default


class _WordCell:
    """A cell of a table: its own paragraphs and inner tables, and the columns that it spans.

    `merge` is "restart" in the uppermost of cells merged down a column, "continue" in the others.
    """

    def __init__(self, cell: Element, text_of: Callable[[Element], str]) -> None:
        self.element = cell
        self.nested = list(_inside(cell, "tbl"))
        self.paragraphs = list(_inside(cell, "p"))
        self.text = "\n".join(map(text_of, self.paragraphs))
        self.columns = max(1, _number(child(cell, "tcPr", "gridSpan"), 1))
        mark = child(cell, "tcPr", "vMerge")
        self.merge = "" if mark is None else attribute(mark, "val") or "continue"


def _inside(node: Element, name: str) -> Iterator[Element]:
    """The outermost elements of a name, through any wrapper except tables and paragraphs."""
    for element in content(node):
        kind = local(element)
        if kind == name:
            yield element
        elif kind not in UNSEEN and kind not in ("tbl", "p"):
            yield from _inside(element, name)


def _boxes(node: Element) -> Iterator[Element]:
    """The text boxes and notes anchored in a paragraph, each in one of its alternative forms."""
    for element in content(node):
        kind = local(element)
        if kind in ANCHORED:
            yield element
        elif kind not in UNSEEN:
            yield from _boxes(element)


def _repeats(row: Element) -> bool:
    """Whether a row is a header, repeated on each page."""
    mark = child(row, "trPr", "tblHeader")
    return mark is not None and attribute(mark, "val") not in FALSE

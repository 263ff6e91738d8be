"""OpenDocument: texts, slides as pages, and sheets; as a package or a single XML file.

The text is the document with all tracked changes accepted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from chatbot.errors import SkipKind, UnreadableFile
from chatbot.readers.document_writer import DocumentWriter, beginning
from chatbot.readers.file_properties import file_title
from chatbot.readers.markup.xml_tree import Element, attribute, child, children, descendants, local
from chatbot.readers.media_types import ODG, ODP, ODS, ODT
from chatbot.readers.notes import Note, write_notes
from chatbot.readers.odf.odf_parts import HIDDEN_MARK, OdfParts, flat_parts, packed_parts
from chatbot.readers.odf.odf_sheets import write_sheets
from chatbot.readers.odf.odf_text import ANCHORED, UNSEEN, text_of
from chatbot.readers.pictures import PictureReader
from chatbot.readers.raw_file import RawFile
from chatbot.readers.tables.grid import Grid
from chatbot.readers.tables.write_table import write_table
from chatbot.text.clean import one_line
from chatbot.types import Document

# Children of `office:body`, and the media types of their documents.
_KINDS: Final = {"text": ODT, "presentation": ODP, "spreadsheet": ODS, "drawing": ODG}
_CONTENTS: Final = frozenset(
    "table-of-content illustration-index table-index object-index user-index "
    "alphabetical-index".split()
)
_FURNITURE: Final = ("header", "footer", "date-time", "page-number")
_BULLETED: Final = ("outline",)
# Of a row; a count may be a billion.
_MOST_CELLS: Final = 1_000


def read_odf(file: RawFile) -> Iterator[Document]:
    """Yield one document."""
    yield _document(file, packed_parts(file.data))


def read_flat_odf(file: RawFile) -> Iterator[Document]:
    """Yield one document from a single XML file (flat OpenDocument)."""
    yield _document(file, flat_parts(file.data))


def _document(file: RawFile, parts: OdfParts) -> Document:
    content = next((node for node in children(parts.body) if local(node) in _KINDS), None)
    if content is None:
        raise UnreadableFile(
            SkipKind.DAMAGED, "it has no text, slides or sheets where they should be"
        )
    kind = _KINDS[local(content)]
    writer = DocumentWriter()
    title, metadata = parts.properties()
    if kind == ODS:
        write_sheets(writer, content)
        title = title or file_title(file.name)
    else:
        body = _OdfBody(writer, parts)
        if kind == ODT:
            body.write(content)
            body.write_notes()
            body.write_headers_and_footers()
        else:
            body.write_pages(content)
            body.title = body.title or beginning(body.first_words) or file_title(file.name)
        title = title or body.title
    return writer.document(
        file.name, source=file.name, media_type=kind, title=title, metadata=metadata
    )


class _OdfBody:
    """Writes a text or slides, with the notes at the end."""

    def __init__(self, writer: DocumentWriter, parts: OdfParts) -> None:
        self._writer = writer
        self._parts = parts
        self._notes: list[Note] = []
        self._highest = 0
        self.title: str | None = None
        self.first_words = ""
        self._pictures = PictureReader()

    def write(self, node: Element, *, in_list: bool = False) -> None:
        """Append the content of an element, in the order of the file."""
        for element in children(node):
            match local(element):
                case "section" | "table" if element.get(HIDDEN_MARK):
                    continue
                case "h":
                    level = attribute(element, "outline-level") or attribute(element, "level") or ""
                    self._write_heading(element, int(level) if level.isdigit() else 1)
                case "p" if self._parts.is_title(attribute(element, "style-name")):
                    self._write_heading(element, 1)
                case "p":
                    words = text_of(element)
                    self.first_words = self.first_words or one_line(words)
                    self._writer.add("item" if in_list else "paragraph", words)
                    self._write_anchored(element)
                case "list":
                    self.write(element, in_list=True)
                case "table":
                    self._write_table(element)
                case "annotation":
                    self._write_annotation(element)
                case "image":
                    for text in self._pictures.paragraphs(self._parts.picture(element)):
                        self._writer.add("paragraph", text)
                    self.write(element, in_list=in_list)
                case name if name in _CONTENTS:
                    for entry in descendants(element, "p"):
                        self._writer.add_furniture("navigation", text_of(entry))
                case name if name not in UNSEEN:
                    self.write(element, in_list=in_list)

    def _write_heading(self, node: Element, level: int) -> None:
        words = one_line(text_of(node))
        if words:
            self.title = self.title or words
            self._highest = min(self._highest or level, level)
        self._writer.add("heading", words, level=level)
        self._write_anchored(node)

    def _write_anchored(self, node: Element) -> None:
        """Append the elements anchored in a paragraph; keep its notes for the end."""
        for element in children(node):
            kind = local(element)
            if kind == "note":
                label = child(element, "note-citation")
                self._notes.append(
                    Note(
                        (attribute(element, "note-class") or "footnote").capitalize(),
                        one_line(text_of(label)) if label is not None else "",
                        [text_of(p) for p in descendants(element, "p")],
                    )
                )
            elif kind == "annotation":
                self._write_annotation(element)
            elif kind in ANCHORED and kind != "ruby-text":
                self.write(element)
            else:
                self._write_anchored(element)

    def _write_annotation(self, node: Element) -> None:
        for paragraph in descendants(node, "p"):
            self._writer.add_furniture("metadata", text_of(paragraph))

    def _write_table(self, table: Element) -> None:
        """Append a table as rows, or as the content of its cells if it only serves the layout."""
        rows = list(_rows(table))
        cells = [list(children(row, "table-cell", "covered-table-cell")) for row in rows]
        if max(map(len, cells), default=0) < 2 or any(
            next(descendants(cell, "h"), None) is not None for row in cells for cell in row
        ):
            for cell in (cell for row in cells for cell in row):
                self.write(cell)
            return
        headers = sum(local(row.getparent()) == "table-header-rows" for row in rows)
        write_table(self._writer, _grid(cells), headers=headers or None)
        for cell in (cell for row in cells for cell in row):
            for paragraph in _own_paragraphs(cell):
                self._write_anchored(paragraph)
            for nested in children(cell, "table"):
                self._write_table(nested)

    def write_notes(self) -> None:
        """Append the notes."""
        write_notes(self._writer, self._notes, level=self._highest)

    def write_headers_and_footers(self) -> None:
        """Append the headers and footers as furniture, each once."""
        lines = {one_line(text_of(line)): None for line in self._parts.headers_and_footers()}
        for words in lines:
            self._writer.add_furniture("boilerplate", words)

    def write_pages(self, body: Element) -> None:
        """Append slides or the pages of a drawing."""
        for number, page in enumerate(children(body, "page"), start=1):
            self._writer.start_page()
            self._write_page(page, number)
        for band in children(body, "header-decl", "footer-decl", "date-time-decl"):
            self._writer.add_furniture("boilerplate", text_of(band))

    def _write_page(self, page: Element, number: int) -> None:
        notes = child(page, "notes")
        shapes = [shape for shape in _shapes(page) if shape is not notes]
        titles = (shape for shape in shapes if attribute(shape, "class") == "title")
        title_shape = next((shape for shape in titles if _words(shape)), None)
        has_notes = notes is not None and any(map(_has_words, _shapes(notes)))
        has_picture = not self._pictures.is_spent and any(descendants(page, "image"))
        if has_notes or has_picture or any(map(_has_words, shapes)):
            title = _words(title_shape) if title_shape is not None else ""
            self.title = self.title or title or None
            is_hidden = page.get(HIDDEN_MARK) is not None
            self._writer.add_page(title or f"Slide {number}", "slide", is_hidden=is_hidden)
        for shape in shapes:
            if shape is not title_shape:
                self._write_shape(shape)
        if notes is not None and has_notes:
            self._writer.add("heading", "Notes", level=2)
            for shape in _shapes(notes):
                self._write_shape(shape)

    def _write_shape(self, shape: Element) -> None:
        if attribute(shape, "class") in _FURNITURE:
            self._writer.add_furniture("boilerplate", _words(shape))
        else:
            self.write(shape, in_list=attribute(shape, "class") in _BULLETED)


def _grid(cells: Sequence[Sequence[Element]]) -> Grid:
    """The cells at their columns; a cell covered by another one keeps its slot."""
    grid = Grid()
    for number, row in enumerate(cells):
        grid.add_row()
        column = 0
        for cell in row:
            repeats = _count(cell, "number-columns-repeated")
            if local(cell) == "table-cell":
                text = "\n".join(map(text_of, _own_paragraphs(cell)))
                down = _count(cell, "number-rows-spanned")
                right = _count(cell, "number-columns-spanned")
                for copy in range(repeats):
                    grid.put(number, column + copy, text, rows=down, columns=right)
            column += repeats
    return grid


def _count(cell: Element, name: str) -> int:
    value = attribute(cell, name) or "1"
    return max(1, min(int(value), _MOST_CELLS)) if value.isdigit() and len(value) < 9 else 1


def _rows(node: Element) -> Iterator[Element]:
    """The rows of a table, including those in groups."""
    for element in children(node):
        if local(element) == "table-row":
            yield element
        elif local(element) in ("table-header-rows", "table-rows", "table-row-group"):
            yield from _rows(element)


def _own_paragraphs(node: Element) -> Iterator[Element]:
    """The paragraphs of a cell, including those in lists, but not those of an inner table."""
    for element in children(node):
        if local(element) == "p":
            yield element
        elif local(element) not in ("table", *UNSEEN):
            yield from _own_paragraphs(element)


def _shapes(page: Element) -> Iterator[Element]:
    """The shapes of a page, including those in groups."""
    for shape in children(page):
        if local(shape) == "g":
            yield from _shapes(shape)
        elif local(shape) not in UNSEEN:
            yield shape


def _words(shape: Element) -> str:
    return one_line(" ".join(text_of(paragraph) for paragraph in descendants(shape, "p")))


def _has_words(shape: Element) -> bool:
    return attribute(shape, "class") not in _FURNITURE and bool(_words(shape))

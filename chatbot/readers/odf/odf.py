"""OpenDocument: texts, slides as pages, and sheets; packed or as a single XML file.

The text is what the document says when all tracked changes are accepted.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from chatbot.errors import SkipKind, UnreadableFile
from chatbot.readers.document_writer import DocumentWriter, beginning
from chatbot.readers.file_properties import file_title
from chatbot.readers.markup.xml_tree import Element, attribute, child, children, descendants, local
from chatbot.readers.media_types import ODG, ODP, ODS, ODT
from chatbot.readers.notes import Note, write_notes
from chatbot.readers.odf.odf_parts import OdfParts, flat_parts, packed_parts
from chatbot.readers.odf.odf_sheets import write_sheets
from chatbot.readers.raw_file import RawFile
from chatbot.readers.table_blocks import write_table
from chatbot.text.clean import one_line
from chatbot.types import Document

# What an `office:body` holds.
_KINDS: Final = {"text": ODT, "presentation": ODP, "spreadsheet": ODS, "drawing": ODG}
_UNSEEN: Final = frozenset("tracked-changes forms script desc title event-listeners".split())
_CONTENTS: Final = frozenset(
    "table-of-content illustration-index table-index object-index user-index "
    "alphabetical-index".split()
)
_SPACES: Final = {"s": " ", "tab": " ", "line-break": "\n"}
# These hang on a paragraph and are no part of its sentences.
_ANCHORED: Final = frozenset(
    "note annotation frame custom-shape rect ellipse circle line connector polyline polygon path "
    "g control caption regular-polygon measure ruby-text".split()
)
_AROUND: Final = ("header", "footer", "date-time", "page-number")
_BULLETED: Final = ("outline",)


def read_odf(file: RawFile) -> Iterator[Document]:
    """One document."""
    yield _document(file, packed_parts(file.data))


def read_flat_odf(file: RawFile) -> Iterator[Document]:
    """One document, from the form of the format that is a single XML file."""
    yield _document(file, flat_parts(file.data))


def _document(file: RawFile, parts: OdfParts) -> Document:
    found = next((each for each in children(parts.body) if local(each) in _KINDS), None)
    if found is None:
        raise UnreadableFile(
            SkipKind.DAMAGED, "it has no text, slides or sheets where they should be"
        )
    kind = _KINDS[local(found)]
    writer = DocumentWriter()
    title, metadata = parts.properties()
    if kind == ODS:
        write_sheets(writer, found)
        title = title or file_title(file.name)
    else:
        body = _Body(writer, parts)
        if kind == ODT:
            body.write(found)
            body.write_notes()
            body.write_around()
        else:
            body.write_pages(found)
            body.title = body.title or beginning(body.first) or file_title(file.name)
        title = title or body.title
    return writer.document(
        file.name, source=file.name, media_type=kind, title=title, metadata=metadata
    )


class _Body:
    """Writes what stands in a text or on slides; notes are kept for the end."""

    def __init__(self, writer: DocumentWriter, parts: OdfParts) -> None:
        self._writer = writer
        self._parts = parts
        self._notes: list[Note] = []
        self._highest = 0
        self.title: str | None = None
        self.first = ""

    def write(self, node: Element, *, in_list: bool = False) -> None:
        """Append what stands in an element, in the order of the file."""
        for each in children(node):
            match local(each):
                case "h":
                    level = attribute(each, "outline-level") or attribute(each, "level") or "1"
                    self._write_heading(each, int(level) if level.isdigit() else 1)
                case "p" if self._parts.is_title(attribute(each, "style-name")):
                    self._write_heading(each, 1)
                case "p":
                    words = text_of(each)
                    self.first = self.first or one_line(words)
                    self._writer.add("item" if in_list else "paragraph", words)
                    self._write_anchored(each)
                case "list":
                    self.write(each, in_list=True)
                case "table":
                    self._write_table(each)
                case "annotation":
                    self._write_annotation(each)
                case name if name in _CONTENTS:
                    for entry in descendants(each, "p"):
                        self._writer.add_furniture("navigation", text_of(entry))
                case name if name not in _UNSEEN:
                    self.write(each, in_list=in_list)

    def _write_heading(self, node: Element, level: int) -> None:
        words = one_line(text_of(node))
        if words:
            self.title = self.title or words
            self._highest = min(self._highest or level, level)
        self._writer.add("heading", words, level=level)
        self._write_anchored(node)

    def _write_anchored(self, node: Element) -> None:
        """Append what hangs on a paragraph, and keep its notes for the end."""
        for each in children(node):
            kind = local(each)
            if kind == "note":
                label = child(each, "note-citation")
                self._notes.append(
                    Note(
                        (attribute(each, "note-class") or "footnote").capitalize(),
                        one_line(text_of(label)) if label is not None else "",
                        [text_of(p) for p in descendants(each, "p")],
                    )
                )
            elif kind == "annotation":
                self._write_annotation(each)
            elif kind in _ANCHORED and kind != "ruby-text":
                self.write(each)
            else:
                self._write_anchored(each)

    def _write_annotation(self, node: Element) -> None:
        for each in descendants(node, "p"):
            self._writer.add_furniture("metadata", text_of(each))

    def _write_table(self, table: Element) -> None:
        """Append a table by its rows, or by what is in its cells where it arranges the page."""
        rows = list(_rows(table))
        cells = [list(children(row, "table-cell", "covered-table-cell")) for row in rows]
        if max(map(len, cells), default=0) < 2 or any(
            next(descendants(cell, "h"), None) is not None for row in cells for cell in row
        ):
            for cell in (cell for row in cells for cell in row):
                self.write(cell)
            return
        heads = sum(local(row.getparent()) == "table-header-rows" for row in rows)
        texts = [
            ["\n".join(text_of(each) for each in _own_paragraphs(cell)) for cell in row]
            for row in cells
        ]
        write_table(self._writer, texts, headers=heads or None)
        for cell in (cell for row in cells for cell in row):
            for paragraph in _own_paragraphs(cell):
                self._write_anchored(paragraph)
            for nested in children(cell, "table"):
                self._write_table(nested)

    def write_notes(self) -> None:
        """Append the notes that the text refers to."""
        write_notes(self._writer, self._notes, level=self._highest)

    def write_around(self) -> None:
        """Append what stands above and below each page, once, as furniture."""
        lines = {one_line(text_of(each)): None for each in self._parts.around()}
        for words in lines:
            self._writer.add_furniture("boilerplate", words)

    def write_pages(self, body: Element) -> None:
        """Append slides, or the pages of a drawing."""
        for number, page in enumerate(children(body, "page"), start=1):
            self._writer.start_page()
            self._write_page(page, number)
        for band in children(body, "header-decl", "footer-decl", "date-time-decl"):
            self._writer.add_furniture("boilerplate", text_of(band))

    def _write_page(self, page: Element, number: int) -> None:
        notes = child(page, "notes")
        shapes = [each for each in _shapes(page) if each is not notes]
        titles = (each for each in shapes if attribute(each, "class") == "title")
        headed = next((each for each in titles if _words(each)), None)
        spoken = notes is not None and any(map(_has_words, _shapes(notes)))
        if spoken or any(map(_has_words, shapes)):
            title = _words(headed) if headed is not None else ""
            self.title = self.title or title or None
            self._writer.add("heading", title or f"Slide {number}", level=1)
        for each in shapes:
            if each is not headed:
                self._write_shape(each)
        if notes is not None and spoken:
            self._writer.add("heading", "Notes", level=2)
            for each in _shapes(notes):
                self._write_shape(each)

    def _write_shape(self, shape: Element) -> None:
        if attribute(shape, "class") in _AROUND:
            self._writer.add_furniture("boilerplate", _words(shape))
        else:
            self.write(shape, in_list=attribute(shape, "class") in _BULLETED)


def text_of(node: Element) -> str:
    """The words of a paragraph, without what hangs on it."""
    words = [node.text or ""]
    for each in node:
        kind = local(each)
        if not kind:
            words.append(each.text or "")  # an entity, which is shown and not expanded
        elif kind in _SPACES:
            words.append(_SPACES[kind])
        elif kind not in _ANCHORED and kind not in _UNSEEN:
            words.append(text_of(each))
        words.append(each.tail or "")
    return "".join(words)


def _rows(node: Element) -> Iterator[Element]:
    """The rows of a table, in whatever groups they stand."""
    for each in children(node):
        if local(each) == "table-row":
            yield each
        elif local(each) in ("table-header-rows", "table-rows", "table-row-group"):
            yield from _rows(each)


def _own_paragraphs(node: Element) -> Iterator[Element]:
    """The paragraphs of a cell, those in lists among them, but not those of a table inside."""
    for each in children(node):
        if local(each) == "p":
            yield each
        elif local(each) not in ("table", *_UNSEEN):
            yield from _own_paragraphs(each)


def _shapes(page: Element) -> Iterator[Element]:
    """The shapes of a page, those of groups among them."""
    for each in children(page):
        if local(each) == "g":
            yield from _shapes(each)
        elif local(each) not in _UNSEEN:
            yield each


def _words(shape: Element) -> str:
    return one_line(" ".join(text_of(each) for each in descendants(shape, "p")))


def _has_words(shape: Element) -> bool:
    return attribute(shape, "class") not in _AROUND and bool(_words(shape))

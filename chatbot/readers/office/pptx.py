"""PPTX: slides as pages, each under its title, with its tables, charts and speaker notes.

This walks the XML itself, so it also reads shows, templates and files with macros.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from chatbot.errors import SkipKind, UnreadableFile
from chatbot.readers.document_writer import DocumentWriter, beginning
from chatbot.readers.file_properties import file_title
from chatbot.readers.markup.xml_tree import (
    Element,
    attribute,
    child,
    children,
    content,
    descendants,
    local,
)
from chatbot.readers.media_types import PPTX
from chatbot.readers.office.drawingml import (
    picture_texts,
    write_drawn_table,
    write_related,
)
from chatbot.readers.office.drawn_text import paragraph_text, paragraphs
from chatbot.readers.office.embedded import embedded_in_package
from chatbot.readers.office.ooxml import OfficePackage
from chatbot.readers.office.word_runs import FALSE
from chatbot.readers.pictures import PictureReader
from chatbot.readers.raw_file import RawFile
from chatbot.text.clean import one_line
from chatbot.types import Document

_TITLES: Final = ("title", "ctrTitle")
_FURNITURE: Final = ("dt", "ftr", "sldNum", "hdr")
# In these placeholders each paragraph has a bullet, unless it declares that it has none.
_BULLETED: Final = ("body", "obj", "")


def read_pptx(file: RawFile) -> Iterator[Document | RawFile]:
    """Yield the document, then the files embedded in it."""
    package = OfficePackage(file.data)
    writer = DocumentWriter()
    titles: list[str] = []
    first_words = ""
    pictures = PictureReader()
    drawn_on: set[str] = set()
    for number, part in enumerate(_slides(package), start=1):
        writer.start_page()
        slide = _Slide(writer, package, part, pictures)
        new = [layout for layout in _layouts(package, part) if layout not in drawn_on]
        drawn_on.update(new)
        slide.write(number, [text for layout in new for text in _drawn(package, layout)])
        titles += [slide.title] if slide.title else []
        first_words = first_words or slide.first_words()
    title, metadata = package.properties()
    yield writer.document(
        file.name,
        source=file.name,
        media_type=PPTX,
        title=title or next(iter(titles), beginning(first_words)) or file_title(file.name),
        metadata=metadata,
    )
    yield from embedded_in_package(file, package)


def _slides(package: OfficePackage) -> Iterator[str]:
    """The slides in presentation order."""
    main = package.main()
    relations = package.relations(main)
    slide_list = child(package.tree(main), "sldIdLst")
    for entry in children(slide_list, "sldId"):
        ids = (value for key, value in entry.attrib.items() if key.endswith("}id"))
        relation = relations.get(next(ids, ""))
        if relation is None or relation.target not in package:
            raise UnreadableFile(SkipKind.DAMAGED, "a slide is missing")
        yield relation.target


def _layouts(package: OfficePackage, slide: str) -> Iterator[str]:
    """The layout of a slide, and the master of that layout."""
    for layout in package.related(slide, "slideLayout"):
        yield layout
        yield from package.related(layout, "slideMaster")


def _drawn(package: OfficePackage, part: str) -> Iterator[str]:
    """The words that a layout or a master draws on its slides; prompts of placeholders aren't."""
    for shape in _shapes(child(package.tree(part), "cSld", "spTree")):
        if _placeholder(shape) is None:
            yield from filter(None, map(one_line, paragraphs(child(shape, "txBody"))))


class _Slide:
    """Writes one slide: its title, then its shapes in order, then the notes."""

    def __init__(
        self, writer: DocumentWriter, package: OfficePackage, part: str, pictures: PictureReader
    ) -> None:
        self._writer = writer
        self._pictures = pictures
        self._package = package
        self._part = part
        root = package.tree(part)
        self._hidden = attribute(root, "show") in FALSE
        self._shapes = list(_shapes(child(root, "cSld", "spTree")))
        titles = (
            shape for shape in self._shapes if _placeholder(shape) in _TITLES and _text(shape)
        )
        self._title_shape = next(titles, None)
        self.title = _text(self._title_shape) if self._title_shape is not None else None

    def write(self, number: int, drawn: Sequence[str] = ()) -> None:
        """Append the slide; `drawn` is what its layout draws on it.

        A slide without a title gets its number as heading, so it doesn't join the slide before.
        """
        notes = [
            shape
            for part in self._package.related(self._part, "notesSlide")
            for shape in _shapes(child(self._package.tree(part), "cSld", "spTree"))
        ]
        has_notes = any(map(_has_words, notes))
        seen = {shape: self._picture_texts(shape) for shape in self._shapes}
        if has_notes or any(map(_has_words, self._shapes)) or any(seen.values()) or drawn:
            name = self.title or f"Slide {number}"
            self._writer.add_page(name, "slide", is_hidden=self._hidden)
        for shape in self._shapes:
            if shape is not self._title_shape:
                self._write_shape(shape)
            for text in seen[shape]:
                self._writer.add("paragraph", text)
        for text in drawn:
            self._writer.add("paragraph", text)
        if has_notes:
            self._writer.add("heading", "Notes", level=2)
        for shape in notes:
            self._write_shape(shape, bulleted=False)
        for part in self._package.related(self._part, "comments"):
            for comment in descendants(self._package.tree(part), "text"):
                self._writer.add_furniture("metadata", comment.text or "")
            # Since 2021, a comment and its replies have paragraphs.
            for paragraph in descendants(self._package.tree(part), "p"):
                self._writer.add_furniture("metadata", paragraph_text(paragraph))

    def _picture_texts(self, shape: Element) -> list[str]:
        return picture_texts(self._pictures, self._package, self._part, shape)

    def _write_shape(self, shape: Element, *, bulleted: bool = True) -> None:
        placeholder = _placeholder(shape)
        if placeholder in _FURNITURE:
            self._writer.add_furniture("boilerplate", _text(shape))
            return
        for paragraph in children(child(shape, "txBody"), "p"):
            item = bulleted and _is_bulleted(paragraph, placeholder)
            self._writer.add("item" if item else "paragraph", paragraph_text(paragraph))
        for table in descendants(shape, "tbl"):
            write_drawn_table(self._writer, table)
        write_related(self._writer, self._package, self._part, shape)

    def first_words(self) -> str:
        """The text of the first shape with any; it may become the document's title."""
        texts = (_text(shape) for shape in self._shapes if _placeholder(shape) not in _FURNITURE)
        return next(filter(None, texts), "")


def _shapes(tree: Element | None) -> Iterator[Element]:
    """The shapes of a slide in drawing order, including those in groups."""
    for shape in content(tree):
        match local(shape):
            case "grpSp":
                yield from _shapes(shape)
            case "sp" | "graphicFrame" | "cxnSp" | "pic":
                yield shape


def _placeholder(shape: Element) -> str | None:
    """The type of the layout placeholder that a shape fills; None if it fills none."""
    for properties in children(shape):
        mark = child(properties, "nvPr", "ph")
        if mark is not None:
            return attribute(mark, "type") or ""
    return None


def _text(shape: Element) -> str:
    return one_line(" ".join(paragraphs(child(shape, "txBody"))))


def _has_words(shape: Element) -> bool:
    if _placeholder(shape) in _FURNITURE:
        return False
    drawing = next(shape.iter("{*}chart", "{*}relIds"), None)
    return drawing is not None or any((text.text or "").strip() for text in descendants(shape, "t"))


def _is_bulleted(paragraph: Element, placeholder: str | None) -> bool:
    properties = child(paragraph, "pPr")
    if child(properties, "buNone") is not None:
        return False
    has_bullet = any(child(properties, name) is not None for name in ("buChar", "buAutoNum"))
    return has_bullet or placeholder in _BULLETED

"""Pages, Keynote and Numbers: text, slides with their notes, and the tables of sheets.

Programs since 2013 write archives (IWA), those before them XML. A Pages document may have all its
pages as a PDF; then that is read, since it has page numbers.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import Final

from chatbot.errors import SkipKind, UnreadableFile
from chatbot.readers.containers.zip_package import Package
from chatbot.readers.document_writer import DocumentWriter
from chatbot.readers.file_properties import file_title
from chatbot.readers.iwork.iwa import IwaObject, IwaObjects, Message
from chatbot.readers.iwork.iwa_tables import TABLE, TABLE_IN_TEXT, write_iwa_table
from chatbot.readers.iwork.iwork_xml import INDEXES, write_iwork_xml
from chatbot.readers.media_types import IWORK
from chatbot.readers.raw_file import RawFile
from chatbot.types import Document

_PREVIEW: Final = "QuickLook/Preview.pdf"
_ENCRYPTED: Final = ".iwph"
_INNER: Final = "Index.zip"
# Types of objects.
_DOCUMENT, _SHEET, _SHOW, _PAGES = 1, 2, 2, 10000
_TEXT, _SHAPE, _PLACEHOLDERS, _GROUP = (2001, 2005), 2011, (7, 12), 3008
_BODY: Final = 0
_FURNITURE_KINDS: Final = (1, 2)
_NOTES_KINDS: Final = (3, 6)
_DEEPEST_GROUP: Final = 20
# Marks of attachments, of breaks of pages and sections, and of other lines.
_BREAKS: Final = str.maketrans({
    "\ufffc": None, "\u2028": "\n", "\u2029": "\n", "\x04": "\n", "\x05": "\n", "\x0c": "\n",
})  # fmt: skip


def read_iwork(file: RawFile) -> Iterator[Document | RawFile]:
    """Yield one document, or the preview with all pages."""
    package = Package(file.data)
    if _PREVIEW in package:
        yield file.inside("Preview.pdf", package.read(_PREVIEW))
        return
    if any(PurePosixPath(name).name == _ENCRYPTED for name in package.names):
        raise UnreadableFile(SkipKind.ENCRYPTED)
    writer = DocumentWriter()
    index = next((name for name in INDEXES if name in package), None)
    if index:
        write_iwork_xml(writer, package.read(index))
    else:
        inner = [name for name in package.names if PurePosixPath(name).name == _INNER]
        try:
            _write(writer, Package(package.read(inner[0])) if inner else package)
        except (ValueError, IndexError, struct.error) as failure:
            raise UnreadableFile(SkipKind.DAMAGED, "its archives can't be read") from failure
    yield writer.document(
        file.name,
        source=file.name,
        media_type=IWORK,
        title=writer.heading() or file_title(file.name),
    )


def _write(writer: DocumentWriter, package: Package) -> None:
    objects = IwaObjects()
    for name in package.names:
        if name.endswith(".iwa"):
            objects.add(package.read(name))
    show = next(iter(objects.of_kind(_DOCUMENT)), IwaObject(0, Message()))
    slides = [
        number
        for reference in show.message.references(2)
        for number in objects.get(reference).message.message(3).references(2)
    ]
    if next(iter(objects.of_kind(_PAGES)), None):
        _write_text(writer, objects)
    elif slides:
        for number, node in enumerate(slides, start=1):
            writer.start_page()
            for slide in objects.get(node).message.references(2):
                _write_slide(writer, objects, objects.get(slide).message, number)
    else:
        _write_sheets(writer, objects, show.message.references(1))


def _write_text(writer: DocumentWriter, objects: IwaObjects) -> None:
    """Append the body of a Pages document, then its boxes, notes and tables."""
    storages = [storage.message for storage in objects.of_kind(*_TEXT)]
    kinds: tuple[Callable[[int], bool], ...] = (
        lambda kind: kind == _BODY,
        lambda kind: kind not in (_BODY, *_FURNITURE_KINDS),
    )
    for chosen in kinds:
        for storage in storages:
            # The kind of a body isn't always written, as it is the default.
            if chosen(storage.number(1)):
                _write_lines(writer, storage)
    for table in objects.of_kind(TABLE, TABLE_IN_TEXT):
        write_iwa_table(writer, objects, table)
    for storage in storages:
        if storage.number(1) in _FURNITURE_KINDS:
            writer.add_furniture("boilerplate", _words(storage))


def _write_slide(writer: DocumentWriter, objects: IwaObjects, slide: Message, number: int) -> None:
    titles = [words for shape in slide.references(5) if (words := _shape_text(objects, shape))]
    shapes = [*slide.references(6), *slide.references(30), *slide.references(7)]
    notes = [
        objects.get(storage).message
        for note in slide.references(27)
        for storage in objects.get(note).message.references(1)
    ]
    if titles or any(map(_words, notes)) or any(_has_words(objects, shape) for shape in shapes):
        writer.add("heading", " ".join(titles) or f"Slide {number}", level=1)
    skip = set(slide.references(5)) | set(slide.references(20))
    for shape in dict.fromkeys(shapes):
        if shape not in skip:
            _write_drawable(writer, objects, shape)
    if any(map(_words, notes)):
        writer.add("heading", "Notes", level=2)
        for storage in notes:
            _write_lines(writer, storage)


def _write_sheets(writer: DocumentWriter, objects: IwaObjects, sheets: list[int]) -> None:
    for sheet in (objects.get(number).message for number in sheets):
        if any(_has_words(objects, drawable) for drawable in sheet.references(2)):
            writer.add("heading", sheet.text(1), level=1)
        for drawable in sheet.references(2):
            _write_drawable(writer, objects, drawable)


def _write_drawable(
    writer: DocumentWriter, objects: IwaObjects, number: int, depth: int = 0
) -> None:
    kind, message = drawable = objects.get(number)
    if kind == TABLE:
        write_iwa_table(writer, objects, drawable)
    elif kind == _GROUP and depth < _DEEPEST_GROUP:
        for inner in message.references(2):
            _write_drawable(writer, objects, inner, depth + 1)
    else:
        for storage in _storages(objects, number):
            _write_lines(writer, storage)


def _storages(objects: IwaObjects, number: int) -> list[Message]:
    """The texts of a shape or a placeholder."""
    kind, message = objects.get(number)
    if kind in _PLACEHOLDERS:
        message = message.message(1)
    elif kind != _SHAPE:
        return []
    storages = message.references(4) or message.references(2)
    return [objects.get(storage).message for storage in storages]


def _shape_text(objects: IwaObjects, number: int) -> str:
    return " ".join(filter(None, map(_words, _storages(objects, number))))


def _has_words(objects: IwaObjects, drawable: int) -> bool:
    return objects.get(drawable).kind in (TABLE, _GROUP) or bool(_shape_text(objects, drawable))


def _words(storage: Message) -> str:
    return storage.text(3).translate(_BREAKS).strip()


def _write_lines(writer: DocumentWriter, storage: Message) -> None:
    for line in _words(storage).split("\n"):
        writer.add("paragraph", line)

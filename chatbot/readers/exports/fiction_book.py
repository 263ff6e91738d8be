"""FictionBook (`.fb2`): a book with its sections, poems and notes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from chatbot.readers.document_writer import DocumentWriter
from chatbot.readers.exports.xml_text import words, write_xml_table, xml_root_of
from chatbot.readers.file_properties import iso_date, language_tag, own_author, own_title
from chatbot.readers.markup.xml_document import read_xml
from chatbot.readers.markup.xml_tree import Element, attribute, child, children, local
from chatbot.readers.media_types import FICTION_BOOK
from chatbot.readers.raw_file import RawFile
from chatbot.types import Document, Metadata

_DEEPEST: Final = 6
_NAMES: Final = ("first-name", "middle-name", "last-name")


def read_fiction_book(file: RawFile) -> Iterator[Document | RawFile]:
    """Yield one document; title, authors, date and language come from its description."""
    root = xml_root_of(file)
    if root is None:
        yield from read_xml(file)
        return
    info = child(root, "description", "title-info")
    writer = DocumentWriter()
    _write(writer, child(info, "annotation"), 1)
    for body in children(root, "body"):
        _write(writer, body, 1)
    date = child(info, "date")
    published = child(root, "description", "publish-info", "year")
    authors = (own_author(_name(author)) for author in children(info, "author"))
    yield writer.document(
        file.name,
        source=file.name,
        media_type=FICTION_BOOK,
        title=own_title(words(child(info, "book-title"))),
        metadata=Metadata(
            author="; ".join(filter(None, authors)) or None,
            date=iso_date(attribute(date, "value"), words(date), words(published)),
            language=language_tag(words(child(info, "lang"))),
        ),
    )


def _write(writer: DocumentWriter, element: Element | None, level: int) -> None:
    """Append the content of a body, a section or a part of one."""
    for part in children(element):
        match local(part):
            case "title":
                writer.add("heading", words(part), level=min(level, _DEEPEST))
            case "subtitle":
                writer.add("heading", words(part), level=min(level + 1, _DEEPEST))
            case "section":
                _write(writer, part, level + 1)
            case "table":
                write_xml_table(writer, part)
            case "p" | "v" | "text-author" | "date":
                writer.add("paragraph", words(part))
            case "stanza":
                writer.add("paragraph", words(part))
            case "binary" | "image" | "empty-line":
                pass
            case _:
                _write(writer, part, level + 1)


def _name(author: Element) -> str:
    parts = (words(child(author, name)) for name in _NAMES)
    return " ".join(filter(None, parts)) or words(child(author, "nickname"))

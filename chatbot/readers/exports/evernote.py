"""Evernote exports (`.enex`): each note as a document, and each attachment as a file."""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as InvalidBase64
from collections import Counter
from collections.abc import Iterator
from typing import Final

from chatbot.errors import SkipKind, UnreadableFile
from chatbot.readers.decoding.decode import decode
from chatbot.readers.document_writer import DocumentWriter
from chatbot.readers.exports.xml_text import words
from chatbot.readers.file_properties import own_author
from chatbot.readers.markup.html import write_html
from chatbot.readers.markup.xml_tree import Element, child, children, descendants, parse_xml
from chatbot.readers.media_types import EVERNOTE
from chatbot.readers.raw_file import RawFile, unused_name
from chatbot.types import Document, Metadata

# Each note is parsed by itself: an export may be much larger than what the parser takes.
_NOTE: Final = re.compile(r"<note>.*?(?:</note>|\Z)", re.DOTALL)
_DATA: Final = re.compile(r"<data\b[^>]*>([^<]*)</data>")
_NO_MARKUP: Final = re.compile(r"<\?xml[^>]*\?>|<!DOCTYPE[^>]*>")


def read_evernote(file: RawFile) -> Iterator[Document | RawFile]:
    """Yield the notes, each followed by its attachments."""
    text = decode(file.data)
    uses: Counter[str] = Counter()
    for match in _NOTE.finditer(text):
        attached = [data[1] for data in _DATA.finditer(match[0])]
        note = parse_xml(_DATA.sub("<data/>", match[0]).encode("utf-8", "replace"), "a note")
        title = words(child(note, "title"))
        writer = DocumentWriter()
        content = child(note, "content")
        page = (content.text or "") if content is not None else ""
        write_html(writer, _NO_MARKUP.sub("", page))
        name = unused_name(title[:80] or "note", uses)
        yield writer.document(
            file.prefix + name,
            source=file.name,
            media_type=EVERNOTE,
            title=title,
            metadata=Metadata(
                author=own_author(words(child(note, "note-attributes", "author"))),
                date=_date(words(child(note, "created"))),
                tags=tuple(filter(None, map(words, children(note, "tag")))),
            ),
        )
        for number, resource in enumerate(descendants(note, "resource")):
            if number < len(attached):
                yield from _attachment(file, name, resource, number, attached[number])


def _attachment(
    file: RawFile, note: str, resource: Element, number: int, data: str
) -> Iterator[RawFile]:
    stated = words(child(resource, "resource-attributes", "file-name"))
    kind = words(child(resource, "mime")).rpartition("/")[2]
    name = re.split(r"[/\\]", stated)[-1].lstrip(".") or f"attachment-{number + 1}.{kind or 'bin'}"
    try:
        content = b64decode(data)
    except (InvalidBase64, ValueError) as failure:
        raise UnreadableFile(SkipKind.DAMAGED, f"{name} is not base64") from failure
    yield file.inside(f"{note.replace('/', '_')}/{name}", content)


def _date(value: str) -> str | None:
    """The day of a time such as 20240506T101112Z."""
    day = re.match(r"(\d{4})(\d{2})(\d{2})T", value)
    return "-".join(day.groups()) if day else None

"""PowerPoint 97-2003 (`.ppt`): the texts, pictures and notes of each slide, after [MS-PPT]."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from chatbot.errors import SkipKind, UnreadableFile
from chatbot.readers.document_writer import DocumentWriter
from chatbot.readers.media_types import PPT
from chatbot.readers.office.old_pictures import pictures_in
from chatbot.readers.office.ole_properties import OleFile
from chatbot.readers.pictures import PictureReader
from chatbot.readers.raw_file import RawFile
from chatbot.types import Document

_DOCUMENT, _SLIDE, _NOTES, _NOTES_FACTS = 1000, 1006, 1008, 1009
_SLIDE_LIST, _PERSISTENT_SLIDE = 4080, 1011
_TEXT_KIND, _WIDE_TEXT, _NARROW_TEXT = 3999, 4000, 4008
# Records of [MS-ODRAW]: a picture of the document, and the properties of a shape.
_PICTURE, _PROPERTIES = 0xF007, 0xF00B
_PICTURE_PLACE: Final = 28
_PICTURE_NUMBER: Final = 0x0104
_CONTAINER: Final = 0xF
_TITLES: Final = (0, 6)
_ENCRYPTED_USER: Final = 0xF3D1C4DF
_LONGEST_TITLE: Final = 100
_DEEPEST: Final = 30


class _Record(NamedTuple):
    kind: int
    instance: int
    content: bytes
    is_container: bool


@dataclass(slots=True)
class _Slide:
    """The texts of a slide with their kinds, and those of its notes; notes name the slide.

    `pictures` has the place of each picture in the stream of pictures.
    """

    number: int = 0
    texts: list[tuple[int, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    pictures: list[int] = field(default_factory=list)


def read_ppt(file: RawFile) -> Iterator[Document]:
    """Yield one document, with a page for each slide."""
    container = OleFile(file.data)
    if container.stream("Current User")[12:16] == _ENCRYPTED_USER.to_bytes(4, "little"):
        raise UnreadableFile(SkipKind.ENCRYPTED)
    stream = container.stream("PowerPoint Document")
    try:
        slides = _slides(stream)
    except struct.error as failure:
        raise UnreadableFile(SkipKind.DAMAGED, f"its slides can't be read ({failure})") from failure
    reader = PictureReader()
    pictures = {} if reader.is_spent else _pictures(container)
    writer = DocumentWriter()
    for slide in slides:
        writer.start_page()
        titled = any(kind in _TITLES for kind, _ in slide.texts)
        for number, (kind, text) in enumerate(slide.texts):
            lines = text.replace("\x0b", " ").split("\r")
            # Without a title, a short first line serves as one.
            is_first = not titled and number == 0 and len(lines) == 1 and len(text) < _LONGEST_TITLE
            if kind in _TITLES or is_first:
                writer.add("heading", " ".join(lines), level=1)
            else:
                for line in lines:
                    writer.add("item" if len(lines) > 1 else "paragraph", line)
        for place in slide.pictures:
            for text in reader.paragraphs(pictures.get(place, b"")):
                writer.add("paragraph", text)
        for note in slide.notes:
            for line in note.split("\r"):
                writer.add("paragraph", line)
    title, metadata = container.properties()
    yield writer.document(
        file.name, source=file.name, media_type=PPT, title=title, metadata=metadata
    )


def _pictures(container: OleFile) -> dict[int, bytes]:
    """The picture files by their places."""
    return dict(pictures_in(container.stream("Pictures"))) if container.has("Pictures") else {}


def _slides(stream: bytes) -> list[_Slide]:
    """The slides in order. Placeholders are listed in the document, other texts in the slide.

    After several edits the file has older versions of slides; the last document lists what counts.
    """
    records = list(_records(stream))
    document = next((r.content for r in reversed(records) if r.kind == _DOCUMENT), b"")
    slides: list[_Slide] = []
    for record in _records(document):
        if record.kind == _SLIDE_LIST and record.instance == 0:
            slides += _listed(record.content)
    own = [record for record in records if record.kind == _SLIDE][-len(slides) :] if slides else []
    places = [
        int.from_bytes(picture.content[_PICTURE_PLACE : _PICTURE_PLACE + 4], "little")
        for picture in _found(document, _PICTURE)
    ]
    for slide, record in zip(slides, own, strict=False):
        known = {text for _, text in slide.texts}
        slide.texts += [(kind, text) for kind, text in _texts(record.content) if text not in known]
        numbers = (number for number in _picture_numbers(record.content) if number <= len(places))
        slide.pictures = [places[number - 1] for number in numbers]
    by_number = {slide.number: slide for slide in slides if slide.number}
    for record in records:
        if record.kind == _NOTES and (noted := by_number.get(_slide_of(record))):
            noted.notes = [text for _, text in _texts(record.content) if len(text) > 1]
    return slides


def _slide_of(notes: _Record) -> int:
    """The number of the slide to which notes belong; 0 for the master of all notes."""
    facts = (record for record in _records(notes.content) if record.kind == _NOTES_FACTS)
    return next((int.from_bytes(record.content[:4], "little") for record in facts), 0)


def _listed(content: bytes) -> Iterator[_Slide]:
    slide: _Slide | None = None
    kind = -1
    for record in _records(content):
        if record.kind == _PERSISTENT_SLIDE:
            if slide:
                yield slide
            slide = _Slide(int.from_bytes(record.content[12:16], "little"))
        elif record.kind == _TEXT_KIND:
            kind = int.from_bytes(record.content[:4], "little")
        elif slide and (text := _text(record)):
            slide.texts.append((kind, text))
    if slide:
        yield slide


def _texts(content: bytes, depth: int = 0) -> Iterator[tuple[int, str]]:
    """The texts in a container, each with its kind."""
    kind = -1
    for record in _records(content):
        if record.kind == _TEXT_KIND:
            kind = int.from_bytes(record.content[:4], "little")
        elif text := _text(record):
            yield kind, text
        elif record.is_container and depth < _DEEPEST:
            yield from _texts(record.content, depth + 1)


def _picture_numbers(content: bytes) -> Iterator[int]:
    """The numbers, from 1, of the pictures that the shapes of a slide show."""
    for properties in _found(content, _PROPERTIES):
        for number in range(properties.instance):
            if len(properties.content) < 6 * number + 6:
                break
            kind, value = struct.unpack_from("<HI", properties.content, 6 * number)
            if kind & 0x3FFF == _PICTURE_NUMBER and value:
                yield value


def _found(content: bytes, kind: int, depth: int = 0) -> Iterator[_Record]:
    """The records of a kind in a container, at any depth."""
    for record in _records(content):
        if record.kind == kind:
            yield record
        elif record.is_container and depth < _DEEPEST:
            yield from _found(record.content, kind, depth + 1)


def _text(record: _Record) -> str:
    if record.kind == _WIDE_TEXT:
        return record.content.decode("utf-16-le", "replace").strip()
    return record.content.decode("latin-1").strip() if record.kind == _NARROW_TEXT else ""


def _records(content: bytes) -> Iterator[_Record]:
    """The records that follow each other in some bytes; a cut one ends them."""
    at = 0
    while at + 8 <= len(content):
        version, kind, size = struct.unpack_from("<HHI", content, at)
        end = at + 8 + size
        if end > len(content):
            return
        yield _Record(kind, version >> 4, content[at + 8 : end], version & 0xF == _CONTAINER)
        at = end

"""XML of an unknown format: paragraphs in order, and records as rows.

An element with text of its own is a paragraph, including its inner elements. An element that has
only short values is a record, written as `name: value` pairs. Some formats keep their texts in
attributes: outlines, dumps of forums, exports of messages. If an attribute reads like a text, it
is one, and the short attributes beside it are its record.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import Final

from chatbot.errors import UnreadableFile
from chatbot.readers.decoding.decode import decode
from chatbot.readers.document_writer import CELLS, DocumentWriter
from chatbot.readers.markup.html import write_html
from chatbot.readers.markup.xml_attachments import take_attachments
from chatbot.readers.markup.xml_tree import Element, children, local, parse_xml
from chatbot.readers.media_types import XML
from chatbot.readers.raw_file import RawFile
from chatbot.text.clean import one_line
from chatbot.types import Document

_HEADINGS: Final = frozenset({"title", "head", "heading"})
_UNSEEN: Final = frozenset({"style", "stylesheet", "script", "binary"})
_ENCODING: Final = re.compile(rb"<\?xml[^>]*\sencoding\s*=\s*[\"']([\w.:-]+)")
_DECLARATION: Final = re.compile(r"\A\s*<\?xml[^>]*\?>")
_CDATA: Final = re.compile(r"<!\[CDATA\[(.*?)(?:\]\]>|\Z)", re.DOTALL)
_MARKUP: Final = re.compile(r"</?[a-zA-Z][^<>]*>")
_TEXT_NAMES: Final = frozenset("text body title description subject message note content".split())
# Attributes that say who or where, beside a text.
_NAME: Final = re.compile(r"name|author|sender|user|contact|from|to$|tags", re.IGNORECASE)
_PROSE_WORDS: Final = 5
_LONGEST_VALUE: Final = 200
_DEEPEST: Final = 6


def read_xml(file: RawFile) -> Iterator[Document | RawFile]:
    """Yield one document and its attachments; invalid XML is read leniently, like HTML."""
    encoding = _ENCODING.match(file.data.lstrip())
    text = decode(file.data, declared=encoding.group(1).decode() if encoding else None)
    writer = DocumentWriter()
    attachments: list[tuple[str, bytes]] = []
    try:
        root = parse_xml(_DECLARATION.sub("", text).encode("utf-8", "replace"), "it")
    except UnreadableFile:
        write_html(writer, _CDATA.sub(lambda section: escape(section[1]), text))
    else:
        attachments += take_attachments(root)
        _write(writer, root, 1)
    yield writer.document(file.name, source=file.name, media_type=XML)
    for name, data in attachments:
        yield file.inside(name, data)


def _write(writer: DocumentWriter, node: Element, level: int) -> None:
    """Append the content of an element, in the order of the file."""
    if local(node) in _UNSEEN:
        return
    if not _has_own_text(node):
        _write_attributes(writer, node, level)
    if _has_own_text(node):
        _write_text(writer, node, level)
    elif record := _record(node):
        writer.add("row", CELLS.join(record))
    else:
        for inner in children(node):
            _write(writer, inner, level + 1)


def _write_attributes(writer: DocumentWriter, node: Element, level: int) -> None:
    """Append the attributes that hold text: a title as heading, markup as HTML."""
    values = {key.rpartition("}")[2]: value.strip() for key, value in node.attrib.items()}
    texts = {name: value for name, value in values.items() if _is_text(name, value)}
    if not texts:
        return
    for name in [name for name in texts if name.lower() in _HEADINGS]:
        writer.add("heading", texts.pop(name), level=min(level, _DEEPEST))
    is_outline = any(name.lower() == "text" for name in texts)
    if is_outline and next(children(node), None) is not None:
        writer.add("heading", texts.pop(next(iter(texts))), level=min(level, _DEEPEST))
    names = [
        f"{name}: {value}"
        for name, value in values.items()
        if name not in texts and _NAME.search(name) and any(map(str.isalpha, value))
        if name.lower() not in _HEADINGS and len(value) <= _LONGEST_VALUE and not is_outline
    ]
    for value in texts.values():
        if _MARKUP.search(value):
            write_html(writer, value)
        else:
            writer.add("paragraph", value)
    if names and texts:
        writer.add("row", CELLS.join(names))


def _is_text(name: str, value: str) -> bool:
    """Whether an attribute is written for people: by its name, or because it reads like prose."""
    if not any(map(str.isalpha, value)) or value.startswith(("http:", "https:", "urn:")):
        return False
    if name.lower() in _TEXT_NAMES:
        return True
    return len(value.split()) >= _PROSE_WORDS and value[-1] in ".!?。！？>"


def _write_text(writer: DocumentWriter, node: Element, level: int) -> None:
    words = "".join(node.itertext())
    if local(node) in _HEADINGS:
        writer.add("heading", words, level=min(level - 1, _DEEPEST) or 1)
    else:
        writer.add("paragraph", words)


def _has_own_text(node: Element) -> bool:
    pieces = [node.text, *(inner.tail for inner in node)]
    return any(piece and piece.strip() for piece in pieces)


def _record(node: Element) -> list[str]:
    """The fields of an element that is a record of short values; empty for any other.

    A single value isn't a record, and neither are paragraphs, which all have the same name.
    """
    fields = list(children(node))
    if len({local(field) for field in fields}) < 2:
        return []
    pairs = []
    for field in fields:
        value = one_line(field.text or "")
        if len(field) or len(value) > _LONGEST_VALUE:
            return []
        pairs += [f"{local(field)}: {value}"] if value else []
    return pairs

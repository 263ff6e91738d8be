"""JSON: a list of documents in BEIR form, or else readable `name: value` lines with headings."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from chatbot.errors import SkipKind, UnreadableFile
from chatbot.readers.decoding.decode import decode
from chatbot.readers.document_writer import CELLS, DocumentWriter
from chatbot.readers.file_properties import file_title
from chatbot.readers.media_types import JSON, JSONL
from chatbot.readers.raw_file import RawFile
from chatbot.readers.records.jsonl import documents_of, read_jsonl
from chatbot.types import Document

_LONG: Final = 200
_DEEPEST: Final = 6


def read_json(file: RawFile) -> Iterator[Document]:
    """Yield a document for each object of a list in BEIR form (`_id`, `text`), else a single one.

    A file with one object per line counts as a list, whatever its suffix.
    """
    yield from _documents(_value(decode(file.data)), file, JSON)


def read_json_lines(file: RawFile) -> Iterator[Document]:
    """Yield a document for each line in BEIR form; without `_id`, lines are records of one."""
    text = decode(file.data)
    first = next((line for line in text.split("\n") if line.strip()), "")
    try:
        fields = json.loads(first)
    except ValueError:
        fields = None
    if isinstance(fields, dict) and "_id" not in fields:
        yield from _documents(_value(text), file, JSONL)
    else:
        yield from read_jsonl(file)


def _documents(value: Any, file: RawFile, media_type: str) -> Iterator[Document]:
    if isinstance(value, list) and value and all(map(_is_document, value)):
        yield from documents_of(value, file, media_type)
        return
    writer = DocumentWriter()
    _write(writer, value, level=1)
    yield writer.document(
        file.name,
        source=file.name,
        media_type=media_type,
        title=_title(value) or file_title(file.name),
    )


def _value(text: str) -> Any:
    """Parse the text; figures stay as they are written."""
    if not text.strip():
        return None
    try:
        return json.loads(text, parse_float=str, parse_int=str)
    except ValueError as failure:
        lines = [line for line in text.split("\n") if line.strip()]
        try:
            return [json.loads(line, parse_float=str, parse_int=str) for line in lines]
        except ValueError:
            raise UnreadableFile(SkipKind.DAMAGED, f"it is not JSON ({failure})") from failure


def _is_document(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("_id"), str)
        and isinstance(value.get("text"), str)
    )


def _title(value: Any) -> str | None:
    title = value.get("title") if isinstance(value, dict) else None
    return title if isinstance(title, str) else None


def _write(writer: DocumentWriter, value: Any, *, level: int) -> None:
    """Append a value: an object as its fields, a list as one record for each object in it."""
    if isinstance(value, dict):
        fields = {name: _words(item) for name, item in value.items() if _is_plain(item)}
        _write_record(writer, fields.items())
        for name, item in value.items():
            if name not in fields and item:
                writer.add("heading", name, level=min(level, _DEEPEST))
                _write(writer, item, level=level + 1)
    elif isinstance(value, list) and not _is_plain(value):
        for item in value:
            if isinstance(item, dict | list):
                _write_record(writer, _flat(item))
            else:
                writer.add("paragraph", _words(item))
    else:
        writer.add("paragraph", _words(value))


def _write_record(writer: DocumentWriter, fields: Iterable[tuple[str, str]]) -> None:
    """Append fields as one row, with long texts as paragraphs below it."""
    lines = [(f"{name}: {words}" if name else words, words) for name, words in fields if words]
    writer.add("row", CELLS.join(line for line, words in lines if len(words) <= _LONG))
    for line, words in lines:
        if len(words) > _LONG:
            writer.add("paragraph", line)


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """The plain values of an object, each with its dotted path."""
    if _is_plain(value):
        yield path, _words(value)
    elif isinstance(value, dict):
        texts = set[str]()
        for name, item in value.items():
            # Some exports have a text twice, whole and in pieces.
            if isinstance(item, list) and _is_plain(item) and _words(item) in texts:
                continue
            texts |= {_words(item)} if _is_plain(item) else set()
            yield from _flat(item, f"{path}.{name}" if path else name)
    else:
        for item in value:
            yield from _flat(item, path)


def _is_plain(value: Any) -> bool:
    """Whether a value fits on one line: a scalar, a list of scalars, or a text in pieces."""
    if isinstance(value, list):
        return _is_pieces(value) or not any(isinstance(item, dict | list) for item in value)
    return not isinstance(value, dict)


def _is_pieces(value: list[Any]) -> bool:
    """Whether a list is one text, of which marked pieces are objects (`{"type", "text"}`)."""
    marked = [item for item in value if not isinstance(item, str)]
    return bool(marked) and all(
        isinstance(item, dict)
        and isinstance(item.get("text"), str)
        and item.keys() <= {"type", "text", "href", "marks", "styles", "user_id", "language"}
        for item in marked
    )


def _words(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case list() if _is_pieces(value):
            return "".join(item if isinstance(item, str) else item["text"] for item in value)
        case list():
            return ", ".join(filter(None, map(_words, value)))
        case _:
            return str(value)

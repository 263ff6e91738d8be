"""BEIR corpora: one JSON object per line, with `_id`, `title` and `text`, makes one document."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from chatbot.errors import SkipKind, UnreadableFile
from chatbot.readers.decoding.decode import decode
from chatbot.readers.document_writer import DocumentWriter
from chatbot.readers.markup.front_matter import metadata_of
from chatbot.readers.media_types import JSONL
from chatbot.readers.raw_file import RawFile, unused
from chatbot.text.clean import one_line
from chatbot.types import Document

_PARAGRAPHS = re.compile(r"\n\s*\n")


def read_jsonl(file: RawFile) -> Iterator[Document]:
    """Yield one document per line; `metadata` is read like front matter.

    A repeated id gets a number, so that no document is lost. Raises UnreadableFile at the first
    line that isn't such an object.
    """
    lines = enumerate(decode(file.data).split("\n"), start=1)
    fields = (_fields(line, number) for number, line in lines if line.strip())
    yield from documents_of(fields, file, JSONL)


def documents_of(
    objects: Iterable[dict[str, Any]], file: RawFile, media_type: str
) -> Iterator[Document]:
    """Yield one document for each object with `_id` and `text`, in order."""
    times: Counter[str] = Counter()
    for fields in objects:
        writer = DocumentWriter()
        for paragraph in _PARAGRAPHS.split(fields["text"]):
            writer.add("paragraph", paragraph)
        metadata = fields.get("metadata")
        yield writer.document(
            file.prefix + unused(one_line(str(fields["_id"])), times),
            source=file.name,
            media_type=media_type,
            title=str(fields.get("title") or ""),
            metadata=metadata_of(metadata if isinstance(metadata, dict) else {}),
        )


def _fields(line: str, number: int) -> dict[str, Any]:
    try:
        fields = json.loads(line)
    except ValueError as failure:
        raise UnreadableFile(
            SkipKind.DAMAGED, f"line {number} is not JSON ({failure})"
        ) from failure
    if not isinstance(fields, dict):
        raise UnreadableFile(SkipKind.DAMAGED, f"line {number} is not an object with _id and text")
    if not isinstance(fields.get("_id"), str | int) or not one_line(str(fields["_id"])):
        raise UnreadableFile(SkipKind.DAMAGED, f"line {number} has no _id")
    if not isinstance(fields.get("text"), str):
        raise UnreadableFile(SkipKind.DAMAGED, f"line {number} has no text")
    return fields

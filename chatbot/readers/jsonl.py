"""BEIR corpora: a JSON object a line, with `_id`, `title` and `text`; a document each."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator

from chatbot.errors import UnreadableFile
from chatbot.readers.build import DocumentWriter
from chatbot.readers.decode import decode
from chatbot.readers.front_matter import metadata_of
from chatbot.readers.raw import RawFile
from chatbot.types import Document

_PARAGRAPHS = re.compile(r"\n\s*\n")


def read_jsonl(file: RawFile) -> Iterator[Document]:
    """One document a line; `metadata` is read like front matter.

    An id that was there before gets a number, so that no document is lost. Raises UnreadableFile,
    with the line, at the first that is not such an object.
    """
    seen: Counter[str] = Counter()
    for number, line in enumerate(decode(file.data).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            fields = json.loads(line)
            doc_id, text = str(fields["_id"]), str(fields["text"])
        except (ValueError, KeyError, TypeError) as failure:
            raise UnreadableFile(
                f"line {number} is not an object with _id and text ({failure})"
            ) from failure
        writer = DocumentWriter()
        for paragraph in _PARAGRAPHS.split(text):
            writer.add("paragraph", paragraph)
        metadata = fields.get("metadata")
        seen[doc_id] += 1
        again = f"~{seen[doc_id]}" if seen[doc_id] > 1 else ""
        yield writer.document(
            file.prefix + doc_id + again,
            source=file.name,
            media_type="application/jsonl",
            title=str(fields.get("title") or ""),
            metadata=metadata_of(metadata if isinstance(metadata, dict) else {}),
        )

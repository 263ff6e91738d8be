"""The first stage of a build: every file of the corpus into the catalogue, read or carried over."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

from chatbot.chunking import CountTokens, chunk
from chatbot.errors import UnreadableFile
from chatbot.index.catalog import FileRow
from chatbot.index.catalog_writer import CatalogWriter
from chatbot.ingestion.changes import Earlier
from chatbot.ingestion.scan import FoundFile
from chatbot.ingestion.vectors import embedding_key
from chatbot.readers import RawFile, read
from chatbot.types import Document, Passage

Outcome = Literal["read", "carried", "skipped"]


@dataclass(frozen=True, slots=True)
class Cut:
    """How files become passages."""

    count_tokens: CountTokens
    passage_tokens: int
    model_fingerprint: str
    prefix_ids: bool

    def documents(self, file: FoundFile, data: bytes) -> list[Document]:
        """The documents of a file. Raises UnreadableFile, whatever the reader ran into."""
        try:
            prefix = f"{file.name}/" if self.prefix_ids else ""
            return list(read(RawFile(file.name, data, prefix)))
        except UnreadableFile:
            raise
        except Exception as failure:  # a damaged file may break a parser in any way
            kind = type(failure).__name__
            raise UnreadableFile(f"damaged, or not what its name says ({kind})") from failure

    def passages(self, document: Document) -> tuple[Passage, ...]:
        return chunk(document, count_tokens=self.count_tokens, budget=self.passage_tokens)


def read_file(file: FoundFile, cut: Cut, earlier: Earlier, writer: CatalogWriter) -> Outcome:
    """Put one file into the catalogue, by whichever way is open, and say which it was."""
    if known := earlier.unchanged(file):
        writer.carry_file(known)
        return "skipped" if known.skipped else "carried"
    digest = ""
    try:
        data = _data(file)
        digest = hashlib.sha256(data).hexdigest()
        documents = cut.documents(file, data)
    except UnreadableFile as failure:
        row = FileRow(file.name, file.size, file.modified_ns, digest, failure.reason)
        writer.add_file(row)
        return "skipped"
    writer.add_file(FileRow(file.name, file.size, file.modified_ns, digest))
    for document in documents:
        passages = cut.passages(document)
        keys = [embedding_key(document, each, cut.model_fingerprint) for each in passages]
        writer.add_document(document, passages, keys)
    return "read"


def _data(file: FoundFile) -> bytes:
    if file.problem:
        raise UnreadableFile(file.problem)
    try:
        return file.path.read_bytes()
    except OSError as failure:
        raise UnreadableFile((failure.strerror or "can't be read").lower()) from failure

"""Catalogues of documents made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from chatbot.chunking import chunk
from chatbot.index.catalog import FileRow
from chatbot.index.catalog_writer import CatalogWriter
from chatbot.readers.document_writer import DocumentWriter
from chatbot.types import BlockKind, Document, Furniture, Metadata, Passage, Span

Entry = tuple[Document, tuple[Passage, ...]]


def entry(doc_id: str, blocks: Sequence[tuple[BlockKind, str]], metadata: Metadata) -> Entry:
    """A document with these blocks and some of every other part, and its passages."""
    writer = DocumentWriter()
    for kind, text in blocks:
        writer.add(kind, text, level=1 if kind == "heading" else 0)
    document = writer.document(doc_id, source=f"{doc_id}.txt", media_type="text/plain")
    half = len(document.text) // 2
    document = replace(
        document,
        metadata=metadata,
        furniture=(Furniture(Span(0, half), "caption"),),
        pages=(Span(0, half), Span(half, len(document.text))),
    )
    return document, chunk(
        document, count_tokens=lambda texts: [len(text) for text in texts], budget=20
    )


def row_of(document: Document) -> FileRow:
    return FileRow(document.source, len(document.text), 10**18 + 1, document.fingerprint)


def write(path: Path, entries: Sequence[Entry], *, skipped: Sequence[FileRow] = ()) -> None:
    """A catalogue of these documents, each in a file of its own."""
    with closing(CatalogWriter(path)) as writer:
        for document, passages in entries:
            writer.add_file(row_of(document))
            writer.add_document(document, passages, [b"key"] * len(passages))
        for file in skipped:
            writer.add_file(file)
        writer.commit()

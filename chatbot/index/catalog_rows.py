"""Convert documents and passages to rows of the catalogue, and back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import numpy as np

from chatbot.index.packed_runs import unpack_runs
from chatbot.types import (
    Block,
    Document,
    DocumentSummary,
    Furniture,
    Lead,
    Metadata,
    Passage,
    Span,
)

# Runs a statement with its parameters and returns all rows.
FetchRows = Callable[[str, Sequence[Any]], list[Any]]

_METADATA: Final = (
    "author, date, language, "
    "(SELECT json_group_array(tag) FROM tags WHERE tags.doc = documents.doc), extra"
)
DOCUMENT: Final = (
    f"doc_id, title, text, source, media_type, fingerprint, structure, runs, {_METADATA}"
)
SUMMARY: Final = (
    f"doc_id, title, source, media_type, {_METADATA}, "
    "(SELECT count(*) FROM passages WHERE passages.doc = documents.doc)"
)


def pack_spans(spans: Iterable[Span]) -> bytes:
    """Spans as int32 pairs."""
    return np.array([offset for span in spans for offset in span], "<i4").tobytes()


def pack_lead(passage: Passage) -> str:
    """The lead of a passage as JSON."""
    return json.dumps([[*line.span, line.text] for line in passage.lead], ensure_ascii=False)


def _spans(packed: bytes) -> tuple[Span, ...]:
    offsets = np.frombuffer(packed, "<i4").reshape(-1, 2).tolist()
    return tuple(Span(a, b) for a, b in offsets)


def pack_structure(document: Document) -> str:
    """Blocks, furniture and pages as JSON."""
    return json.dumps(
        {
            "blocks": [[*block.span, block.kind, block.level] for block in document.blocks],
            "furniture": [[*piece.span, piece.kind] for piece in document.furniture],
            "pages": document.pages,
        },
        separators=(",", ":"),
    )


def document_of(row: Sequence[Any]) -> Document:
    """The document in a row with the columns of `DOCUMENT`."""
    doc_id, title, text, source, media_type, fingerprint, structure, runs, *metadata = row
    parts = json.loads(structure)
    return Document(
        doc_id=doc_id,
        title=title,
        text=text,
        source=source,
        media_type=media_type,
        fingerprint=fingerprint,
        blocks=tuple(Block(Span(a, b), kind, level) for a, b, kind, level in parts["blocks"]),
        furniture=tuple(Furniture(Span(a, b), kind) for a, b, kind in parts["furniture"]),
        pages=tuple(Span(a, b) for a, b in parts["pages"]),
        metadata=_metadata(*metadata),
        runs=unpack_runs(runs),
    )


def summary_of(row: Sequence[Any]) -> DocumentSummary:
    """The summary in a row with the columns of `SUMMARY`."""
    doc_id, title, source, media_type, *metadata, passages = row
    return DocumentSummary(doc_id, title, source, media_type, _metadata(*metadata), passages)


def _metadata(
    author: str | None, date: str | None, language: str | None, tags: str, extra: str
) -> Metadata:
    return Metadata(author, date, language, tuple(sorted(json.loads(tags))), json.loads(extra))


def passage_of(
    doc_id: str,
    ordinal: int,
    start: int,
    stop: int,
    section: str,
    pages: str,
    lead: str,
    heads: bytes,
    sentences: bytes,
    language: str | None,
    text: str,
) -> Passage:
    """The passage in a row; `sentences` are packed spans."""
    return Passage(
        passage_id=f"{doc_id}#{ordinal}",
        doc_id=doc_id,
        ordinal=ordinal,
        text=text,
        span=Span(start, stop),
        section=tuple(json.loads(section)),
        sentences=_spans(sentences),
        pages=tuple(json.loads(pages)),
        lead=tuple(Lead(Span(a, b), words) for a, b, words in json.loads(lead)),
        language=language,
        heads=_spans(heads),
    )

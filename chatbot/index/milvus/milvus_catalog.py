"""The catalogue of a build in Milvus: a file without texts, and the texts from Milvus."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from chatbot.index.catalog import Catalog
from chatbot.index.catalog_rows import DOCUMENT, document_of
from chatbot.index.milvus.entity import StoredText
from chatbot.index.milvus.milvus_parts import StoredPassages
from chatbot.index.milvus.recently_used import RecentlyUsed
from chatbot.types import Document, Passage

# Doctor and summaries read a document's text and passages in turn.
_CACHED_TEXTS: Final = 32


class MilvusCatalog(Catalog):
    """A catalogue without texts; `read_texts` reads the texts of documents by their numbers."""

    def __init__(
        self,
        path: Path,
        passages: StoredPassages,
        read_texts: Callable[[list[int]], Mapping[int, StoredText]],
    ) -> None:
        super().__init__(path)
        self._stored = passages
        self._read_texts = read_texts
        self._texts = RecentlyUsed(_CACHED_TEXTS, read_texts)

    def _reopened(self) -> MilvusCatalog:
        return MilvusCatalog(self._path, self._stored, self._read_texts)

    def _text_of(self, number: int) -> StoredText:
        return self._texts.get([number])[number]

    def read_ahead(self, doc_ids: Sequence[str]) -> None:
        """Read the texts of these documents in one request, as they are needed soon."""
        rows = self._rows(
            "SELECT doc FROM json_each(?) JOIN documents ON doc_id = value",
            (json.dumps([*doc_ids]),),
        )
        self._texts.get(number for (number,) in rows)

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """The passages of these rows, in this order."""
        passages = super().passages(rows)
        stored = self._stored.at(np.array([int(row) for row in rows], np.int64))
        return [
            replace(passage, text=each.text) for passage, each in zip(passages, stored, strict=True)
        ]

    def document(self, doc_id: str) -> Document | None:
        """The document with this id, or None."""
        numbers = self._rows("SELECT doc FROM documents WHERE doc_id = ?", (doc_id,))
        return self.document_numbered(numbers[0][0]) if numbers else None

    def document_numbered(self, number: int) -> Document:
        """The document with this number."""
        ((doc_id, title, _, source, media_type, fingerprint, _, _, *metadata),) = self._rows(
            f"SELECT {DOCUMENT} FROM documents WHERE doc = ?", (number,)
        )
        text, structure, runs = self._text_of(number)
        row = (doc_id, title, text, source, media_type, fingerprint, structure, runs, *metadata)
        return document_of(row)

    def text(self, doc_id: str) -> tuple[str, str]:
        """A document's text and its expected hash; both are empty if there is no such document."""
        rows = self._rows("SELECT doc, fingerprint FROM documents WHERE doc_id = ?", (doc_id,))
        return (self._text_of(rows[0][0]).text, rows[0][1]) if rows else ("", "")

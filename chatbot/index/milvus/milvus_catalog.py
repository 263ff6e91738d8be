"""The catalogue of a build in Milvus: a file without texts, and the texts from Milvus."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np

from chatbot.index.catalog import Catalog
from chatbot.index.catalog_rows import DOCUMENT, document_of
from chatbot.index.milvus.entity import StoredText
from chatbot.index.milvus.milvus_parts import StoredPassages
from chatbot.types import Document, Passage

# Doctor and summaries read a document's text and passages in turn.
_CACHED_TEXTS: Final = 32


class MilvusCatalog(Catalog):
    """A catalogue without texts; `read_text` has the text of a document by its number."""

    def __init__(
        self, path: Path, passages: StoredPassages, read_text: Callable[[int], StoredText]
    ) -> None:
        super().__init__(path)
        self._stored = passages
        self._read_text = read_text
        self._text_of = lru_cache(_CACHED_TEXTS)(read_text)

    def _reopened(self) -> MilvusCatalog:
        return MilvusCatalog(self._path, self._stored, self._read_text)

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

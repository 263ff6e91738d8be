"""Searching documents by name, and counting them by media type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from chatbot.index.catalog_rows import FetchRows

# The metadata key under which readers list a document's pages without text.
WITHOUT_TEXT: Final = "pages without text"
_NAMES: Final = "folded(title || char(10) || source || char(10) || doc_id)"
_MOST_WORDS: Final = 16


class Listing(NamedTuple):
    """The ids of some matching documents, and the number of all matching documents."""

    doc_ids: list[str]
    matching: int


@dataclass(frozen=True, slots=True)
class MediaTypeCount:
    """The number of documents and passages of a media type."""

    media_type: str
    documents: int
    passages: int


@dataclass(frozen=True, slots=True)
class BlankPages:
    """A document and its pages without text, such as "2, 5-7"."""

    doc_id: str
    title: str
    pages: str


class DocumentListing:
    """Lists the documents of a catalogue."""

    def __init__(self, fetch: FetchRows) -> None:
        self._rows = fetch

    def listing(self, words: str, *, first: int, most: int) -> Listing:
        """Documents with every word in title, source or id, in any case, by number.

        A word may match part of a longer one. Returns at most `most` documents, starting with
        the match number `first`, counted from 0.
        """
        terms = words.casefold().split()[:_MOST_WORDS]
        condition = " AND ".join([f"instr({_NAMES}, ?)"] * len(terms)) or "1"
        ((matching,),) = self._rows(f"SELECT count(*) FROM documents WHERE {condition}", terms)
        query = f"SELECT doc_id FROM documents WHERE {condition} ORDER BY doc LIMIT ? OFFSET ?"
        rows = self._rows(query, [*terms, most, first])
        return Listing([doc_id for (doc_id,) in rows], matching)

    def formats(self) -> list[MediaTypeCount]:
        """Every media type, most documents first."""
        query = (
            "SELECT media_type, count(DISTINCT doc), count(row) FROM documents "
            "LEFT JOIN passages USING (doc) GROUP BY media_type ORDER BY 2 DESC, 1"
        )
        return [MediaTypeCount(*row) for row in self._rows(query, ())]

    def blank(self) -> list[BlankPages]:
        """The documents that have pages without text."""
        pages = f"""json_extract(extra, '$."{WITHOUT_TEXT}"')"""
        condition = f"{pages} IS NOT NULL"
        query = f"SELECT doc_id, title, {pages} FROM documents WHERE {condition} ORDER BY doc"
        return [BlankPages(*row) for row in self._rows(query, ())]

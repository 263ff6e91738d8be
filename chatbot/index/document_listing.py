"""Searching documents by name, and counting them by media type."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

Query = Callable[[str, Sequence[Any]], list[Any]]

# The metadata in which readers of formats with pages list the pages that have no text.
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

    def __init__(self, query: Query) -> None:
        self._rows = query

    def listing(self, words: str, *, first: int, most: int) -> Listing:
        """Documents with every word in title, source or id, in any case, by number.

        A word may match part of a longer one. Returns at most `most` documents, starting with
        the match number `first`, counted from 0.
        """
        parts = words.casefold().split()[:_MOST_WORDS]
        where = " AND ".join([f"instr({_NAMES}, ?)"] * len(parts)) or "1"
        ((matching,),) = self._rows(f"SELECT count(*) FROM documents WHERE {where}", parts)
        query = f"SELECT doc_id FROM documents WHERE {where} ORDER BY doc LIMIT ? OFFSET ?"
        rows = self._rows(query, [*parts, most, first])
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
        where = f"{pages} IS NOT NULL"
        query = f"SELECT doc_id, title, {pages} FROM documents WHERE {where} ORDER BY doc"
        return [BlankPages(*row) for row in self._rows(query, ())]

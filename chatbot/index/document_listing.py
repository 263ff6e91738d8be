"""Documents looked for by their names, and what a catalogue holds, counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

Rows = Callable[[str, Sequence[Any]], list[Any]]

# What readers of formats with pages say of a document, under this name, in its metadata.
WITHOUT_TEXT: Final = "pages without text"
_NAMES: Final = "folded(title || char(10) || source || char(10) || doc_id)"
_MOST_WORDS: Final = 16


class Listing(NamedTuple):
    """Some documents of those that match, by id, and how many match in all."""

    doc_ids: list[str]
    matching: int


@dataclass(frozen=True, slots=True)
class Format:
    """A media type with its documents and passages."""

    media_type: str
    documents: int
    passages: int


@dataclass(frozen=True, slots=True)
class Blank:
    """A document with pages that have no text, such as "2, 5-7"."""

    doc_id: str
    title: str
    pages: str


class Names:
    """Asks a catalogue, of whose rows it is given a way to query."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def listing(self, words: str, *, first: int, most: int) -> Listing:
        """Documents with each of these words, or part of it, in title, source or id; case aside.

        In the order of their numbers, from the `first` on, which counts from 0.
        """
        wanted = words.casefold().split()[:_MOST_WORDS]
        where = " AND ".join([f"instr({_NAMES}, ?)"] * len(wanted)) or "1"
        ((matching,),) = self._rows(f"SELECT count(*) FROM documents WHERE {where}", wanted)
        query = f"SELECT doc_id FROM documents WHERE {where} ORDER BY doc LIMIT ? OFFSET ?"
        found = self._rows(query, [*wanted, most, first])
        return Listing([row[0] for row in found], matching)

    def formats(self) -> list[Format]:
        """Every media type, that of most documents first."""
        query = (
            "SELECT media_type, count(DISTINCT doc), count(row) FROM documents "
            "LEFT JOIN passages USING (doc) GROUP BY media_type ORDER BY 2 DESC, 1"
        )
        return [Format(*found) for found in self._rows(query, ())]

    def blank(self) -> list[Blank]:
        """The documents of which some pages have no text."""
        pages = f"""json_extract(extra, '$."{WITHOUT_TEXT}"')"""
        where = f"{pages} IS NOT NULL"
        query = f"SELECT doc_id, title, {pages} FROM documents WHERE {where} ORDER BY doc"
        return [Blank(*found) for found in self._rows(query, ())]

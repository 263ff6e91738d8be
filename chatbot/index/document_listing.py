"""Searching documents by name, and counting them by media type."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from chatbot.answers import DocumentCount
from chatbot.errors import SkipKind, SkipReason
from chatbot.index.catalog_rows import FetchRows
from chatbot.index.facets import Conditions
from chatbot.types import Filters

# The metadata key under which readers list a document's pages without text.
WITHOUT_TEXT: Final = "pages without text"
_NAMES: Final = "title || char(10) || source || char(10) || doc_id"
_TAGS: Final = "(SELECT group_concat(tag, char(10)) FROM tags WHERE tags.doc = documents.doc)"
_NAMES_AND_TAGS: Final = f"{_NAMES} || char(10) || coalesce({_TAGS}, '')"
_MOST_WORDS: Final = 16
Order = Literal["name", "newest", "oldest"]
ORDERS: Final[tuple[Order, ...]] = ("name", "newest", "oldest")
# Documents without a date come last.
_SORTING: Final[dict[Order, str]] = {
    "name": "",
    "newest": "date DESC NULLS LAST, ",
    "oldest": "date NULLS LAST, ",
}


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


class ListedFile(NamedTuple):
    """A file of the corpus, with the id and title of its first document, and their number.

    Without a document they are empty, and `reason` says why.
    """

    path: str
    size: int
    modified_ns: int
    reason: SkipReason | None
    doc_id: str
    title: str
    documents: int


class DocumentListing:
    """Lists the documents of a catalogue."""

    def __init__(self, fetch: FetchRows, conditions: Conditions) -> None:
        self._rows = fetch
        self._conditions = conditions

    def listing(
        self,
        words: str,
        *,
        first: int,
        most: int,
        filters: Filters | None = None,
        in_tags: bool = False,
        in_authors: bool = False,
        media_types: Collection[str] = (),
        order: Order = "name",
    ) -> Listing:
        """Documents with every word in title, source or id, in any case, by number or by date.

        A word may match part of a longer one; `in_tags` and `in_authors` look for it there, too.
        With `media_types`, only documents of these are listed.
        Returns at most `most` documents, starting with the match number `first`, counted from 0.
        """
        terms = words.casefold().split()[:_MOST_WORDS]
        clauses, values = self._conditions(filters or Filters())
        names = _NAMES_AND_TAGS if in_tags else _NAMES
        names += " || char(10) || coalesce(author, '')" if in_authors else ""
        condition = " AND ".join([*clauses, *[f"instr(folded({names}), ?)"] * len(terms)])
        values = [*values, *terms]
        if media_types:
            condition += f" AND media_type IN ({', '.join('?' * len(media_types))})"
            values = [*values, *media_types]
        ((matching,),) = self._rows(f"SELECT count(*) FROM documents WHERE {condition}", values)
        sorting = f"ORDER BY {_SORTING[order]}doc LIMIT ? OFFSET ?"
        query = f"SELECT doc_id FROM documents WHERE {condition} {sorting}"
        rows = self._rows(query, [*values, most, first])
        return Listing([doc_id for (doc_id,) in rows], matching)

    def files_below(self, folder: str) -> list[ListedFile]:
        """The files in a folder of the corpus and its subfolders, by path."""
        query = (
            "SELECT path, size, modified_ns, skipped, detail, coalesce(doc_id, ''), "
            "coalesce(title, ''), count(doc), min(doc) FROM files LEFT JOIN documents USING (file) "
            "WHERE path > ? AND path < ? GROUP BY files.file ORDER BY path"
        )
        rows = self._rows(query, (f"{folder}/", f"{folder}0"))  # "0" comes after "/"
        return [
            ListedFile(path, size, time, kind and SkipReason(SkipKind(kind), detail), *document)
            for path, size, time, kind, detail, *document, _ in rows
        ]

    def media_types(self, filters: Filters) -> list[DocumentCount]:
        """The media types of the documents that the filters admit, most documents first."""
        return [DocumentCount(kind.media_type, kind.documents) for kind in self.formats(filters)]

    def formats(self, filters: Filters | None = None) -> list[MediaTypeCount]:
        """Every media type of the admitted documents, most documents first."""
        clauses, values = self._conditions(filters or Filters())
        # Passages have a language, too, so the filters apply before they are joined.
        admitted = f"SELECT doc, media_type FROM documents WHERE {' AND '.join(clauses)}"
        query = (
            f"SELECT media_type, count(DISTINCT doc), count(row) FROM ({admitted}) "
            "LEFT JOIN passages USING (doc) GROUP BY media_type ORDER BY 2 DESC, 1"
        )
        return [MediaTypeCount(*row) for row in self._rows(query, values)]

    def blank(self) -> list[BlankPages]:
        """The documents that have pages without text."""
        pages = f"""json_extract(extra, '$."{WITHOUT_TEXT}"')"""
        condition = f"{pages} IS NOT NULL"
        query = f"SELECT doc_id, title, {pages} FROM documents WHERE {condition} ORDER BY doc"
        return [BlankPages(*row) for row in self._rows(query, ())]

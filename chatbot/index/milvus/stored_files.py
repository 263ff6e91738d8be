"""Files in Milvus, cut into pieces that fit a field."""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from chatbot.index.milvus.connection import Connection

# A field holds 65,535 characters, which is 49,149 bytes in base64.
_PIECE: Final = 49_149
# Pieces in one request: 6 MB.
_PIECES: Final = 100


class StoredFiles:
    """The files of an index. A name is a path, such as `documents/7`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.address = str(connection.address)
        self.collection = f"{connection.address.name}_files"
        self._there = False

    def create(self) -> None:
        """Make the collection, unless it is there."""
        self._connection.create_files(self.collection)

    def exist(self) -> bool:
        """Whether there is a collection. Raises UsageError for one of another program."""
        self._there = self._there or self._connection.has("files", self.collection)
        return self._there

    def put(self, files: Mapping[str, bytes], *, build: int, doc: int = 0) -> None:
        """Store files that a build brought, and that belong to a document, if any."""
        pieces = (
            piece for name, content in files.items() for piece in _pieces(name, content, build, doc)
        )
        self._put(pieces)

    def put_documents(self, contents: Mapping[int, bytes], *, build: int) -> None:
        """Store the contents of documents, by their numbers."""
        self._put(
            piece
            for doc, content in contents.items()
            for piece in _pieces(document_file(doc), content, build, doc)
        )

    def _put(self, pieces: Iterable[dict[str, Any]]) -> None:
        batch: list[dict[str, Any]] = []
        for piece in pieces:
            batch.append(piece)
            if len(batch) == _PIECES:
                self._connection.put(self.collection, batch)
                batch = []
        if batch:
            self._connection.put(self.collection, batch)

    def get(self, name: str, *, fresh: bool = False) -> bytes | None:
        """The content of a file; None if it isn't there, or not whole."""
        return self.get_all([name], fresh=fresh).get(name)

    def get_all(self, names: Collection[str], *, fresh: bool = False) -> dict[str, bytes]:
        """The contents of those of these files that are there, and whole."""
        fields = ("parts", "data")
        firsts = [_id(name, 0) for name in names]
        found = dict(self._connection.fetch(self.collection, firsts, fields, fresh=fresh))
        ids = {
            name: [_id(name, number) for number in range(found[first]["parts"])]
            for name, first in zip(names, firsts, strict=True)
            if first in found
        }
        others = [piece for pieces in ids.values() for piece in pieces[1:]]
        found |= self._connection.fetch(self.collection, others, fields, fresh=fresh)
        return {
            name: b"".join(base64.b64decode(found[piece]["data"]) for piece in pieces)
            for name, pieces in ids.items()
            if all(piece in found for piece in pieces)
        }

    def delete(self, condition: str) -> None:
        """Delete the pieces that meet a condition."""
        self._connection.delete(self.collection, condition)


def document_file(doc: int) -> str:
    """The name of the file with a document's text."""
    return f"documents/{doc}"


def _id(name: str, number: int) -> str:
    return f"{name}:{number}"


def _pieces(name: str, content: bytes, build: int, doc: int) -> Iterable[dict[str, Any]]:
    parts = -(-len(content) // _PIECE) or 1
    for number in range(parts):
        piece = content[number * _PIECE : (number + 1) * _PIECE]
        yield {
            "id": _id(name, number),
            "build": build,
            "doc": doc,
            "parts": parts,
            "data": base64.b64encode(piece).decode(),
            "unused": [0.0, 1.0],
        }

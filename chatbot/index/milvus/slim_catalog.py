"""A catalogue without texts, for servers that get texts from elsewhere."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from importlib.resources import files
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.int64]

# The columns that are left out, by table. The structure has the offsets of a document's blocks.
_LEFT_OUT: Final = {
    "documents": {"structure": "''", "runs": "x''", "text": "''"},
    "passages": {"embedded": "x''"},
}


def write_slim(source: Path, target: Path) -> None:
    """Copy a catalogue without the columns that only reading a document or a build needs."""
    schema = files("chatbot.index").joinpath("schema.sql").read_text("utf-8")
    with closing(sqlite3.connect(target, isolation_level=None)) as connection:
        connection.executescript(f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; {schema}")
        connection.execute("DROP INDEX passages_by_embedded")
        connection.execute("ATTACH ? AS whole", (str(source),))
        tables = connection.execute("SELECT name FROM main.sqlite_schema WHERE type = 'table'")
        for (table,) in tables.fetchall():
            left_out = _LEFT_OUT.get(table, {})
            names = [name for _, name, *_ in connection.execute(f"PRAGMA main.table_info({table})")]
            columns = ", ".join(left_out.get(name, name) for name in names)
            connection.execute(f"INSERT INTO main.{table} SELECT {columns} FROM whole.{table}")


def content_keys(source: Path, salt: bytes) -> Keys:
    """A hash of everything that is stored of each document, by number.

    `salt` has what all documents of the build share, such as the model.
    """
    address = f"{source.absolute().as_uri()}?mode=ro&immutable=1"
    with closing(sqlite3.connect(address, uri=True)) as connection:
        passages = groupby(
            connection.execute(
                "SELECT doc, embedded, lead, heads, sentences, coalesce(passages.language, '') "
                "FROM documents LEFT JOIN passages USING (doc) ORDER BY doc, row"
            ),
            itemgetter(0),
        )
        documents = connection.execute(
            "SELECT doc_id, fingerprint, structure, runs, title, source FROM documents ORDER BY doc"
        )
        hashes = []
        for fields, (_, rows) in zip(documents, passages, strict=True):
            digest = hashlib.blake2b(salt, digest_size=8)
            for field in (*fields, *(field for row in rows for field in row[1:])):
                content = field.encode() if isinstance(field, str) else field or b""
                digest.update(len(content).to_bytes(8, "little") + content)
            hashes.append(digest.digest())
    return np.frombuffer(b"".join(hashes), np.int64)

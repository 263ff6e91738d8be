"""Restricts a connection to a catalogue to the documents that some people may see.

Temporary views have the names of the tables, and SQLite finds them first. So every query sees only
the visible documents, and no query can forget the condition. Skipped files have no document, and
nobody knows which groups they would name, so they are hidden.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Final

_VISIBLE: Final = "PRAGMA temp_store=MEMORY; CREATE TEMP TABLE visible (doc INTEGER PRIMARY KEY)"
# The plus keeps SQLite from looking up every visible document by number, and reading its text, when
# another index finds the few documents that a query asks for.
_ADMITTED: Final = "+doc IN (SELECT doc FROM temp.visible)"
_VIEWS: Final = f"""
CREATE TEMP VIEW documents AS SELECT * FROM main.documents WHERE {_ADMITTED};
CREATE TEMP VIEW passages AS SELECT * FROM main.passages WHERE {_ADMITTED};
CREATE TEMP VIEW versions AS SELECT * FROM main.versions WHERE {_ADMITTED};
CREATE TEMP VIEW tags AS SELECT * FROM main.tags WHERE {_ADMITTED};
CREATE TEMP VIEW files AS SELECT * FROM main.files WHERE EXISTS
  (SELECT 1 FROM main.documents AS own WHERE own.file = files.file AND {_ADMITTED});
CREATE TEMP VIEW parts AS SELECT * FROM main.parts WHERE 0;
"""


def restrict(connection: sqlite3.Connection, documents: Iterable[int]) -> None:
    """Hide all documents but those with these numbers from the queries of a connection."""
    connection.executescript(_VISIBLE)
    numbers = ((int(number),) for number in documents)
    connection.executemany("INSERT INTO temp.visible VALUES (?)", numbers)
    connection.commit()
    connection.executescript(_VIEWS)

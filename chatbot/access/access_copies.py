"""Users and tokens in a backup.

Sessions, cookie keys and failed logins aren't copied, so a backup logs nobody in.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from chatbot.access.access_file import AccessFile

_TABLES: Final = {
    "users": "name, role, groups, password, subject, disabled, created, last_login",
    "tokens": "name, hash, role, groups, created, expires",
}


def copy_access(file: AccessFile, target: Path) -> None:
    """Write users and tokens to a new file; nothing if there is no file.

    Raises StorageError.
    """
    rows = {table: _rows(file, table) for table in _TABLES}
    if any(rows.values()):
        _insert(AccessFile(target), rows)


def restore_access(file: AccessFile, source: Path) -> int:
    """Add the users and tokens of a copy to a file that has none, and return their number.

    A file with a user or a token stays as it is, or else what was deleted, disabled or revoked
    after the backup would be valid again. Raises StorageError.
    """
    copy = AccessFile(source)
    return _insert(file, {table: _rows(copy, table) for table in _TABLES})


def _rows(file: AccessFile, table: str) -> list[tuple[object, ...]]:
    with file.reading() as connection:
        if connection is None:
            return []
        return connection.execute(f"SELECT {_TABLES[table]} FROM {table}").fetchall()


def _insert(file: AccessFile, rows: dict[str, list[tuple[object, ...]]]) -> int:
    """Insert the rows, all or none, if there are no users and tokens yet."""
    with file.writing() as connection:
        counts = [connection.execute(f"SELECT count(*) FROM {table}") for table in _TABLES]
        if any(count for cursor in counts for (count,) in cursor):
            return 0
        for table, columns in _TABLES.items():
            marks = ", ".join("?" * len(columns.split(", ")))
            connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows[table])
    return sum(map(len, rows.values()))

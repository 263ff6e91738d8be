"""A private SQLite database that several processes may write while it is moved or restored.

The first write creates it, with mode 0600. Each call opens and closes it, so the next call sees
what another process has written.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from chatbot.errors import StorageError

Connection = sqlite3.Connection

_LOCK_TIMEOUT_SECONDS: Final = 5


class SqliteFile:
    """The file at a path, which need not exist. Every method may raise StorageError.

    `tables` is a script that creates the tables and does no harm if they exist, and `schema` their
    version. `setting` names the file in messages, and where its path comes from.
    """

    def __init__(self, path: Path, *, setting: str, name: str, schema: int, tables: str) -> None:
        self.path = path
        self._setting = setting
        self._name = name
        self._schema = schema
        self._tables = f"BEGIN IMMEDIATE; {tables} PRAGMA user_version = {schema}; COMMIT;"

    @contextmanager
    def reading(self) -> Iterator[Connection | None]:
        """A connection to read from; None if there is no file yet."""
        with self._translated_errors("read"):
            if not self.path.exists():
                yield None
                return
            with closing(self._connect("rw")) as connection:
                yield connection if self._has_tables(connection) else None

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection in a transaction that no other process interrupts."""
        with self._translated_errors("written"):
            self._make_private()
            with closing(self._connect("rwc")) as connection:
                if not self._has_tables(connection):
                    # In WAL mode readers and the writer don't wait for each other.
                    connection.execute("PRAGMA journal_mode = WAL")
                    connection.executescript(self._tables)
                connection.execute("BEGIN IMMEDIATE")
                with connection:
                    yield connection

    def _make_private(self) -> None:
        """Create the file for its owner only, and take it from everyone else if it exists.

        A group keeps its access. SQLite gives its other files the same permissions.
        """
        try:
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError:
            mode = self.path.stat().st_mode
            if os.name == "posix" and mode & 0o007:
                with suppress(PermissionError):  # another user's file
                    self.path.chmod(mode & ~0o007)
        except OSError:
            return  # SQLite says why the file can't be created

    def _connect(self, mode: str) -> Connection:
        address = f"{self.path.absolute().as_uri()}?mode={mode}"
        return sqlite3.connect(
            address, uri=True, timeout=_LOCK_TIMEOUT_SECONDS, isolation_level=None
        )

    def _has_tables(self, connection: Connection) -> bool:
        """Whether the tables exist. Raises StorageError if a later version wrote them."""
        ((schema,),) = connection.execute("PRAGMA user_version").fetchall()
        if schema > self._schema:
            raise StorageError(
                f"{self.path} was written by a later version of the chatbot. "
                f"Use that version, or name another file in the setting {self._setting}."
            )
        return bool(schema)

    @contextmanager
    def _translated_errors(self, action: str) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as failure:
            raise StorageError(
                f"The {self._name} {self.path} can't be {action} ({failure}). "
                f"Make it writable, or name another in the setting {self._setting}."
            ) from failure

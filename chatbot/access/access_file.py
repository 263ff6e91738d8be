"""The file of users, tokens, sessions and login attempts; see `chatbot.sqlite_file`.

Passwords are stored as argon2 hashes. Tokens and sessions are random, so their SHA-256 is enough.
"""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path
from typing import Final

from chatbot.sqlite_file import Connection, SqliteFile

__all__ = ["AccessFile", "Connection", "hash_of", "random_secret"]

_SCHEMA: Final = 1
# Times are seconds since 1970. `subject` is the provider's id of a person who logs in there.
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS users (
  name TEXT PRIMARY KEY, role TEXT NOT NULL, groups TEXT NOT NULL, password TEXT,
  subject TEXT, disabled INTEGER NOT NULL DEFAULT 0, created REAL NOT NULL, last_login REAL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tokens (
  name TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, role TEXT NOT NULL, groups TEXT NOT NULL,
  created REAL NOT NULL, expires REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sessions (
  hash TEXT PRIMARY KEY, user TEXT NOT NULL, expires REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sessions_of_user ON sessions (user);
CREATE TABLE IF NOT EXISTS attempts (
  subject TEXT PRIMARY KEY, failures INTEGER NOT NULL, next REAL NOT NULL, last REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS keys (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""


class AccessFile(SqliteFile):
    """The access file at a path, which need not exist. Every method may raise StorageError."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            path.absolute(),
            setting="access_file",
            name="access file",
            schema=_SCHEMA,
            tables=_TABLES,
        )

    def key(self, name: str) -> str:
        """The random key with this name, made on first use and kept across restarts."""
        with self.writing() as connection:
            connection.execute("INSERT OR IGNORE INTO keys VALUES (?, ?)", (name, random_secret()))
            ((value,),) = connection.execute("SELECT value FROM keys WHERE name = ?", (name,))
        return str(value)


def random_secret() -> str:
    """A secret that can't be guessed: 256 random bits."""
    return secrets.token_urlsafe(32)


def hash_of(secret: str) -> str:
    """The SHA-256 of a random secret: the file stores this instead of the secret."""
    return hashlib.sha256(secret.encode()).hexdigest()

"""Sessions of users, kept by the server, so that logging out and disabling end them at once."""

from __future__ import annotations

import time

from chatbot.access.access_file import AccessFile, Connection, hash_of, random_secret
from chatbot.access.person import Person
from chatbot.access.users import Login, person_from


class Sessions:
    """The sessions in an access file. Every method may raise StorageError."""

    def __init__(self, file: AccessFile, *, hours: float) -> None:
        self._file = file
        self._seconds = hours * 3600

    def start(self, user: str) -> str:
        """Start a session and return its secret, which only the user's browser has."""
        secret, now = random_secret(), time.time()
        with self._file.writing() as connection:
            self._insert(connection, user, secret, now)
        return secret

    def start_after(self, login: Login) -> str | None:
        """The same after a login; None if the password was changed, or the user disabled, since.

        Checking a password takes a while, and a change ends only the sessions that it finds.
        """
        secret, now = random_secret(), time.time()
        with self._file.writing() as connection:
            unchanged = connection.execute(
                "SELECT 1 FROM users WHERE name = ? AND password = ? AND NOT disabled",
                (login.name, login.stored),
            ).fetchone()
            if not unchanged:
                return None
            self._insert(connection, login.name, secret, now)
        return secret

    def _insert(self, connection: Connection, user: str, secret: str, now: float) -> None:
        connection.execute("DELETE FROM sessions WHERE expires <= ?", (now,))
        connection.execute(
            "INSERT INTO sessions VALUES (?, ?, ?)",
            (hash_of(secret), user, now + self._seconds),
        )
        connection.execute("UPDATE users SET last_login = ? WHERE name = ?", (now, user))

    def person(self, secret: str) -> Person | None:
        """The user of a session; None if it has ended or the user is disabled."""
        query = (
            "SELECT name, role, groups FROM sessions JOIN users ON name = user "
            "WHERE hash = ? AND expires > ? AND NOT disabled"
        )
        with self._file.reading() as connection:
            if connection is None:
                return None
            row = connection.execute(query, (hash_of(secret), time.time())).fetchone()
        return person_from(*row) if row else None

    def end(self, secret: str) -> None:
        """End a session."""
        with self._file.writing() as connection:
            connection.execute("DELETE FROM sessions WHERE hash = ?", (hash_of(secret),))

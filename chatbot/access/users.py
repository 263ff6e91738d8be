"""Users: people who log in with a password, and people whom a provider has logged in."""

from __future__ import annotations

import json
import time
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from chatbot.access import passwords
from chatbot.access.access_file import AccessFile, Connection
from chatbot.access.person import Person, Role
from chatbot.errors import NotFound, UsageError

_LONGEST_NAME = 100
# What the name of a program begins with, so that it's never that of a person.
TOKENS_PREFIX = "token:"


@dataclass(frozen=True, slots=True)
class User:
    """A user as the command line lists them; times are seconds since 1970."""

    name: str
    role: Role
    groups: tuple[str, ...]
    disabled: bool
    last_login: float | None


@dataclass(frozen=True, slots=True)
class Login:
    """A user who gave their password, and the stored hash that it was compared with."""

    name: str
    stored: str


class Users:
    """The users in an access file. Every method may raise StorageError."""

    def __init__(self, file: AccessFile) -> None:
        self._file = file

    def add(self, name: str, password: str, role: Role, groups: Iterable[str]) -> None:
        """Add a user. Raises UsageError if the name is taken or invalid."""
        values = (plain_name(name), role, groups_text(groups), passwords.hashed(password))
        with self._file.writing() as connection:
            added = connection.execute(
                "INSERT OR IGNORE INTO users (name, role, groups, password, created) "
                "VALUES (?, ?, ?, ?, ?)",
                (*values, time.time()),
            )
            if not added.rowcount:
                raise UsageError(
                    f"There is already a user {values[0]}. "
                    f"Change it with: chatbot users change {values[0]}"
                )

    def change(self, name: str, role: Role | None, groups: Iterable[str] | None) -> None:
        """Give a user another role or other groups; None leaves them. Raises NotFound."""
        new_groups = None if groups is None else groups_text(groups)
        with self._file.writing() as connection:
            changed = connection.execute(
                "UPDATE users SET role = coalesce(?, role), groups = coalesce(?, groups) "
                "WHERE name = ?",
                (role, new_groups, folded(name)),
            )
            _must_exist(changed.rowcount, name)

    def set_password(self, name: str, password: str) -> None:
        """Change a password and end the user's sessions. Raises NotFound, UsageError."""
        stored = passwords.hashed(password)
        with self._file.writing() as connection:
            changed = connection.execute(
                "UPDATE users SET password = ? WHERE name = ?", (stored, folded(name))
            )
            _must_exist(changed.rowcount, name)
            _end_sessions(connection, name)

    def change_own_password(self, login: Login, password: str) -> Login | None:
        """The same by the user, who gave the old one; None if it's no longer the stored one.

        Raises UsageError.
        """
        stored = passwords.hashed(password)
        with self._file.writing() as connection:
            changed = connection.execute(
                "UPDATE users SET password = ? WHERE name = ? AND password = ? AND NOT disabled",
                (stored, login.name, login.stored),
            )
            if not changed.rowcount:
                return None
            _end_sessions(connection, login.name)
        return Login(login.name, stored)

    def set_disabled(self, name: str, *, disabled: bool) -> None:
        """Shut a user out and end their sessions, or let them in again. Raises NotFound."""
        with self._file.writing() as connection:
            changed = connection.execute(
                "UPDATE users SET disabled = ? WHERE name = ?", (disabled, folded(name))
            )
            _must_exist(changed.rowcount, name)
            _end_sessions(connection, name)

    def all(self) -> tuple[User, ...]:
        """All users in order of name."""
        query = "SELECT name, role, groups, disabled, last_login FROM users ORDER BY name"
        with self._file.reading() as connection:
            rows = connection.execute(query).fetchall() if connection else []
        return tuple(
            User(name, Role(role), tuple(json.loads(groups)), bool(disabled), last_login)
            for name, role, groups, disabled, last_login in rows
        )

    def with_password(self, name: str, password: str) -> Login | None:
        """The user with this name and password.

        None if the password is wrong, or if the user is unknown or disabled. All three take equally
        long.
        """
        query = "SELECT name, password FROM users WHERE name = ? AND NOT disabled"
        with self._file.reading() as connection:
            row = connection.execute(query, (folded(name),)).fetchone() if connection else None
        known, stored = row or (None, None)
        if not passwords.is_right(password, stored) or stored is None:
            return None
        if passwords.is_outdated(stored):
            newer = passwords.hashed(password)
            with self._file.writing() as connection:
                replaced = connection.execute(
                    "UPDATE users SET password = ? WHERE name = ? AND password = ?",
                    (newer, known, stored),
                )
            stored = newer if replaced.rowcount else stored
        return Login(str(known), str(stored))

    def from_provider(self, name: str, subject: str, role: Role, groups: Iterable[str]) -> str:
        """Store a person whom a provider has logged in, and return their stored name.

        Role and groups replace those of the last login. Raises UsageError for a disabled user, and
        if the name belongs to another account.
        """
        plain = plain_name(name)
        with self._file.writing() as connection:
            # A person may have another name now, and be disabled under the one before.
            refused = connection.execute(
                "SELECT 1 FROM users WHERE (name = ? AND subject IS NOT ?) "
                "OR (subject = ? AND disabled)",
                (plain, subject, subject),
            ).fetchone()
            if refused:
                raise UsageError("This account may not log in here. Ask the administrator.")
            connection.execute(
                "INSERT INTO users (name, role, groups, subject, created) VALUES (?, ?, ?, ?, ?) "
                "ON CONFLICT DO UPDATE SET role = excluded.role, groups = excluded.groups",
                (plain, role, groups_text(groups), subject, time.time()),
            )
        return plain


def person_from(name: str, role: str, groups: str) -> Person:
    """The person with this stored name, role and groups."""
    stored = Role(role)
    restricted = None if stored is Role.ADMIN else frozenset(json.loads(groups))
    return Person(name, stored, restricted)


def plain_name(name: str) -> str:
    """A name in the form in which it is stored: names that differ only in case are the same.

    Raises UsageError for a name with spaces or invisible characters, and for that of a token.
    """
    plain = folded(name)
    if plain.startswith(TOKENS_PREFIX):
        raise UsageError(f"{name!r:.120} would be taken for a token. Choose another name.")
    visible = plain.isprintable() and not any(map(str.isspace, plain))
    if not (plain and visible and len(plain) <= _LONGEST_NAME):
        raise UsageError(
            f"{name!r:.120} isn't a valid name. Use up to {_LONGEST_NAME} letters, digits and "
            f"punctuation marks, without spaces."
        )
    return plain


def groups_text(groups: Iterable[str]) -> str:
    """Groups as they are stored. Raises UsageError for a name that is empty or can't be seen."""
    names = sorted({group.strip() for group in groups})
    if not all(name and name.isprintable() for name in names):
        raise UsageError("The name of a group is empty or has invisible characters. Correct it.")
    return json.dumps(names, ensure_ascii=False)


def folded(name: str) -> str:
    """A name of any form as it is stored, valid or not."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def _end_sessions(connection: Connection, name: str) -> None:
    connection.execute("DELETE FROM sessions WHERE user = ?", (folded(name),))


def _must_exist(changed: int, name: str) -> None:
    if not changed:
        raise NotFound(f"There is no user {name!r}. List them with: chatbot users list")

"""Tokens: programs send one instead of logging in."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from chatbot.access.access_file import AccessFile, hash_of, random_secret
from chatbot.access.person import Person, Role
from chatbot.access.users import TOKENS_PREFIX, folded, groups_text, person_from, plain_name
from chatbot.errors import NotFound, UsageError

# Scanners for leaked secrets recognise it.
_PREFIX: Final = "chatbot_"
_DAY: Final = 86_400
_MOST_DAYS: Final = 36_500


@dataclass(frozen=True, slots=True)
class Token:
    """A token as the command line lists it, without its secret; times are seconds since 1970."""

    name: str
    role: Role
    groups: tuple[str, ...]
    created: float
    expires: float


class Tokens:
    """The tokens in an access file. Every method may raise StorageError."""

    def __init__(self, file: AccessFile) -> None:
        self._file = file

    def add(self, name: str, role: Role, groups: Iterable[str], *, days: float) -> str:
        """Add a token and return its secret, which is stored nowhere.

        Raises UsageError if the name is taken or invalid, or for more than _MOST_DAYS.
        """
        if not days <= _MOST_DAYS:  # NaN isn't either
            raise UsageError(
                f"A token can't last {days:,g} days. Choose at most {_MOST_DAYS:,} days."
            )
        plain, secret, now = plain_name(name), _PREFIX + random_secret(), time.time()
        expires = now + days * _DAY
        with self._file.writing() as connection:
            added = connection.execute(
                "INSERT OR IGNORE INTO tokens VALUES (?, ?, ?, ?, ?, ?)",
                (plain, hash_of(secret), role, groups_text(groups), now, expires),
            )
            if not added.rowcount:
                raise UsageError(
                    f"There is already a token {plain}. "
                    f"Choose another name, or first run: chatbot tokens revoke {plain}"
                )
        return secret

    def revoke(self, name: str) -> None:
        """Delete a token. Raises NotFound."""
        with self._file.writing() as connection:
            deleted = connection.execute("DELETE FROM tokens WHERE name = ?", (folded(name),))
            if not deleted.rowcount:
                raise NotFound(f"There is no token {name!r}. List them with: chatbot tokens list")

    def all(self) -> tuple[Token, ...]:
        """All tokens in order of name, expired ones included."""
        query = "SELECT name, role, groups, created, expires FROM tokens ORDER BY name"
        with self._file.reading() as connection:
            rows = connection.execute(query).fetchall() if connection else []
        return tuple(
            Token(name, Role(role), tuple(json.loads(groups)), created, expires)
            for name, role, groups, created, expires in rows
        )

    def person(self, secret: str) -> Person | None:
        """The program with this token; None if it's unknown, revoked or expired."""
        query = "SELECT name, role, groups FROM tokens WHERE hash = ? AND expires > ?"
        with self._file.reading() as connection:
            if connection is None:
                return None
            row = connection.execute(query, (hash_of(secret), time.time())).fetchone()
        if row is None:
            return None
        name, role, groups = row
        return replace(person_from(f"{TOKENS_PREFIX}{name}", role, groups), is_program=True)

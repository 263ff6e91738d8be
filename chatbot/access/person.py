"""The person or program behind a request, with a role and groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

# The key of the person in an ASGI scope. Only the guard sets it.
SCOPE_KEY: Final = "chatbot.person"


class Role(StrEnum):
    """What a person may do; each role may also do what the roles before it may.

    A reader asks, reads sources and gives feedback. A curator also adds documents and reads What's
    included and the metrics. An admin sees every document.
    """

    READER = "reader"
    CURATOR = "curator"
    ADMIN = "admin"

    def includes(self, other: Role) -> bool:
        """Whether this role may do everything that the other may."""
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(other)


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever is asking: a user, a program with a token, or everyone if there is no login.

    `groups` decide which documents the person may see; None means every document. Admins always
    have None, and so has everyone if there is no login. `is_program` says that a token was sent.
    """

    name: str
    role: Role
    groups: frozenset[str] | None
    is_program: bool = False


EVERYONE: Final = Person("everyone", Role.ADMIN, None)


def person_of(scope: Mapping[str, Any]) -> Person:
    """The person behind a request, given its ASGI scope.

    Raises LookupError for a request that didn't pass the guard.
    """
    person = scope.get(SCOPE_KEY)
    if not isinstance(person, Person):
        raise LookupError("This request has no person: it didn't pass the guard.")  # noqa: TRY004
    return person

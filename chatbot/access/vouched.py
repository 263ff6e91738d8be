"""People for whom a proxy or a provider vouches; their role comes from their groups."""

from __future__ import annotations

from collections.abc import Iterable

from chatbot.access.person import Person, Role
from chatbot.access.users import plain_name
from chatbot.settings import Settings


def vouched_person(name: str, groups: Iterable[str], settings: Settings) -> Person:
    """The person with this name and these groups. Raises UsageError for an invalid name."""
    members = frozenset(filter(None, map(str.strip, groups)))
    if settings.admin_group in members:
        role = Role.ADMIN
    else:
        role = Role.CURATOR if settings.curator_group in members else Role.READER
    return Person(plain_name(name), role, None if role is Role.ADMIN else members)

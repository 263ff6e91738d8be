"""Who is asking: people and programs, with their role and groups."""

from __future__ import annotations

from chatbot.access.person import EVERYONE, Person, Role, person_of

__all__ = ["EVERYONE", "Person", "Role", "person_of"]

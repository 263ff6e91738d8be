"""Passwords as argon2id hashes, with the parameters of RFC 9106 for machines with little memory."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from chatbot.errors import UsageError

SHORTEST: Final = 12
LONGEST: Final = 1000


def hashed(password: str) -> str:
    """The hash of a new password. Raises UsageError if it is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise UsageError(
            f"A password needs {SHORTEST} to {LONGEST:,} characters. "
            f"Choose another one, such as four random words."
        )
    return _hasher().hash(_bytes(password))


def is_right(password: str, stored: str | None) -> bool:
    """Whether this is the password. It takes as long if there is no stored hash to compare with."""
    try:
        _hasher().verify(stored or _nobodys_hash(), _bytes(password[: LONGEST + 1]))
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def is_outdated(stored: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _hasher().check_needs_rehash(stored)


def _bytes(password: str) -> bytes:
    # Keyboards differ in how they compose accents. A form may hold a lone surrogate.
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


@cache
def _hasher() -> PasswordHasher:
    from argon2.profiles import RFC_9106_LOW_MEMORY

    return PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)


@cache
def _nobodys_hash() -> str:
    """A hash to compare with if there is no such user, which takes as long as for a real one."""
    return _hasher().hash(b"nobody has this password")

"""Base64 without its padding, which the standard library doesn't decode."""

from __future__ import annotations

import re
from base64 import b64decode
from typing import Final

_LETTERS: Final = re.compile(r"[A-Za-z0-9+/]+")


def bytes_of_base64(text: str) -> bytes | None:
    """The bytes of base64, padded or not, with or without line breaks; None for other text."""
    letters = "".join(text.split()).rstrip("=")
    if not _LETTERS.fullmatch(letters):
        return None
    try:
        return b64decode(letters + "=" * (-len(letters) % 4))
    except ValueError:
        return None

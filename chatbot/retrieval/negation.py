"""Whether a text denies something, in the languages of the page."""

from __future__ import annotations

import re
from typing import Final

_NEGATION: Final = re.compile(
    r"\b(?:not|no|never|neither|nor|without|nicht|kein\w*|ne|pas|не|нет)\b|n['’]t\b|不|没",
    re.IGNORECASE,
)


def is_negated(text: str) -> bool:
    """Whether a text has a word such as "not"."""
    return bool(_NEGATION.search(text))

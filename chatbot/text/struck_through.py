"""Struck-through words: they stay in the text between marks, but are no longer valid."""

from __future__ import annotations

import re
from typing import Final

STRUCK: Final = "~~"
# A pair of marks around words; longer rows of tildes are text.
STRUCK_WORDS: Final = re.compile(
    rf"(?:^|(?<=[^~])){STRUCK}([^\s~](?:.*?[^\s~])??){STRUCK}(?!~)", re.DOTALL
)


def masked(text: str, mask: str) -> str:
    """The text with a one-character mask in place of every struck character and its marks."""
    return STRUCK_WORDS.sub(lambda found: mask * len(found[0]), text)

"""Recognise Western European text in Windows-1252 or Mac Roman.

These are the most frequent undeclared encodings, and statistics fail on them: beyond ASCII an
English text has only a few quotes, and French differs from Polish in a handful of letters. So this
module looks for the impossible: text in another encoding, read as Windows-1252, soon has a letter
that no Western language has, or a sign in the middle of a word.
"""

from __future__ import annotations

import re
from typing import Final

_LETTERS: Final = "àáâãäåæçèéêëìíîïñòóôõöøùúûüßœ"
_IN_WORDS: Final = "’–—·"
_SIGNS: Final = "\xa0€‚„…†‡‰‹‘“”•™›¡¢£¥§©ª«¬®¯°±²³´µ¶¹º»¼½¾¿×÷"
_IMPOSSIBLE: Final = re.compile(
    rf"[^\x00-\x7f{_LETTERS}{_IN_WORDS}{_SIGNS}]"
    rf"|[{_LETTERS}]{{3}}"  # words of accented letters only: Cyrillic, Greek, Chinese ...
    rf"|(?<=[^\W\d_])[{_SIGNS[1:]}](?=[^\W\d_])"
    r"|õ(?!e)",  # Portuguese has õ only before e; elsewhere it's a Hungarian ő
    re.IGNORECASE,
)
_LETTER: Final = re.compile(r"[^\W\d_]")
# The highest share of accented letters. French, with the most of all, has one in twelve. Mac Roman
# is recognised for English only: its accents are other letters in Windows-1250.
_ENCODINGS: Final = (("cp1252", 0.25), ("mac_roman", 0.0))


def western_text(data: bytes) -> str | None:
    """The text in the first encoding that makes it Western; None if no encoding does."""
    for encoding, most_accents in _ENCODINGS:
        text = data.decode(encoding, "replace")
        if _is_western(text, most_accents):
            return text
    return None


def _is_western(text: str, most_accents: float) -> bool:
    """Whether every character can occur in Western text, and accents aren't too frequent."""
    if _IMPOSSIBLE.search(text):
        return False
    letters = "".join(_LETTER.findall(text))
    return non_ascii(letters) <= most_accents * len(letters)


def non_ascii(text: str) -> int:
    """The number of characters beyond ASCII."""
    return len(text) - len(text.encode("ascii", "ignore"))

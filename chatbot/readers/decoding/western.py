"""Whether bytes are Western European text in Windows-1252, or in the Mac's own encoding.

No encoding is met more often undeclared, and statistics fail on it: an English text has nothing
beyond ASCII but a few quotes, a French one differs from Polish in a handful of letters. What it
cannot hold tells more: read as Windows-1252, another encoding soon shows a letter that no
Western language has, or a sign in the middle of a word.
"""

from __future__ import annotations

import re
from typing import Final

_LETTERS: Final = "àáâãäåæçèéêëìíîïñòóôõöøùúûüßœ"
_IN_WORDS: Final = "’–—·"
_SIGNS: Final = "\xa0€‚„…†‡‰‹‘“”•™›¡¢£¥§©ª«¬®¯°±²³´µ¶¹º»¼½¾¿×÷"
_IMPOSSIBLE: Final = re.compile(
    rf"[^\x00-\x7f{_LETTERS}{_IN_WORDS}{_SIGNS}]"
    rf"|[{_LETTERS}]{{3}}"  # words of nothing but such letters: Cyrillic, Greek, Chinese ...
    rf"|(?<=[^\W\d_])[{_SIGNS[1:]}](?=[^\W\d_])"
    r"|õ(?!e)",  # in Portuguese always before e, where the Hungarian ő is anywhere
    re.IGNORECASE,
)
_LETTER: Final = re.compile(r"[^\W\d_]")
# French, the richest in accents, has them on one letter in twelve. Of a Mac, English only: its
# accents are those that Windows-1250 has other letters for.
_ENCODINGS: Final = (("cp1252", 0.25), ("mac_roman", 0.0))


def western_text(data: bytes) -> str | None:
    """The text in the first of the two encodings in which it is Western; None in neither."""
    for encoding, most_accents in _ENCODINGS:
        text = data.decode(encoding, "replace")
        if _is_western(text, most_accents):
            return text
    return None


def _is_western(text: str, most_accents: float) -> bool:
    """Whether there is nothing that Western text does not have, nor too much of what it has."""
    if _IMPOSSIBLE.search(text):
        return False
    letters = _LETTER.findall(text)
    accented = sum(not letter.isascii() for letter in letters)
    return accented <= most_accents * len(letters)

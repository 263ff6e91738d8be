"""Letters that a broken font shifts: each code is off by the same number.

If a file names the glyphs of a font by number and not by letter, "This is" is copied as "7KLV LV".
Function words show by how much the codes are shifted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from chatbot.text.function_words import counts_by_language, function_words

_SHIFTS: Final = (29, 31, 28, 30, 27, 32, -29, -31, 1, -1, 2, -2, 3, -3)
_LEAST_LETTERS: Final = 120
_LEAST_WORDS: Final = 6  # different function words
# Shares of function words: a third of the words of most prose, and hardly any of other letters.
_PROSE: Final = 0.2
_NO_PROSE: Final = 0.08
_SAMPLES: Final = 5
_SAMPLE: Final = 4_000
_LEAST_LATIN: Final = 60
_NO_VOWEL: Final = 0.25
_LATIN: Final = re.compile(r"\b[A-Za-z]{3,}\b")
_VOWEL: Final = re.compile(r"[AEIOUaeiou]")
# Private use, the sign for an unknown character, and control characters.
_SIGNS: Final = re.compile("[\ue000-\uf8ff\ufffd\x01-\x08\x0e-\x1f]")
# Single letters and figures say nothing.
_WORD: Final = re.compile(r"[^\W\d_]{2,}")


def shift_of(text: str) -> int:
    """The number to add to each code of a text to make words of it; 0 if it has words already."""
    text = text[:20_000]
    if len(text) < _LEAST_LETTERS or _prose_share(text) > _NO_PROSE:
        return 0
    shares = {shift: _prose_share(shifted(text, shift)) for shift in _SHIFTS}
    best = max(shares, key=lambda shift: shares[shift])
    return best if shares[best] >= _PROSE else 0


def shifted(text: str, shift: int) -> str:
    """The text with a number added to the code of each printed ASCII character."""
    table = {
        code: code + shift
        for code in range(1, 0x7F)
        if 0x20 <= code + shift < 0x7F and chr(code) not in "\t\n\r "
    }
    return text.translate(table)


def has_words(texts: Sequence[str]) -> bool:
    """Whether some pages of a document have words of a language, so that it needs no repair."""
    step = max(1, len(texts) // _SAMPLES)
    return _prose_share(" ".join(text[:_SAMPLE] for text in texts[::step])) > _NO_PROSE


def is_unreadable(texts: Iterable[str]) -> bool:
    """Whether the letters of a document make no words: signs without meaning, or few vowels."""
    text = "".join(texts)[:100_000]
    printed = sum(not char.isspace() for char in text)
    if printed < _LEAST_LETTERS or _prose_share(text) > _NO_PROSE:
        return False
    if len(_SIGNS.findall(text)) > 0.5 * printed:
        return True
    # Abbreviations have no vowels either, but they are in capitals.
    words = {word for word in _LATIN.findall(text) if not word.isupper()}
    without = sum(_VOWEL.search(word) is None for word in words)
    return len(words) >= _LEAST_LATIN and without > _NO_VOWEL * len(words)


def _prose_share(text: str) -> float:
    """The share of function words of one language in the words of a text; 0 for very few."""
    words = _WORD.findall(text.casefold())
    counts = counts_by_language(words).most_common(1)
    if not counts or counts[0][1] < _LEAST_WORDS:
        return 0.0
    known = function_words()[counts[0][0]]
    return sum(word in known for word in words) / len(words)

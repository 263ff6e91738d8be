"""Writing systems, as far as search needs them."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import Final

# Chinese, Japanese, Thai, Lao, Khmer and Burmese are written without spaces between words.
UNSPACED_LETTERS: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
)
UNSPACED: Final = re.compile(f"[{UNSPACED_LETTERS}]+")
HANGUL: Final = re.compile("[\uac00-\ud7a3]+")

# A Chinese character or a Korean syllable says about as much as three letters.
_DENSE_SCRIPTS: Final = frozenset({"Han", "Kana", "Hangul"})
_DENSITY: Final = 3
_CACHED_CHARACTERS: Final = 10_000
_SCRIPTS: Final = {
    "Latin": "A-Za-z\u00aa-\u024f\u1e00-\u1eff",
    "Greek": "\u0370-\u03ff\u1f00-\u1fff",
    "Cyrillic": "\u0400-\u052f",
    "Armenian": "\u0530-\u058f",
    "Hebrew": "\u0590-\u05ff",
    "Arabic": "\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff",
    "Devanagari": "\u0900-\u097f",
    "Bengali": "\u0980-\u09ff",
    "Tamil": "\u0b80-\u0bff",
    "Telugu": "\u0c00-\u0c7f",
    "Thai": "\u0e00-\u0e7f",
    "Georgian": "\u10a0-\u10ff",
    "Hangul": "\u1100-\u11ff\uac00-\ud7a3",
    "Kana": "\u3040-\u30ff",
    "Han": "\u3400-\u9fff\uf900-\ufaff",
}
_LETTERS: Final = re.compile("|".join(f"(?P<{name}>[{span}])" for name, span in _SCRIPTS.items()))


def cut_into_pairs(word: str) -> bool:
    """Whether the index stores pairs of the characters of this word."""
    return bool(UNSPACED.search(word) or HANGUL.search(word))


def script_shares(text: str) -> dict[str, float]:
    """The share of each script in the letters of a text, the largest first."""
    if text.isascii():
        return {"Latin": 1.0} if _LETTERS.search(text) else {}
    letters: Counter[str] = Counter()
    for character, count in Counter(text).items():
        if script := _script_of(character):
            letters[script] += count * (_DENSITY if script in _DENSE_SCRIPTS else 1)
    total = letters.total()
    return {script: count / total for script, count in letters.most_common()}


@lru_cache(_CACHED_CHARACTERS)
def _script_of(character: str) -> str | None:
    match = _LETTERS.match(character)
    return match.lastgroup if match else None

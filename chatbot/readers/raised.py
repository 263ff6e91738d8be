"""Raised figures: a power or the number of a note is never read as part of the figure before it."""

from __future__ import annotations

from typing import Final

_FIGURES: Final = str.maketrans("0123456789+-−=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ")
_SIGNS: Final = frozenset("0123456789+-−=()ni,;*† \u00a0")


def raised(words: str) -> str:
    """Raised words as Unicode writes them, if they are figures: 10³ m², 50¹ euros; else as is."""
    return words.translate(_FIGURES) if _SIGNS.issuperset(words) else words

"""How text becomes terms, the same for passages and questions."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from itertools import chain
from typing import Final, TypeVar

import tantivy

from chatbot.text.spelling import one_spelling

_LONGEST_WORD: Final = 64
_CACHED_PIECES: Final = 65_536

T = TypeVar("T")

# Chinese, Japanese, Thai, Lao, Khmer and Burmese are written without spaces between words.
_UNSPACED: Final = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+"
)


class Analyzer:
    """Splits text into the terms of the index."""

    def __init__(self) -> None:
        self._analyzer = _tantivy_analyzer()
        self._cached_terms_of = cached(self.terms_of)

    def terms(self, text: str) -> list[str]:
        """The terms of a text, in order, with repetitions."""
        return list(chain.from_iterable(map(self._cached_terms_of, text.split())))

    def terms_of(self, piece: str) -> tuple[str, ...]:
        """The terms of a piece of text without white space."""
        return tuple(self._analyzer.analyze(_searchable(piece)))


def cached(terms_of: Callable[[str], tuple[T, ...]]) -> Callable[[str], tuple[T, ...]]:
    """Cache a function of pieces of text without white space.

    White space always separates terms, and most pieces recur. Long pieces don't: they are whole
    sentences of scripts without spaces. The results are tuples, because Python's garbage
    collector would visit each of thousands of lists.
    """
    cached_terms_of = lru_cache(_CACHED_PIECES)(terms_of)
    return lambda piece: (cached_terms_of if len(piece) <= _LONGEST_WORD else terms_of)(piece)


def _tantivy_analyzer() -> tantivy.TextAnalyzer:
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    for step in (
        tantivy.Filter.remove_long(_LONGEST_WORD),
        tantivy.Filter.lowercase(),
        tantivy.Filter.ascii_fold(),
        tantivy.Filter.stemmer("english"),
    ):
        builder = builder.filter(step)
    return builder.build()


def _searchable(piece: str) -> str:
    """The piece in one spelling, with scripts without spaces cut into overlapping bigrams."""
    spelled = one_spelling(piece)
    return spelled if spelled.isascii() else _UNSPACED.sub(_bigrams, spelled)


def _bigrams(match: re.Match[str]) -> str:
    run = match.group()
    return f" {' '.join(run[start : start + 2] for start in range(max(1, len(run) - 1)))} "

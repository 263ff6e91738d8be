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
_REMEMBERED_PIECES: Final = 65_536

T = TypeVar("T")

# Chinese, Japanese, Thai, Lao, Khmer and Burmese are written without spaces between words.
_UNSPACED: Final = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+"
)


class Words:
    """Terms as they stand in the index."""

    def __init__(self) -> None:
        self._analyzer = _analyzer()
        self._of_piece = remembering(self.of_piece)

    def terms(self, text: str) -> list[str]:
        """Stemmed, folded words in order, with repetitions."""
        return list(chain.from_iterable(map(self._of_piece, text.split())))

    def of_piece(self, piece: str) -> tuple[str, ...]:
        """The terms of a text without white space."""
        return tuple(self._analyzer.analyze(_searchable(piece)))


def remembering(of_piece: Callable[[str], tuple[T, ...]]) -> Callable[[str], tuple[T, ...]]:
    """The same function, remembering what it gave.

    White space always parts terms, and most pieces between it have been seen before. Not so long
    ones, which are whole sentences of scripts without spaces. Tuples, for thousands of lists would
    each be looked at again whenever Python looks for garbage.
    """
    remembered = lru_cache(_REMEMBERED_PIECES)(of_piece)
    return lambda piece: (remembered if len(piece) <= _LONGEST_WORD else of_piece)(piece)


def _analyzer() -> tantivy.TextAnalyzer:
    """What makes terms of a text in one spelling."""
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
    """A piece in one spelling, scripts without spaces cut into overlapping pairs."""
    spelled = one_spelling(piece)
    return spelled if spelled.isascii() else _UNSPACED.sub(_pairs, spelled)


def _pairs(found: re.Match[str]) -> str:
    run = found.group()
    return f" {' '.join(run[place : place + 2] for place in range(max(1, len(run) - 1)))} "

"""How text becomes terms, the same for passages and questions."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import chain
from typing import Final

import tantivy

from chatbot.text.spelling import one_spelling

# What tantivy knows the analysis by, in a schema.
ANALYZER: Final = "words"

_LONGEST_WORD: Final = 64
_REMEMBERED_PIECES: Final = 65_536

# Chinese, Japanese, Thai, Lao, Khmer and Burmese are written without spaces between words.
_UNSPACED: Final = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+"
)


class Words:
    """Terms as they stand in the index."""

    def __init__(self) -> None:
        self._analyzer = analyzer()
        self._of_piece = lru_cache(_REMEMBERED_PIECES)(self._analyze)

    def terms(self, text: str) -> list[str]:
        """Stemmed, folded words in order, with repetitions."""
        # White space always parts terms, and most pieces between it have been seen before.
        return list(chain.from_iterable(map(self._of_piece, text.split())))

    def _analyze(self, piece: str) -> list[str]:
        found: list[str] = self._analyzer.analyze(_searchable_piece(piece))
        return found


def analyzer() -> tantivy.TextAnalyzer:
    """What makes terms of a searchable text."""
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    for step in (
        tantivy.Filter.remove_long(_LONGEST_WORD),
        tantivy.Filter.lowercase(),
        tantivy.Filter.ascii_fold(),
        tantivy.Filter.stemmer("english"),
    ):
        builder = builder.filter(step)
    return builder.build()


def searchable(text: str) -> str:
    """The text in one spelling, scripts without spaces cut into overlapping pairs."""
    return " ".join(map(_searchable_piece, text.split()))


@lru_cache(_REMEMBERED_PIECES)
def _searchable_piece(piece: str) -> str:
    spelled = one_spelling(piece)
    return spelled if spelled.isascii() else _UNSPACED.sub(_pairs, spelled)


def _pairs(found: re.Match[str]) -> str:
    run = found.group()
    return f" {' '.join(run[place : place + 2] for place in range(max(1, len(run) - 1)))} "

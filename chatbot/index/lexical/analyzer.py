"""How text becomes terms: words, folded and stemmed, the same for passages and questions.

A word in Latin letters is stemmed by the language of its passage, any other word by its script.
The terms of a passage therefore depend on its own language only. A question is stemmed for every
language of the index, because its answer may be in any of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache, lru_cache
from itertools import chain
from typing import Final, TypeVar

import tantivy

from chatbot.text.character_folding import fold_characters
from chatbot.text.scripts import HANGUL, UNSPACED
from chatbot.text.spelling import one_spelling

# Increased with every change of terms, so that an index of earlier terms is refused.
ANALYZER_VERSION: Final = 2

_LONGEST_WORD: Final = 64
_CACHED_PIECES: Final = 65_536

T = TypeVar("T")

ENGLISH: Final = "english"
_UNSTEMMED: Final = "none"
# Snowball's stemmers for languages in Latin letters.
_STEMMERS: Final = {
    "da": "danish",
    "de": "german",
    "en": ENGLISH,
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "hu": "hungarian",
    "it": "italian",
    "nl": "dutch",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "sv": "swedish",
    "tr": "turkish",
}
_WITHOUT_STEMMER: Final = frozenset("ca cs et hr id lt lv ms pl sk sl sq sw vi".split())
_STEMMERS_BY_SCRIPT: Final = (
    (re.compile("[\u0370-\u03ff\u1f00-\u1fff]+"), "greek"),
    (re.compile("[\u0400-\u052f]+"), "russian"),
    (re.compile("[\u0600-\u06ff]+"), "arabic"),
    (re.compile("[\u0b80-\u0bff]+"), "tamil"),
)
_OTHER_SCRIPT: Final = re.compile("[\u0370-\u052f\u0600-\u06ff\u0b80-\u0bff\u1f00-\u1fff]")
# "Praesident" is "Präsident" on a keyboard without umlauts, but "neue" and "Quelle" have none.
_WRITTEN_UMLAUT: Final = re.compile("(?<![aeq])([aou])e")


def stemmer_of(language: str | None) -> str:
    """The name of the stemmer for Latin letters in a passage of this language.

    In languages of other scripts, and where the language is unknown, it's that of English.
    """
    if language in _WITHOUT_STEMMER:
        return _UNSTEMMED
    return _STEMMERS.get(language or "", ENGLISH)


class Analyzer:
    """Splits text into the terms of an index whose passages need these stemmers."""

    def __init__(self, stemmers: Iterable[str] = (ENGLISH,)) -> None:
        self._stemmers = tuple(sorted(stemmers)) or (ENGLISH,)
        self._cached_variants = cached(self._variants_of)

    def variants(self, text: str) -> list[tuple[tuple[str, ...], ...]]:
        """For each piece of a question, its terms in every language, without repetitions."""
        return [self._cached_variants(piece) for piece in text.split()]

    def _variants_of(self, piece: str) -> tuple[tuple[str, ...], ...]:
        return tuple(dict.fromkeys(terms_of(piece, stemmer) for stemmer in self._stemmers))


def terms_of(piece: str, stemmer: str = ENGLISH) -> tuple[str, ...]:
    """The terms of a piece of text without white space, in order."""
    searchable = _searchable(piece, stemmer)
    if not _OTHER_SCRIPT.search(searchable):
        return tuple(_latin(stemmer).analyze(searchable))
    words = _words().analyze(searchable)
    return tuple(chain.from_iterable(_stemmed(word, stemmer) for word in words))


def cached(terms: Callable[[str], tuple[T, ...]]) -> Callable[[str], tuple[T, ...]]:
    """Cache a function of pieces of text without white space.

    White space always separates terms, and most pieces recur. Long pieces don't: they are whole
    sentences of scripts without spaces. The results are tuples, because Python's garbage
    collector would visit each of thousands of lists.
    """
    cached_terms = lru_cache(_CACHED_PIECES)(terms)
    return lambda piece: (cached_terms if len(piece) <= _LONGEST_WORD else terms)(piece)


def _stemmed(word: str, stemmer: str) -> list[str]:
    name = next((name for script, name in _STEMMERS_BY_SCRIPT if script.fullmatch(word)), stemmer)
    stems: list[str] = _latin(name).analyze(word)
    return stems


@cache
def _words() -> tantivy.TextAnalyzer:
    return _built(tantivy.Filter.remove_long(_LONGEST_WORD), tantivy.Filter.lowercase())


@cache
def _latin(stemmer: str) -> tantivy.TextAnalyzer:
    first = tantivy.Filter.remove_long(_LONGEST_WORD), tantivy.Filter.lowercase()
    if stemmer == _UNSTEMMED:
        return _built(*first, tantivy.Filter.ascii_fold())
    stemming, folding = tantivy.Filter.stemmer(stemmer), tantivy.Filter.ascii_fold()
    # Accents are part of most suffixes, but not of English ones, where they are rare.
    last = (folding, stemming) if stemmer == ENGLISH else (stemming, folding)
    return _built(*first, *last)


def _built(*steps: tantivy.Filter) -> tantivy.TextAnalyzer:
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    for step in steps:
        builder = builder.filter(step)
    return builder.build()


def _searchable(piece: str, stemmer: str) -> str:
    """The piece in one spelling, with runs of letters that aren't words cut into pairs."""
    if stemmer == ENGLISH:
        piece = one_spelling(piece)
    elif stemmer == _STEMMERS["de"]:
        piece = _WRITTEN_UMLAUT.sub(_umlaut, piece.lower())
    if piece.isascii():
        return piece
    return HANGUL.sub(_pairs_and_word, UNSPACED.sub(_pairs, fold_characters(piece)))


def _umlaut(match: re.Match[str]) -> str:
    return {"a": "ä", "o": "ö", "u": "ü"}[match[1]]


def _pairs(match: re.Match[str]) -> str:
    run = match.group()
    return f" {' '.join(_pairs_in(run))} "


def _pairs_and_word(match: re.Match[str]) -> str:
    """Korean words end in particles, so their syllables are paired, and the word counts as well."""
    run = match.group()
    return f" {' '.join([*_pairs_in(run), run] if len(run) > 2 else _pairs_in(run))} "


def _pairs_in(run: str) -> Sequence[str]:
    return [run[start : start + 2] for start in range(max(1, len(run) - 1))]

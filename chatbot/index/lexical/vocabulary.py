"""The terms of a question, as an index has them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import chain
from typing import Final, NamedTuple

from chatbot.index.lexical.analyzer import Analyzer

_CACHED_TERMS: Final = 65_536


class TermStats(NamedTuple):
    """A term's posting count, number, document frequency and rarity."""

    size: int
    number: int
    frequency: int
    rarity: float


ABSENT: Final = TermStats(0, -1, 0, 0.0)


class Vocabulary:
    """The terms of texts in the languages of an index; `look_up` has the statistics of a term."""

    def __init__(self, stemmers: Iterable[str], look_up: Callable[[str], TermStats]) -> None:
        self._analyzer = Analyzer(stemmers)
        self.stats = lru_cache(_CACHED_TERMS)(look_up)

    def terms(self, text: str) -> list[str]:
        """The terms of a text in the languages of the index, in order; see `variants`."""
        return list(chain.from_iterable(chain.from_iterable(self.variants(text))))

    def variants(self, text: str) -> list[tuple[tuple[str, ...], ...]]:
        """For each piece of a text, its terms in every language, the most frequent ones first.

        Terms of a language that doesn't have the word are left out, unless no language has it.
        """
        return [
            variants if len(variants) == 1 else self._known(variants)
            for variants in self._analyzer.variants(text)
        ]

    def _known(self, variants: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
        least = {terms: min(map(self.document_frequency, terms), default=0) for terms in variants}
        known = tuple(terms for terms in variants if least[terms])
        return tuple(sorted(known, key=lambda terms: -least[terms])) or variants[:1]

    def document_frequency(self, term: str) -> int:
        """The number of passages that have the term."""
        return self.stats(term).frequency

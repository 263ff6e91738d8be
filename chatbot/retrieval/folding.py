"""Folds a ranking into cards: one per document, and one for passages that repeat each other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cached_property
from typing import Final

from chatbot.text.clean import folded_words
from chatbot.types import Passage

_SHINGLE_WORDS: Final = 4
_WORD: Final = re.compile(r"\w+")
# Containment as in Broder, "On the resemblance and containment of documents", 1997. Two versions
# of a text may be cut at different places, so it is a share of the shorter passage.
_CONTAINED_FROM: Final = 0.8


@dataclass(slots=True)
class Card:
    """A document's best passage, its position in the ranking, and the passages folded into it.

    `further` has more passages of the document; `also_in` names the documents that repeat it.
    """

    position: int
    passage: Passage
    further: list[tuple[int, Passage]] = field(default_factory=list)
    also_in: list[str] = field(default_factory=list)


def cards(ranking: Iterable[tuple[int, Passage]], *, top_k: int, further: int) -> list[Card]:
    """The first `top_k` documents of a ranking with at most `further` more passages each.

    A passage that repeats one already shown is left out; if it's from another document, that
    document is named in the card's `also_in`. Reading stops when the cards are complete.
    """
    result: list[Card] = []
    shown_texts: list[tuple[Shingles, Card]] = []
    for position, passage in ranking:
        shingles = Shingles(passage.text)
        twin = next((card for other, card in shown_texts if same_text(other, shingles)), None)
        own = next((card for card in result if card.passage.doc_id == passage.doc_id), None)
        if twin:
            if passage.doc_id not in (twin.passage.doc_id, *twin.also_in):
                twin.also_in.append(passage.doc_id)
        elif own:
            if len(own.further) < further:
                own.further.append((position, passage))
                shown_texts.append((shingles, own))
        elif len(result) < top_k:
            result.append(Card(position, passage))
            shown_texts.append((shingles, result[-1]))
        else:
            break
    return result


class Shingles:
    """All runs of four words in a text; case and punctuation don't count."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._words = folded_words(text)
        self.vocabulary = frozenset(self._words)
        self.shingle_count = max(1, len(self._words) - _SHINGLE_WORDS + 1)

    def contradicts(self, other: Shingles) -> bool:
        """Whether a figure or name of one text is replaced by another one in the other text."""
        own, others = _WORD.findall(self._text), _WORD.findall(other._text)
        matcher = SequenceMatcher(
            None, [*map(str.casefold, own)], [*map(str.casefold, others)], autojunk=False
        )
        return any(
            operation == "replace" and _has_fact(own[start:end]) and _has_fact(others[first:last])
            for operation, start, end, first, last in matcher.get_opcodes()
        )

    @cached_property
    def distinct(self) -> frozenset[tuple[str, ...]]:
        """The distinct shingles; the whole text if it's shorter than one."""
        words = self._words
        runs = zip(*(words[start:] for start in range(_SHINGLE_WORDS)), strict=False)
        return frozenset(runs) or frozenset([tuple(words)])


def same_text(first: Shingles, second: Shingles) -> bool:
    """Whether the longer text contains at least four fifths of the shorter one's shingles.

    Two versions of a sentence with different figures or names are never the same.
    """
    common = len(first.vocabulary & second.vocabulary)
    if not any(_may_be_contained(text, common) for text in (first, second)):
        return False
    return containment(first, second) >= _CONTAINED_FROM and not first.contradicts(second)


def containment(first: Shingles, second: Shingles) -> float:
    """The share of the shorter text's shingles that the longer one has, 0..1."""
    fewer = min(len(first.distinct), len(second.distinct))
    return len(first.distinct & second.distinct) / fewer


def _has_fact(words: Sequence[str]) -> bool:
    return any(word[0].isupper() or any(map(str.isdecimal, word)) for word in words)


def _may_be_contained(text: Shingles, common: int) -> bool:
    """Whether enough of the text's words are common to both texts.

    Most texts fail, and comparing words takes a tenth of the time of comparing shingles. A word
    that the other text lacks begins a shingle that the other text lacks, unless it is one of the
    last three words.
    """
    missing = len(text.vocabulary) - common - (_SHINGLE_WORDS - 1)
    return missing <= (1 - _CONTAINED_FROM) * text.shingle_count

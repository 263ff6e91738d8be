"""Folds a ranking into cards: one per document, and one for passages that repeat each other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cached_property
from typing import Final

from chatbot.retrieval.figures import MINUS, NUMBER_WORDS
from chatbot.retrieval.negation import are_opposites, is_negated
from chatbot.text.clean import folded_words
from chatbot.types import Passage

_SHINGLE_WORDS: Final = 4
# A minus sign stays with its number, and "didn't" is one word.
_WORD: Final = re.compile(rf"\w+?n['’]t\b|(?:{MINUS}[$£€¥]?)?\w+")
# A longer run of words doesn't deny a statement of the other text, but adds one.
_MOST_DENYING: Final = 4
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
        """Whether the other text has another figure, another name or the opposite, or denies it."""
        own, others = _words(self._text), _words(other._text)
        matcher = SequenceMatcher(
            None, [*map(str.casefold, own)], [*map(str.casefold, others)], autojunk=False
        )
        for operation, start, end, first, last in matcher.get_opcodes():
            here, there = own[start:end], others[first:last]
            if operation == "replace" and _has_fact(here) and _has_fact(there):
                return True
            if operation == "delete" and _alters_number(own, start, end):
                return True
            if operation == "insert" and _alters_number(others, first, last):
                return True
            if operation != "equal" and _denies(here, there):
                return True
        return False

    @cached_property
    def distinct(self) -> frozenset[tuple[str, ...]]:
        """The distinct shingles; the whole text if it's shorter than one."""
        words = self._words
        runs = zip(*(words[start:] for start in range(_SHINGLE_WORDS)), strict=False)
        return frozenset(runs) or frozenset([tuple(words)])


def same_text(first: Shingles, second: Shingles) -> bool:
    """Whether the longer text contains at least four fifths of the shorter one's shingles.

    Two versions of a sentence with different figures or names are never the same, nor are a
    statement and its denial or its opposite.
    """
    common = len(first.vocabulary & second.vocabulary)
    if not any(_may_be_contained(text, common) for text in (first, second)):
        return False
    return containment(first, second) >= _CONTAINED_FROM and not first.contradicts(second)


def containment(first: Shingles, second: Shingles) -> float:
    """The share of the shorter text's shingles that the longer one has, 0..1."""
    fewer = min(len(first.distinct), len(second.distinct))
    return len(first.distinct & second.distinct) / fewer


def _words(text: str) -> list[str]:
    return [word.replace("\u2212", "-") for word in _WORD.findall(text)]


def _has_fact(words: Sequence[str]) -> bool:
    return any(word[0].isupper() or _is_number(word) for word in words)


def _is_number(word: str) -> bool:
    return word.casefold() in NUMBER_WORDS or any(map(str.isdecimal, word))


def _alters_number(words: Sequence[str], start: int, end: int) -> bool:
    """Whether a run of words belongs to a number beside it, as "million" does in "5 million"."""
    beside = [*words[max(start - 1, 0) : start], *words[end : end + 1]]
    return all(map(_is_number, words[start:end])) and any(map(_is_number, beside))


def _denies(words: Sequence[str], others: Sequence[str]) -> bool:
    """Whether only one of two short runs of words has a negation, or one has a word's opposite."""
    if max(len(words), len(others)) > _MOST_DENYING:
        return False
    if is_negated(" ".join(words)) != is_negated(" ".join(others)):
        return True
    return any(are_opposites(word, other) for word in words for other in others)


def _may_be_contained(text: Shingles, common: int) -> bool:
    """Whether enough of the text's words are common to both texts.

    Most texts fail, and comparing words takes a tenth of the time of comparing shingles. A word
    that the other text lacks begins a shingle that the other text lacks, unless it is one of the
    last three words.
    """
    missing = len(text.vocabulary) - common - (_SHINGLE_WORDS - 1)
    return missing <= (1 - _CONTAINED_FROM) * text.shingle_count

"""One card a document, and one for passages that repeat each other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from chatbot.text.clean import folded_words
from chatbot.types import Passage

Shingles = frozenset[tuple[str, ...]]

_SHINGLE_WORDS: Final = 4
# Broder ("On the resemblance and containment of documents", 1997) calls this containment; cuts
# between passages fall differently in two versions of a text, so the shorter one decides.
_SAME_FROM: Final = 0.8


@dataclass(slots=True)
class Card:
    """A document's best passage, by its place in the ranking, and what is folded under it."""

    place: int
    passage: Passage
    further: list[tuple[int, Passage]] = field(default_factory=list)
    also_in: list[str] = field(default_factory=list)


def cards(ranking: Iterable[tuple[int, Passage]], *, top_k: int, further: int) -> list[Card]:
    """The first `top_k` documents of a ranking with at most `further` more passages each.

    A passage that repeats one shown of another document is not shown: its document is named in
    that card's `also_in`. Reading stops when the cards are complete.
    """
    found: list[Card] = []
    shown: list[tuple[WordRuns, Card]] = []
    for place, passage in ranking:
        words = WordRuns(passage.text)
        twin = next((card for seen, card in shown if same_text(seen, words)), None)
        own = next((card for card in found if card.passage.doc_id == passage.doc_id), None)
        if twin:
            if passage.doc_id not in (twin.passage.doc_id, *twin.also_in):
                twin.also_in.append(passage.doc_id)
        elif own:
            if len(own.further) < further:
                own.further.append((place, passage))
                shown.append((words, own))
        elif len(found) < top_k:
            found.append(Card(place, passage))
            shown.append((words, found[-1]))
        else:
            break
    return found


class WordRuns:
    """A text to compare by its words; case and punctuation do not count."""

    def __init__(self, text: str) -> None:
        self._words = folded_words(text)
        self.different = frozenset(self._words)
        # How many runs of four there are.
        self.runs = max(1, len(self._words) - _SHINGLE_WORDS + 1)

    @cached_property
    def shingles(self) -> Shingles:
        """The different runs of four words; all of the text if it is shorter."""
        words = self._words
        runs = zip(*(words[start:] for start in range(_SHINGLE_WORDS)), strict=False)
        return frozenset(runs) or frozenset([tuple(words)])


def same_text(one: WordRuns, other: WordRuns) -> bool:
    """Whether the shorter of two texts is all but contained in the longer."""
    common = len(one.different & other.different)
    if not any(_may_be_contained(each, common) for each in (one, other)):
        return False
    fewer = min(len(one.shingles), len(other.shingles))
    return len(one.shingles & other.shingles) >= _SAME_FROM * fewer


def _may_be_contained(text: WordRuns, common: int) -> bool:
    """Whether enough of its words are common to both texts.

    Most texts are not, and words are compared in a tenth of the time that shingles take. Each
    word that the other lacks starts a shingle that it lacks, but for the last three of a text.
    """
    lacking = len(text.different) - common - (_SHINGLE_WORDS - 1)
    return lacking <= (1 - _SAME_FROM) * text.runs

"""Highlights in a passage: the evidence, and the words that it shares with the question."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Final, NamedTuple

from chatbot.retrieval.query import content_words
from chatbot.text.character_folding import fold_characters
from chatbot.text.function_words import words_of
from chatbot.text.scripts import UNSPACED_LETTERS
from chatbot.types import Span
from chatbot.web.html.marked_text import Marker, Segment, Stretch
from chatbot.web.html.passage_tables import Region, regions

Terms = Callable[[str], Iterable[str]]

# A card is read at a glance. Text without sentences may be a megabyte on one line.
MOST_CHARACTERS: Final = 4_000
_LONGEST_WORD: Final = 64
# With stress and vowel marks, which are no letters.
_LETTER: Final = r"[\w\u0300-\u036f\u064b-\u0652\u0670]"
_WORD: Final = re.compile(rf"{_LETTER}+(?:['’.-]{_LETTER}+)*")
# In scripts without spaces a run of letters isn't a word, so pairs of letters are compared.
_UNSPACED: Final = re.compile(f"[{UNSPACED_LETTERS}]{{2,}}")


class Excerpt(NamedTuple):
    """A text with its highlights as offsets; `cut` if text is missing at either end.

    `start` is its place in the whole text.
    """

    text: str
    evidence: Span | None
    words: tuple[Span, ...]
    cut: bool
    start: int = 0


@dataclass(frozen=True, slots=True)
class ShownPassage:
    """A passage as the template draws it."""

    whole: Span
    regions: tuple[Region, ...]
    mark: Marker

    @property
    def has_tables(self) -> bool:
        """Whether any region is a table."""
        return any(region.rows for region in self.regions)


def excerpt(text: str, evidence: Span | None, question: str, terms: Terms) -> Excerpt:
    """The part of a text that a card shows: around its evidence, up to MOST_CHARACTERS."""
    start = max(0, (evidence.start if evidence else 0) - MOST_CHARACTERS // 4)
    start = 0 if len(text) <= MOST_CHARACTERS else start
    part = text[start : start + MOST_CHARACTERS]
    place = evidence and Span(evidence.start - start, min(evidence.end - start, len(part)))
    words = tuple(question_words(part, question, terms))
    return Excerpt(part, place, words, len(part) < len(text), start)


def question_words(text: str, question: str, terms: Terms) -> Iterable[Span]:
    """Where the question's content words occur in a text, in any inflected form."""
    folded_question = fold_characters(" ".join(words_of(question)))
    question_terms = frozenset(term for word in content_words(question) for term in terms(word))
    for match in _WORD.finditer(text):
        word = match.group()
        runs = list(_UNSPACED.finditer(word))
        if runs:
            for run in runs:
                folded = fold_characters(run.group())
                yield from _shared_runs(folded, folded_question, match.start() + run.start())
        elif len(word) <= _LONGEST_WORD and _shares_term(word, question_terms, terms):
            yield Span(*match.span())


def _shares_term(word: str, question_terms: frozenset[str], terms: Terms) -> bool:
    """Whether a word has a term of the question; a lone letter, as in "China's", doesn't count."""
    own = terms(word)
    shared = question_terms.intersection(own)
    return bool(shared) and (shared.issuperset(own) or any(len(term) > 1 for term in shared))


def _shared_runs(run: str, question: str, offset: int) -> Iterator[Span]:
    """The longest stretches of a run whose pairs of letters all occur in the question."""
    start = None
    for place in range(len(run)):
        if run[place : place + 2] in question and place + 1 < len(run):
            start = place if start is None else start
        elif start is not None:
            yield Span(offset + start, offset + place + 1)
            start = None


def shown_passage(
    part: Excerpt, heads: Iterable[Span] = (), lead: Sequence[str] = ()
) -> ShownPassage:
    """A passage to draw, with its header rows and those before it, as offsets of the excerpt."""
    parts = regions(part.text, heads, lead)
    return ShownPassage(Span(0, len(part.text)), tuple(parts), partial(marked, part))


def marked(part: Excerpt, place: Span) -> tuple[Stretch, ...]:
    """A place in an excerpt as stretches: before, in and after the evidence."""
    if part.evidence is None:
        return (Stretch(_segments(part, place)),)
    start, end = max(place.start, part.evidence.start), min(place.end, part.evidence.end)
    if start > end or (start == end and start < part.evidence.end):
        return (Stretch(_segments(part, place)),)
    return (
        Stretch(_segments(part, Span(place.start, start))),
        Stretch(_segments(part, Span(start, end)), evidence=True),
        Stretch(_segments(part, Span(end, place.end))),
    )


def _segments(part: Excerpt, place: Span) -> tuple[Segment, ...]:
    segments, start = [], place.start
    for word in part.words:
        if place.holds(word):
            segments.append(Segment(part.text[start : word.start]))
            segments.append(Segment(word.of(part.text), in_question=True))
            start = word.end
    segments.append(Segment(part.text[start : place.end]))
    return tuple(segment for segment in segments if segment.text)


def remembering(terms: Terms) -> Terms:
    """The same terms, each word analysed once."""
    return lru_cache(4_096)(lambda word: tuple(terms(word)))

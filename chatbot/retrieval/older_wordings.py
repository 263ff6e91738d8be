"""Finds what older versions of the answering document said in the same sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Final

from chatbot.answers import Citation, Elsewhere
from chatbot.retrieval.figures import MINUS
from chatbot.types import Span

# A number with its sign and its separators is one word.
_WORD: Final = re.compile(rf"(?:{MINUS}[$£€¥]?)?\d+(?:[.,:]\d+)*|\w+")
# Two versions of a sentence have at least this share of their words in common.
_SAME_SENTENCE_FROM: Final = 0.6
# More words than this aren't read at a glance.
_MOST_WORDS: Final = 6


def is_older_version(cited: Citation, first: Citation) -> bool:
    """Whether a citation's document is an older version of the first one's."""
    return cited.newest is not None and cited.newest.document.doc_id == first.doc_id


def older_wordings(citations: Sequence[Citation]) -> tuple[Elsewhere, ...]:
    """The words of older versions that the first quote replaced by other words."""
    reports = []
    for cited in citations[1:]:
        if not (cited.verified and is_older_version(cited, citations[0])):
            continue
        if place := _replaced(citations[0], cited.quote):
            start = cited.span.start
            span = Span(start + place.start, start + place.end)
            words = place.of(cited.quote)
            reports.append(Elsewhere(cited.marker, words, span, agrees=False, older=True))
    return tuple(reports)


def _replaced(first: Citation, older: str) -> Span | None:
    """The span of the words in an older sentence that the first quote replaced.

    Of several, the one in the answer counts, then one with a figure. None if it is another
    sentence, or if nothing was replaced.
    """
    own, other = list(_WORD.finditer(first.quote)), list(_WORD.finditer(older))
    matcher = SequenceMatcher(
        None,
        [word[0].casefold() for word in own],
        [word[0].casefold() for word in other],
        autojunk=False,
    )
    if matcher.ratio() < _SAME_SENTENCE_FROM:
        return None
    places: list[tuple[bool, bool, Span]] = []
    for operation, start, end, begin, stop in matcher.get_opcodes():
        if operation == "replace" and stop - begin <= _MOST_WORDS:
            new = Span(own[start].start(), own[end - 1].end())
            old = Span(other[begin].start(), other[stop - 1].end())
            places.append((_answers(first, new), _has_figure(other[begin:stop]), old))
    return max(places, key=lambda place: place[:2])[2] if places else None


def _answers(first: Citation, place: Span) -> bool:
    """Whether a span of the first quote overlaps the words that answer."""
    if first.answer is None:
        return False
    start = first.span.start
    return place.start < first.answer.end - start and first.answer.start - start < place.end


def _has_figure(words: Sequence[re.Match[str]]) -> bool:
    return any(word[0][-1].isdecimal() for word in words)

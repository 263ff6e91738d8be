"""Highlights: the sentence that answers, and in another manner the words of the question."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial
from html import escape
from typing import Final, NamedTuple

from chatbot.retrieval.query import content_words
from chatbot.types import Span
from chatbot.web.html.passage_tables import between_html, header_of, parts, table_html

Terms = Callable[[str], Iterable[str]]

# A card is read at a glance. What has no sentences may be a megabyte on one line.
MOST_CHARACTERS: Final = 4_000
_WORD: Final = re.compile(r"\w+(?:['’.-]\w+)*")
# Written without spaces, so that a run of letters is no word: pairs of letters are compared.
_UNSPACED: Final = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]{2,}"
)


class Excerpt(NamedTuple):
    """A text to show with its highlights, as offsets in it; `cut` where it is not the whole."""

    text: str
    evidence: Span | None
    words: tuple[Span, ...]
    cut: bool


def excerpt(text: str, evidence: Span | None, question: str, terms: Terms) -> Excerpt:
    """As much of a text as a card shows, around its evidence, with the question's words found."""
    start = max(0, (evidence.start if evidence else 0) - MOST_CHARACTERS // 4)
    start = 0 if len(text) <= MOST_CHARACTERS else start
    shown = text[start : start + MOST_CHARACTERS]
    place = evidence and Span(evidence.start - start, min(evidence.end - start, len(shown)))
    words = tuple(question_words(shown, question, terms))
    return Excerpt(shown, place, words, len(shown) < len(text))


def question_words(text: str, question: str, terms: Terms) -> Iterable[Span]:
    """The places of the question's naming words, in whatever form they stand in the text."""
    named = _named(question, terms)
    for found in _WORD.finditer(text):
        runs = list(_UNSPACED.finditer(found.group()))
        if runs:
            for run in runs:
                yield from _pairs(run.group(), question, found.start() + run.start())
        elif len(found.group()) <= 64 and _is_named(found.group(), named, terms):
            yield Span(*found.span())


def _named(question: str, terms: Terms) -> frozenset[str]:
    return frozenset(term for word in content_words(question) for term in terms(word))


def _is_named(word: str, named: frozenset[str], terms: Terms) -> bool:
    """Whether a word has a part of the question; a letter alone, as in "China's", is none."""
    parts = set(terms(word))
    return bool(parts) and (parts <= named or any(len(part) > 1 for part in parts & named))


def _pairs(run: str, question: str, offset: int) -> Iterable[Span]:
    """The longest stretches of a run whose pairs of letters all stand in the question."""
    start = None
    for place in range(len(run)):
        if run[place : place + 2] in question and place + 1 < len(run):
            start = place if start is None else start
        elif start is not None:
            yield Span(offset + start, offset + place + 1)
            start = None


def passage_html(shown: Excerpt, *, continued: bool = False) -> str:
    """A passage with its highlights, its tables as tables; `continued` if it begins inside one."""
    found = parts(shown.text)
    if not any(part.rows for part in found):
        return f'<p class="passage" dir="auto">{marked_html(shown)}</p>'
    pieces = []
    for part in found:
        if part.rows:
            headed = header_of(shown.text, part) and not (continued and part is found[0])
            pieces.append(table_html(part.rows, partial(marked_html, shown), headed=headed))
        else:
            pieces.append(_prose_html(shown, part.place))
    return f'<div class="passage">{"".join(pieces)}</div>'


def _prose_html(shown: Excerpt, place: Span) -> str:
    """A paragraph beside a table, the empty lines around it out of sight."""
    text = place.of(shown.text)
    start = place.end - len(text.lstrip("\n"))
    end = max(start, place.start + len(text.rstrip("\n")))
    show = partial(marked_html, shown)
    before = between_html(Span(place.start, start), show)
    after = between_html(Span(end, place.end), show)
    return f'<p dir="auto">{before}{show(Span(start, end))}{after}</p>'


def marked_html(shown: Excerpt, part: Span | None = None) -> str:
    """Escaped text, or a part of it, the evidence in a `mark`, the question's words in `b`."""
    part = part or Span(0, len(shown.text))
    if shown.evidence is None:
        return _emphasised(shown.text, part, shown.words)
    start, end = max(part.start, shown.evidence.start), min(part.end, shown.evidence.end)
    if start > end or (start == end and start < shown.evidence.end):
        return _emphasised(shown.text, part, shown.words)
    return (
        f"{_emphasised(shown.text, Span(part.start, start), shown.words)}"
        f"<mark>{_emphasised(shown.text, Span(start, end), shown.words)}</mark>"
        f"{_emphasised(shown.text, Span(end, part.end), shown.words)}"
    )


def _emphasised(text: str, part: Span, words: Sequence[Span]) -> str:
    pieces, place = [], part.start
    for word in words:
        if part.holds(word):
            pieces += [escape(text[place : word.start]), f"<b>{escape(word.of(text))}</b>"]
            place = word.end
    return "".join([*pieces, escape(text[place : part.end])])


def remembering(terms: Terms) -> Terms:
    """The same terms, each word analysed once."""
    return lru_cache(4_096)(lambda word: tuple(terms(word)))

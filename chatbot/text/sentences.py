"""Split text into sentences, as exact spans.

Boundaries come from nupunkt, whose spans cover the text. This module adds the full stops of
languages without spaces, and joins fragments such as "28)." or "1." to a neighbour.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import nupunkt

from chatbot.types import Span

_UNSPACED_STOP = re.compile(r"[。！？｡؟।]+[”’」』）)]*")
_WORD = re.compile(r"\w*[^\W\d_]\w*")
# A list number belongs to the sentence after it, any other fragment to the one before.
_NUMBER = re.compile(r"\(?(\d{1,3}|[a-zA-Z]|[ivx]+)[.)]")


def sentence_spans(text: str, within: Span) -> tuple[Span, ...]:
    """The sentences of `text[within]`, in order.

    They cover all characters except the white space between sentences.
    """
    sentences: list[Span] = []
    for piece in _trimmed(text, _pieces(text, within)):
        words = piece.of(text)
        joins_previous = _is_fragment(words) and not _NUMBER.fullmatch(words)
        if sentences and (joins_previous or _is_fragment(sentences[-1].of(text))):
            sentences[-1] = Span(sentences[-1].start, piece.end)
        else:
            sentences.append(piece)
    if len(sentences) > 1 and _is_fragment(sentences[-1].of(text)):
        last = sentences.pop()
        sentences[-1] = Span(sentences[-1].start, last.end)
    return tuple(sentences)


def _pieces(text: str, within: Span) -> Iterator[Span]:
    for start, end in nupunkt.sent_spans(within.of(text)):
        cut = within.start + start
        for stop in _UNSPACED_STOP.finditer(text, cut, within.start + end):
            yield Span(cut, stop.end())
            cut = stop.end()
        yield Span(cut, within.start + end)


def _trimmed(text: str, spans: Iterable[Span]) -> Iterator[Span]:
    for span in spans:
        words = span.of(text)
        start = span.start + len(words) - len(words.lstrip())
        if words.strip():
            yield Span(start, start + len(words.strip()))


def _is_fragment(words: str) -> bool:
    """Whether a piece has fewer than two words, and none in a script without spaces."""
    matches = _WORD.findall(words)
    return len(matches) < 2 and not any(len(word) > 1 and word[0] > "\u2e80" for word in matches)

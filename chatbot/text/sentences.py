"""Split text into sentences, as exact spans.

Boundaries come from nupunkt, whose spans cover the text. This module adds the full stops of
languages without spaces, and joins fragments such as "28)." or "1." to a neighbour. It also joins
what nupunkt, trained on English, cuts after abbreviations and dates of other languages.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

import nupunkt

from chatbot.types import Span

_UNSPACED_STOP = re.compile(r"[。！？｡؟।]+[”’」』）)]*")
_WORD = re.compile(r"\w*[^\W\d_]\w*")
# A list number belongs to the sentence after it, any other fragment to the one before.
_NUMBER = re.compile(r"\(?(\d{1,3}|[a-zA-Z]|[ivx]+)[.)]")
# Fragments without end would otherwise join into one sentence.
_LONGEST_JOINED: Final = 5_000
_WINDOW: Final = 100_000
# Longer than any abbreviation or date below.
_LONGEST_END: Final = 20
# None of these ends an English sentence.
_BEFORE_SMALL: Final = re.compile(
    r"(?:^|[\s(])(?:bzw|ggf|evtl|vgl|sog|inkl|z\. ?B|d\. ?h|u\. ?a|Abs|Mrd|Mio|Nr|Jh"
    r"|т\. ?[едпк]|др|рис|гг?|вв?|см|стр|тыс|млн|млрд|руб|напр|гл|ст"
    r"|c\.-à-d|env|éd|mrd|p\. ?ej|pág|núm|ecc|pag)\.$"
)
_BEFORE_NUMBER: Final = re.compile(r"(?:^|[\s('’])(?:[Aa]rt|[Cc]ap)\.$")
_BEFORE_NAME: Final = re.compile(
    r"(?:^|[\s(])(?:Mme|Mlle|Sra|Dra|[EeDd]?[Ee]?l Sr|Hrn|им|ул|проф|акад)\.$"
)
_DAY: Final = re.compile(r"\b(?:[Aa]m|[Vv]om|[Zz]um|[Bb]is|[Dd]e[mnrs]|[Ss]eit|[Aa]b) \d{1,2}\.$")


def sentence_spans(text: str, within: Span) -> tuple[Span, ...]:
    """The sentences of `text[within]`, in order.

    They cover all characters except the white space between sentences.
    """
    sentences: list[Span] = []
    previous_is_fragment = False
    for piece in _trimmed(text, _pieces(text, within)):
        words = piece.of(text)
        is_fragment = _is_fragment(words)
        joins_previous = previous_is_fragment or (is_fragment and not _NUMBER.fullmatch(words))
        if (
            sentences
            and piece.end - sentences[-1].start <= _LONGEST_JOINED
            and (joins_previous or _is_open(sentences[-1].of(text), words))
        ):
            sentences[-1] = Span(sentences[-1].start, piece.end)
            previous_is_fragment = is_fragment and _is_fragment(sentences[-1].of(text))
        else:
            sentences.append(piece)
            previous_is_fragment = is_fragment
    if len(sentences) > 1 and previous_is_fragment:
        last = sentences.pop()
        sentences[-1] = Span(sentences[-1].start, last.end)
    return tuple(sentences)


def _pieces(text: str, within: Span) -> Iterator[Span]:
    for start, end in _windows(text, within):
        cut = start
        for stop in _UNSPACED_STOP.finditer(text, cut, end):
            yield Span(cut, stop.end())
            cut = stop.end()
        yield Span(cut, end)


def _windows(text: str, within: Span) -> Iterator[tuple[int, int]]:
    """The spans of nupunkt, which needs a hundred times the memory of a text.

    It sees a long text in windows. The last sentence of a window is completed in the next one; a
    window without the end of a sentence is cut at white space.
    """
    start = within.start
    while start < within.end:
        end = min(start + _WINDOW, within.end)
        spans = nupunkt.sent_spans(text[start:end])
        if end < within.end and len(spans) > 1:
            spans = spans[:-1]
        elif end < within.end:
            space = text.rfind(" ", start, end)
            spans = [(0, (space + 1 if space > start else end) - start)]
        yield from ((start + first, start + last) for first, last in spans)
        start += spans[-1][1]


def _trimmed(text: str, spans: Iterable[Span]) -> Iterator[Span]:
    for span in spans:
        words = span.of(text)
        start = span.start + len(words) - len(words.lstrip())
        if words.strip():
            yield Span(start, start + len(words.strip()))


def _is_open(words: str, next_words: str) -> bool:
    """Whether a piece ends with an abbreviation or a date that the next piece continues."""
    first = next_words[0]
    words = words[-_LONGEST_END:]
    return bool(
        ((first.islower() or first.isdigit()) and _BEFORE_SMALL.search(words))
        or (first.isdigit() and _BEFORE_NUMBER.search(words))
        or (first.isupper() and (_BEFORE_NAME.search(words) or _DAY.search(words)))
    )


def _is_fragment(words: str) -> bool:
    """Whether a piece has fewer than two words, and none in a script without spaces."""
    matches = _WORD.findall(words)
    return len(matches) < 2 and not any(len(word) > 1 and word[0] > "\u2e80" for word in matches)

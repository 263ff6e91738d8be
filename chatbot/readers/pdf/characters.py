"""The characters of a page as PDFium counts them: one for each of its indices."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from chatbot.readers.pdf.page_words import Floats
from chatbot.types import Span

_RIGHT_TO_LEFT: Final = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_RUN: Final = re.compile(
    "[\u0590-\u065f\u066a-\u06ef\u06fa-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u200c\u200d]+"
)
_NOT_SPACE: Final = re.compile(r"\S+")
_OTHERS: Final = re.compile(r"[\dA-Za-z]")
_CLUSTER: Final = re.compile(
    "[^\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670][\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670]*|."
)
_SAME_BOX: Final = 0.1  # points
# Stands for the second half of a character beyond U+FFFF; cleaning removes it.
_SECOND_HALF: Final = "\u2060"
# What a turned lam-alef looks like: alef, then lam.
_TURNED: Final = re.compile("[\u0622\u0623\u0625\u0627]\u0644")


def characters(codes: Sequence[int]) -> str:
    """Codes of characters or of UTF-16 units -> as many characters."""
    text: list[str] = []
    for place, code in enumerate(codes):
        following = codes[place + 1] if place + 1 < len(codes) else 0
        before = codes[place - 1] if place else 0
        if 0xD800 <= code < 0xDC00 and 0xDC00 <= following < 0xE000:
            text.append(chr(0x10000 + ((code - 0xD800) << 10) + following - 0xDC00))
        elif 0xDC00 <= code < 0xE000 and 0xD800 <= before < 0xDC00:
            text.append(_SECOND_HALF)
        else:
            text.append(chr(code) if 0 < code < 0x110000 else " ")
    return "".join(text)


def has_right_to_left(text: str) -> bool:
    """Whether a text has Hebrew or Arabic letters."""
    return not text.isascii() and _RIGHT_TO_LEFT.search(text) is not None


def right_to_left_words(text: str) -> Iterator[tuple[Span, Span]]:
    """Each word with such letters, and its part from the first of them to the last."""
    for word in _NOT_SPACE.finditer(text):
        places = [match.start() for match in _RIGHT_TO_LEFT.finditer(text, *word.span())]
        if len(places) > 1:
            yield Span(*word.span()), Span(places[0], places[-1] + 1)


def reversed_words(text: str, words: Iterable[Span]) -> str:
    """The text with the letters of these words in reading order: they are drawn from the left.

    Words with other letters or figures stay. A mark follows its letter.
    """
    letters = list(text)
    for start, stop in words:
        word = text[start:stop]
        if not _OTHERS.search(word):
            letters[start:stop] = _RUN.sub(
                lambda run: "".join(_CLUSTER.findall(run[0])[::-1]), word
            )
    return "".join(letters)


def unturned(text: str, boxes: Callable[[Sequence[int]], Floats]) -> str:
    """The text with the letters of each lam-alef in reading order.

    PDFium turns lines that run from right to left, and with them the two letters of this glyph,
    which share a box. An alef before a lam of its own is the article.
    """
    places = [match.start() for match in _TURNED.finditer(text)]
    if not places:
        return text
    alefs, lams = boxes(places), boxes([place + 1 for place in places])
    letters = list(text)
    for place, alef, lam in zip(places, alefs.tolist(), lams.tolist(), strict=True):
        if abs(alef[0] - lam[0]) + abs(alef[2] - lam[2]) < _SAME_BOX:
            letters[place : place + 2] = letters[place + 1], letters[place]
    return "".join(letters)

"""Raised figures in the words of a page: 10³ m², 50¹ euros."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from chatbot.readers.pdf.page_words import Floats
from chatbot.readers.raised import raised

# A figure directly after a letter, a figure or a closing sign.
_CANDIDATE: Final = re.compile(r"(?<=[^\W_]|[)\]%.,;:’”\"'€$£])\d+")
# In heights of the character before: a raised figure is lower than this, and stands this far up.
_LOWER: Final = 0.85
_UP: Final = 0.15


def with_raised(text: str, boxes: Callable[[Sequence[int]], Floats]) -> str:
    """The text of a page with raised figures as Unicode writes them; its length stays.

    `boxes` gives the boxes (n, 4) of characters by their places.
    """
    figures = [
        place for match in _CANDIDATE.finditer(text) for place in range(match.start(), match.end())
    ]
    if not figures:
        return text
    places = sorted({*figures, *(place - 1 for place in figures)})
    sides = dict(zip(places, boxes(places).tolist(), strict=True))
    letters = list(text)
    base = -1
    for place in figures:
        if letters[place - 1] == text[place - 1]:  # else both are raised over the same one
            base = place - 1
        left, top, _, bottom = sides[place]
        height = sides[base][3] - sides[base][1]
        is_after = left > sides[base][0]
        if is_after and bottom - top < _LOWER * height and sides[base][3] - bottom > _UP * height:
            letters[place] = raised(text[place])
    return "".join(letters)

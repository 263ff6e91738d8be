"""Text with marks, as records that a template turns into tags.

A function that cuts a text into stretches keeps every character, once and in order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from chatbot.types import Span

SegmentLook = Literal["plain", "struck", "mark"]


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of text; `in_question` if it is a word of the question.

    `mention` is its number among the words that a reader looks for in the document, or 0. `look`
    says whether the words are struck through, or are a mark around such words.
    """

    text: str
    in_question: bool = False
    mention: int = 0
    look: SegmentLook = "plain"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Segments that are all evidence or all not.

    `target` marks the evidence that a browser scrolls to. `page` is the number of the page that
    starts with this stretch, or 0.
    """

    segments: tuple[Segment, ...]
    evidence: bool = False
    target: bool = False
    page: int = 0


# The span of a place in a text -> its stretches.
Marker = Callable[[Span], Sequence[Stretch]]


def plain(text: str) -> Stretch:
    """Text without marks."""
    return Stretch((Segment(text),))

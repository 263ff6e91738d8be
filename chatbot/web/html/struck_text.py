"""Words that are struck through, between the marks that readers put around them.

The page draws a line through the words. The marks stay in the page, out of sight, so that copied
text equals the document's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from chatbot.text.struck_through import STRUCK, STRUCK_WORDS
from chatbot.web.html.marked_text import Segment, SegmentLook, Stretch


def with_lines(stretches: Sequence[Stretch]) -> Sequence[Stretch]:
    """The stretches of one text, cut at the marks and at the ends of the words between them."""
    text = "".join(segment.text for stretch in stretches for segment in stretch.segments)
    if STRUCK not in text:
        return stretches
    looks: dict[int, SegmentLook] = {0: "plain"}
    for found in STRUCK_WORDS.finditer(text):
        looks |= {found.start(): "mark", found.start(1): "struck"}
        looks |= {found.end(1): "mark", found.end(): "plain"}
    at, cut = 0, []
    for stretch in stretches:
        segments: list[Segment] = []
        for segment in stretch.segments:
            segments += _cut(segment, at, looks)
            at += len(segment.text)
        cut.append(replace(stretch, segments=tuple(segments)))
    return cut


def _cut(segment: Segment, start: int, looks: dict[int, SegmentLook]) -> Iterator[Segment]:
    """The pieces of a segment that begins at a place of the text; only the first is a mention."""
    end = start + len(segment.text)
    places = [start, *(place for place in looks if start < place < end), end]
    for first, last in pairwise(places):
        look = looks[max(place for place in looks if place <= first)]
        piece = segment.text[first - start : last - start]
        yield replace(
            segment, text=piece, look=look, mention=segment.mention if first == start else 0
        )

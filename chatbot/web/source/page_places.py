"""Maps a span of a document's text to its pages and its position on each of them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import NamedTuple

from chatbot.types import Box, Document, Run, Span


class PagePlaces(NamedTuple):
    """Where a span lies on a page.

    `chars` are ranges of PDFium's characters; `boxes` are those of lines read from a picture.
    """

    chars: tuple[Span, ...]
    boxes: tuple[Box, ...]


def cited_pages(document: Document, span: Span | None) -> list[int]:
    """The pages that a span touches, or else the first page."""
    if span is None:
        return [1]
    return sorted({run.page for run in _touched(document, span)}) or [1]


def places_on(document: Document, span: Span | None, page: int) -> PagePlaces:
    """Where a span lies on a page."""
    runs = [run for run in _touched(document, span) if run.page == page] if span else []
    return PagePlaces(
        tuple(_chars(run, span) for run in runs if span and run.box is None),
        tuple(run.box for run in runs if run.box is not None),
    )


def _touched(document: Document, span: Span) -> list[Run]:
    runs = document.runs
    first = bisect_right(runs, span.start, key=lambda run: run.span.end)
    last = bisect_left(runs, span.end, key=lambda run: run.span.start)
    return list(runs[first:last])


def _chars(run: Run, span: Span) -> Span:
    """The PDF characters of a span in a run; the whole run where they don't match one to one."""
    text, chars = run.span, run.chars
    if text.end - text.start != chars.end - chars.start:
        return chars
    shift = chars.start - text.start
    return Span(max(text.start, span.start) + shift, min(text.end, span.end) + shift)

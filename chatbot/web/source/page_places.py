"""A span of text -> pages, and what of each page's characters it is."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import NamedTuple

from chatbot.types import Box, Document, Run, Span


class Found(NamedTuple):
    """Of one page: ranges of PDFium's characters, and boxes of lines read from a picture."""

    chars: tuple[Span, ...]
    boxes: tuple[Box, ...]


def cited_pages(document: Document, span: Span | None) -> list[int]:
    """The pages that a span touches, or the first page."""
    if span is None:
        return [1]
    return sorted({run.page for run in _touched(document, span)}) or [1]


def ranges_on(document: Document, span: Span | None, page: int) -> Found:
    """Where a span stands on a page."""
    runs = [run for run in _touched(document, span) if run.page == page] if span else []
    return Found(
        tuple(_part(run, span) for run in runs if span and run.box is None),
        tuple(run.box for run in runs if run.box is not None),
    )


def _touched(document: Document, span: Span) -> list[Run]:
    runs = document.runs
    first = bisect_right(runs, span.start, key=lambda run: run.span.end)
    last = bisect_left(runs, span.end, key=lambda run: run.span.start)
    return list(runs[first:last])


def _part(run: Run, span: Span) -> Span:
    """The characters of a run that are in a span; all where they do not match one by one."""
    stand, chars = run.span, run.chars
    if stand.end - stand.start != chars.end - chars.start:
        return chars
    shift = chars.start - stand.start
    return Span(max(stand.start, span.start) + shift, min(stand.end, span.end) + shift)

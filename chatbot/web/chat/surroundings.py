"""What stands before and after a passage in its document."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Final

from chatbot.types import Block, Document, Span

_CHARACTERS: Final = 700


def context_html(document: Document, span: Span) -> tuple[str, str]:
    """The text before and after a span, in whole blocks as far as they fit."""
    before = [each for each in document.blocks if each.span.start < span.start]
    after = [each for each in document.blocks if each.span.end > span.end]
    above = _pieces(document, reversed(before), Span(0, span.start), from_end=True)
    below = _pieces(document, after, Span(span.end, len(document.text)), from_end=False)
    return "".join(reversed(above)), "".join(below)


def _pieces(
    document: Document, blocks: Iterable[Block], room: Span, *, from_end: bool
) -> list[str]:
    """Blocks from the nearest on, as HTML; the last is cut where it is too long."""
    found: list[str] = []
    left = _CHARACTERS
    for block in blocks:
        start, end = max(block.span.start, room.start), min(block.span.end, room.end)
        text = document.text[start:end].strip()
        if len(text) > left:
            text = f"…{text[-left:]}" if from_end else f"{text[:left]}…"
        kind = "heading" if block.kind == "heading" else "beside"
        if text:
            found.append(f'<p class="{kind}" dir="auto">{escape(text)}</p>')
        left -= len(text)
        if left <= 0:
            break
    return found

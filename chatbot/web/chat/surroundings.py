"""The text around a passage in its document."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from chatbot.types import Block, Document, Span
from chatbot.web.html.page_texts import Words
from chatbot.web.html.templates import render

_CHARACTERS: Final = 700


@dataclass(frozen=True, slots=True)
class ContextBlock:
    """The text of a block near a passage, cut where it is too long."""

    text: str
    is_heading: bool


def context_html(document: Document, span: Span, words: Words) -> tuple[Markup, Markup]:
    """The text before and after a span: whole blocks, up to _CHARACTERS on either side.

    Without any text around the span the second says so.
    """
    before = [block for block in document.blocks if block.span.start < span.start]
    after = [block for block in document.blocks if block.span.end > span.end]
    above = _nearest(document, reversed(before), Span(0, span.start), from_end=True)
    below = _nearest(document, after, Span(span.end, len(document.text)), from_end=False)
    nothing = "" if above or below else words("context_none")
    return (
        render("chat/context.html", blocks=above[::-1], nothing="", words=words),
        render("chat/context.html", blocks=below, nothing=nothing, words=words),
    )


def _nearest(
    document: Document, blocks: Iterable[Block], room: Span, *, from_end: bool
) -> list[ContextBlock]:
    """Blocks from the nearest to the farthest; the last one is cut to fit."""
    context: list[ContextBlock] = []
    left = _CHARACTERS
    for block in blocks:
        start, end = max(block.span.start, room.start), min(block.span.end, room.end)
        text = document.text[start:end].strip()
        if len(text) > left:
            text = f"…{text[-left:]}" if from_end else f"{text[:left]}…"
        if text:
            context.append(ContextBlock(text, block.kind == "heading"))
        left -= len(text)
        if left <= 0:
            break
    return context

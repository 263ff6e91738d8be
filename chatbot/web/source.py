"""The source viewer: a document's text as it was indexed, with the cited span marked.

Documents are found by id in the catalogue, never by path. The page carries no script, and its
security policy lets it load nothing but its own style.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Final

from chatbot.types import Block, Document, Furniture, Span
from chatbot.web.render import mark_span

POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-top-navigation-by-user-activation"
)
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def source_page(document: Document, span: Span | None, notes: list[str], style: str) -> str:
    """The page of one document; `notes` are shown above the text, `style` is a stylesheet's URL."""
    warnings = "".join(f'<p class="note" role="note">{escape(note)}</p>' for note in notes)
    body = "".join(_pieces(document, span))
    details = " · ".join(
        f"<bdi>{escape(value)}</bdi>"
        for value in (document.metadata.author, document.metadata.date, document.source)
        if value
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(document.title)}</title>"
        f'<link rel="stylesheet" href="{escape(style)}"></head>'
        f'<body class="source-page"><header><h1 dir="auto">{escape(document.title)}</h1>'
        f'<p class="details">{details}</p>{warnings}</header>'
        f"<main>{body}</main></body></html>"
    )


def message_page(title: str, message: str, style: str) -> str:
    """A page that says why there is no document to show."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)}</title><link rel="stylesheet" href="{escape(style)}"></head>'
        f'<body class="source-page"><header><h1>{escape(title)}</h1>'
        f"<p>{escape(message)}</p></header></body></html>"
    )


def _pieces(document: Document, span: Span | None) -> Iterator[str]:
    """Every block and piece of furniture, in the order of the text."""
    pieces: list[Block | Furniture] = [*document.blocks, *document.furniture]
    first = True
    for piece in sorted(pieces, key=lambda piece: piece.span):
        words = piece.span.of(document.text)
        cited = span and _within(span, piece.span)
        inner = mark_span(words, cited) if cited else escape(words)
        if cited and first:
            # The address names this place, so the browser scrolls to it.
            inner = inner.replace("<mark>", '<mark id="evidence">', 1)
            first = False
        yield _element(piece, inner)


def _within(span: Span, piece: Span) -> Span | None:
    """The part of a span that lies in a piece, as offsets from the piece's beginning."""
    start, end = max(span.start, piece.start), min(span.end, piece.end)
    return Span(start - piece.start, end - piece.start) if start < end else None


def _element(piece: Block | Furniture, inner: str) -> str:
    if isinstance(piece, Furniture):
        return f'<p class="furniture" dir="auto">{inner}</p>'
    match piece.kind:
        case "heading":
            level = min(piece.level + 1, 6)
            return f'<h{level} dir="auto">{inner}</h{level}>'
        case "code":
            return f"<pre>{inner}</pre>"
        case "item" | "row" | "header_row":
            return f'<p class="{piece.kind}" dir="auto">{inner}</p>'
        case _:
            return f'<p dir="auto">{inner}</p>'

"""The visible words of HTML nodes."""

from __future__ import annotations

import re
from html import escape
from typing import Final

from selectolax.lexbor import LexborNode

from chatbot.readers.raised import raised
from chatbot.readers.struck import joined
from chatbot.readers.symbol_fonts import has_symbols, symbols
from chatbot.text.struck_through import STRUCK

UNSEEN: Final = frozenset(
    "-comment script style noscript template svg math iframe object head link meta rt rp".split()
)
INLINE: Final = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark q rb "
    "ruby s samp small span strike strong sub sup time tt u var wbr".split()
)

_IN_SYMBOLS: Final = (
    'span[style*="Wingdings" i], span[style*="Symbol" i], font[face^="Wingdings" i], '
    'font[face^="Symbol" i]'
)
_FONT: Final = re.compile(r"font-family:\s*([^;,]+)", re.IGNORECASE)
_STRUCK: Final = frozenset("del s strike".split())


def words(node: LexborNode) -> str:
    """All visible text inside a node; a block in it stands on lines of its own."""
    pieces: list[str] = []
    _collect(node, pieces)
    return joined(pieces)


def _collect(node: LexborNode, pieces: list[str]) -> None:
    for child in node.iter(include_text=True):
        tag = child.tag or ""
        if tag == "-text":
            pieces.append(child.text(deep=False))
        elif tag == "br":
            pieces.append("\n")
        elif tag == "sup":
            pieces.append(raised(words(child)))
        elif tag not in UNSEEN and not hidden(child):
            is_block = tag not in INLINE
            around = "\n" if is_block else STRUCK if is_struck(child) else ""
            pieces.append(around)
            _collect(child, pieces)
            pieces.append(around)


def show_symbols(body: LexborNode) -> None:
    """Replace the letters that stand for signs of a font, as in mails and pages from Word."""
    for node in body.css(_IN_SYMBOLS):
        attributes = node.attributes
        style = _FONT.search(attributes.get("style") or "")
        font = (style[1] if style else attributes.get("face") or "").strip("\"' ")
        if has_symbols(font) and all(part.tag == "-text" for part in node.iter(include_text=True)):
            node.inner_html = escape(symbols(node.text(), font))


def is_struck(node: LexborNode) -> bool:
    """Whether an inline node is struck through."""
    tag = node.tag
    return tag in _STRUCK or (
        tag == "span" and "line-through" in (node.attributes.get("style") or "")
    )


def hidden(node: LexborNode) -> bool:
    """Whether a node says that it isn't shown."""
    attributes = node.attributes
    return (
        "hidden" in attributes
        or attributes.get("aria-hidden") == "true"
        or "display:none" in (attributes.get("style") or "").replace(" ", "").lower()
    )

"""The text of DrawingML, which slides, charts, and shapes in documents and sheets share."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.readers.markup.xml_tree import (
    Element,
    attribute,
    child,
    children,
    content,
    descendants,
    local,
)
from chatbot.readers.raised import raised
from chatbot.readers.struck import joined, struck
from chatbot.readers.symbol_fonts import symbols


def paragraphs(body: Element | None) -> Iterator[str]:
    """The text of each paragraph of a text body."""
    for paragraph in children(body, "p"):
        yield paragraph_text(paragraph)


def paragraph_text(paragraph: Element) -> str:
    """The text of a paragraph, fields and formulas included."""
    words = []
    for node in content(paragraph):
        match local(node):
            case "br":
                words.append("\n")
            case "r" | "fld":
                run = "".join(text.text or "" for text in children(node, "t"))
                font = attribute(child(node, "rPr", "sym"), "typeface") or ""
                run = symbols(run, font, private_only=True)
                run = raised(run) if _is_raised(node) else run
                words.append(struck(run) if _is_struck(node) else run)
            case "m" | "oMath" | "oMathPara":
                words.extend(text.text or "" for text in descendants(node, "t"))
    return joined(words)


def _is_struck(run: Element) -> bool:
    return (attribute(child(run, "rPr"), "strike") or "noStrike") != "noStrike"


def _is_raised(run: Element) -> bool:
    share = attribute(child(run, "rPr"), "baseline") or "0"
    return share.strip("0%") != "" and not share.startswith("-")

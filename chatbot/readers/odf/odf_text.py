"""The text of OpenDocument paragraphs, with marks of struck and raised words."""

from __future__ import annotations

from typing import Final

from chatbot.readers.markup.xml_tree import Element, local
from chatbot.readers.odf.odf_parts import HIDDEN_MARK, RAISED_MARK, STRUCK_MARK
from chatbot.readers.raised import raised
from chatbot.readers.struck import joined, struck
from chatbot.text.struck_through import STRUCK

UNSEEN: Final = frozenset("tracked-changes forms script desc title event-listeners".split())
# Elements anchored in a paragraph that aren't part of its sentences.
ANCHORED: Final = frozenset(
    "note annotation frame custom-shape rect ellipse circle line connector polyline polygon path "
    "g control caption regular-polygon measure ruby-text".split()
)
_SPACES: Final = {"s": " ", "tab": " ", "line-break": "\n"}


def text_of(node: Element) -> str:
    """The text of a paragraph or a span, without anchored elements; none if it's hidden."""
    if node.get(HIDDEN_MARK):
        return ""
    words = [node.text or ""]
    for element in node:
        kind = local(element)
        if not kind:
            words.append(element.text or "")  # an entity, kept as written
        elif kind in _SPACES:
            words.append(_SPACES[kind])
        elif kind not in ANCHORED and kind not in UNSEEN:
            words.append(text_of(element))
        words.append(element.tail or "")
    text = joined(words)
    text = raised(text) if node.get(RAISED_MARK) else text
    return struck(text.replace(STRUCK, "")) if node.get(STRUCK_MARK) else text

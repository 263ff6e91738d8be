"""What the properties of a run say: whether it is hidden or struck through."""

from __future__ import annotations

from typing import Final

from chatbot.readers.markup.xml_tree import Element, attribute, child, children

FALSE: Final = ("0", "false", "off")
_REMARKS: Final = ("Word.Comment", "Word.Deletion")


def is_hidden(node: Element, kind: str) -> bool:
    """Whether this is hidden text; in Word 2003, a comment or a deletion."""
    if kind == "annotation":
        return attribute(node, "type") in _REMARKS
    mark = child(node, "rPr", "vanish") if kind == "r" else None
    return mark is not None and attribute(mark, "val") not in FALSE


def is_struck(run: Element) -> bool:
    """Whether a run is struck through, once or twice."""
    return any(
        attribute(mark, "val") not in FALSE
        for mark in children(child(run, "rPr"), "strike", "dstrike")
    )

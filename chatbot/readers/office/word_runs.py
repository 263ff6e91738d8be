"""The text of a paragraph: its runs, without those that are hidden, and its form fields."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from chatbot.readers.markup.xml_tree import (
    Element,
    attribute,
    child,
    children,
    content,
    local,
)
from chatbot.readers.raised import raised
from chatbot.readers.struck import joined, struck
from chatbot.readers.symbol_fonts import symbols

# Deleted text, the old place of moved text, field codes, phonetic guides, properties.
UNSEEN: Final = frozenset("del moveFrom instrText delText rt rPr pPr sdtPr tblPr fldData".split())
# Text boxes, and the notes that Word 2003 puts in the paragraph itself.
ANCHORED: Final = ("txbxContent", "footnote", "endnote")
_BREAKS: Final = {"tab": " ", "br": "\n", "cr": "\n", "ptab": " "}
_BOX: Final = {True: "☒", False: "☐"}
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


def paragraph_text(node: Element) -> str:
    """The text of a paragraph, without its text boxes."""
    return joined(_inner(node))


def _collect(node: Element, words: list[str]) -> None:
    for element in content(node):
        kind = local(element)
        if kind == "t":
            words.append(element.text or "")
        elif kind in _BREAKS:
            words.append(_BREAKS[kind])
        elif kind == "sym":
            code = attribute(element, "char") or ""
            with suppress(ValueError, OverflowError):
                words.append(symbols(chr(int(code, 16)), attribute(element, "font") or ""))
        elif kind == "noBreakHyphen":
            words.append("\u2011")
        elif kind == "ffData":
            words.append(_chosen(element))
        elif kind == "f":
            parts = ("".join(_inner(part)) for part in children(element, "num", "den"))
            words.append("/".join(parts))
        elif kind == "r" and not is_hidden(element, kind):
            words.append(_marked(element, "".join(_inner(element))))
        elif kind == "sup":
            words.append(raised("".join(_inner(element))))
        elif kind not in UNSEEN and kind not in ANCHORED and not is_hidden(element, kind):
            _collect(element, words)


def _inner(node: Element) -> list[str]:
    words: list[str] = []
    _collect(node, words)
    return words


def _marked(run: Element, words: str) -> str:
    words = symbols(words, attribute(child(run, "rPr", "rFonts"), "ascii") or "", private_only=True)
    if attribute(child(run, "rPr", "vertAlign"), "val") == "superscript":
        words = raised(words)
    return struck(words) if is_struck(run) else words


def _chosen(field: Element) -> str:
    """What is chosen in a field of an old form: an entry of its list, or a box."""
    if (choice := child(field, "ddList")) is not None:
        entries = [attribute(entry, "val") or "" for entry in children(choice, "listEntry")]
        number = attribute(child(choice, "result"), "val") or "0"
        return entries[int(number)] if number.isdigit() and int(number) < len(entries) else ""
    if (box := child(field, "checkBox")) is not None:
        states = [mark for name in ("checked", "default") for mark in children(box, name)]
        return _BOX[bool(states) and attribute(states[0], "val") not in FALSE]
    return ""

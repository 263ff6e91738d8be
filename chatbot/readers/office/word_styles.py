"""The role that Word styles give a paragraph: heading, list item, contents or plain."""

from __future__ import annotations

import re
from typing import Final, Literal, NamedTuple

from chatbot.readers.markup.xml_tree import Element, attribute, child, children

Role = Literal["heading", "item", "contents", "paragraph"]

# Files have these English names whatever the program's language.
_HEADING: Final = re.compile(r"heading ([1-9])")
_CONTENTS: Final = re.compile(r"toc (\d|heading)|table of (figures|authorities)")
_LIST: Final = re.compile(r"list( (bullet|number))?( \d)?|list paragraph")
# The outline level that means body text.
_BODY: Final = 9


class Style(NamedTuple):
    """The properties of a style, or of a paragraph itself; None if inherited."""

    based_on: str | None = None
    name: str = ""
    outline: int | None = None
    numbered: bool | None = None


class Styles:
    """The paragraph styles of a document, by id."""

    def __init__(self, root: Element | None) -> None:
        self._styles: dict[str, Style] = {}
        self._default = ""
        for entry in children(root, "style"):
            if attribute(entry, "type") not in (None, "paragraph"):
                continue
            style_id = attribute(entry, "styleId") or ""
            self._styles[style_id] = _own(entry)
            if attribute(entry, "default") in ("1", "true", "on"):
                self._default = style_id

    def role(self, paragraph: Element) -> tuple[Role, int]:
        """A paragraph's role, and the level of a heading (else 0)."""
        properties = child(paragraph, "pPr")
        style_id = attribute(child(properties, "pStyle"), "val") or self._default
        own_style = _own(paragraph)
        chain = [own_style, *self._chain(style_id)]
        outline = next((style.outline for style in chain if style.outline is not None), None)
        for style in chain:
            if _CONTENTS.fullmatch(style.name):
                return "contents", 0
            if style.name == "title":
                return "heading", 1
            if heading := _HEADING.fullmatch(style.name):
                level = outline + 1 if outline is not None else int(heading.group(1))
                return ("heading", level) if level <= _BODY else ("paragraph", 0)
        if outline is not None and outline < _BODY:
            return "heading", outline + 1
        numbered = next((style.numbered for style in chain if style.numbered is not None), None)
        if numbered or (numbered is None and any(_LIST.fullmatch(style.name) for style in chain)):
            return "item", 0
        return "paragraph", 0

    def _chain(self, style_id: str) -> list[Style]:
        """A style and its base styles; a cycle is followed once."""
        chain: dict[str, Style] = {}
        while style_id in self._styles and style_id not in chain:
            chain[style_id] = self._styles[style_id]
            style_id = chain[style_id].based_on or ""
        return list(chain.values())


def _own(element: Element) -> Style:
    """The properties that a style, or a paragraph, sets itself."""
    properties = child(element, "pPr")
    outline = attribute(child(properties, "outlineLvl"), "val")
    number = child(properties, "numPr")
    numbered = None
    if number is not None:
        # Number 0 removes a paragraph from the list of its style.
        numbered = attribute(child(number, "numId"), "val") != "0"
    return Style(
        based_on=attribute(child(element, "basedOn"), "val"),
        name=(attribute(child(element, "name"), "val") or "").lower(),
        outline=int(outline) if outline and outline.isdigit() else None,
        numbered=numbered,
    )

"""What a Word style, or the style that it is based on, makes of a paragraph."""

from __future__ import annotations

import re
from typing import Final, Literal, NamedTuple

from chatbot.readers.markup.xml_tree import Element, attribute, child, children

Role = Literal["heading", "item", "contents", "paragraph"]

# In the file these names are English whatever the language of the program.
_HEADING: Final = re.compile(r"heading ([1-9])")
_CONTENTS: Final = re.compile(r"toc (\d|heading)|table of (figures|authorities)")
_LIST: Final = re.compile(r"list( (bullet|number))?( \d)?|list paragraph")
# The outline level that means body text.
_BODY: Final = 9


class Style(NamedTuple):
    """What a style, or a paragraph itself, says; None where it leaves that to its base."""

    based_on: str | None = None
    name: str = ""
    outline: int | None = None
    numbered: bool | None = None


class Styles:
    """The paragraph styles of a document by id, as its style part has them."""

    def __init__(self, root: Element | None) -> None:
        self._styles: dict[str, Style] = {}
        self._default = ""
        for entry in children(root, "style"):
            if attribute(entry, "type") not in (None, "paragraph"):
                continue
            known = attribute(entry, "styleId") or ""
            self._styles[known] = _own(entry)
            if attribute(entry, "default") in ("1", "true", "on"):
                self._default = known

    def role(self, paragraph: Element) -> tuple[Role, int]:
        """What a paragraph is, and the level of a heading."""
        properties = child(paragraph, "pPr")
        chosen = attribute(child(properties, "pStyle"), "val") or self._default
        direct = _own(paragraph)
        chain = [direct, *self._chain(chosen)]
        outline = next((each.outline for each in chain if each.outline is not None), None)
        for style in chain:
            if _CONTENTS.fullmatch(style.name):
                return "contents", 0
            if style.name == "title":
                return "heading", 1
            if found := _HEADING.fullmatch(style.name):
                level = outline + 1 if outline is not None else int(found.group(1))
                return ("heading", level) if level <= _BODY else ("paragraph", 0)
        if outline is not None and outline < _BODY:
            return "heading", outline + 1
        numbered = next((each.numbered for each in chain if each.numbered is not None), None)
        if numbered or (numbered is None and any(_LIST.fullmatch(each.name) for each in chain)):
            return "item", 0
        return "paragraph", 0

    def _chain(self, known: str) -> list[Style]:
        """A style and those that it is based on; a circle is walked once."""
        chain: dict[str, Style] = {}
        while known in self._styles and known not in chain:
            chain[known] = self._styles[known]
            known = chain[known].based_on or ""
        return list(chain.values())


def _own(element: Element) -> Style:
    """What a style, or a paragraph, says itself."""
    properties = child(element, "pPr")
    outline = attribute(child(properties, "outlineLvl"), "val")
    number = child(properties, "numPr")
    numbered = None
    if number is not None:
        # Number zero takes a paragraph out of the list that its style would put it in.
        numbered = attribute(child(number, "numId"), "val") != "0"
    return Style(
        based_on=attribute(child(element, "basedOn"), "val"),
        name=(attribute(child(element, "name"), "val") or "").lower(),
        outline=int(outline) if outline and outline.isdigit() else None,
        numbered=numbered,
    )

"""What Word styles say of a paragraph: heading, list item, contents or plain, and its list."""

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
    """The properties of a style, or of a paragraph itself; None if inherited.

    `list_id` is "0" if it is in no list.
    """

    based_on: str | None = None
    name: str = ""
    outline: int | None = None
    list_id: str | None = None
    list_level: int | None = None


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
        chain = [_own(paragraph), *self._chain(self._style_of(paragraph))]
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
        list_id = next((style.list_id for style in chain if style.list_id), None)
        if list_id or any(_LIST.fullmatch(style.name) for style in chain):
            return ("paragraph" if list_id == "0" else "item"), 0
        return "paragraph", 0

    def numbering(self, paragraph: Element) -> tuple[str | None, int | None, list[str]]:
        """The list of a paragraph, its level there, and the styles that may name the level.

        The level is None if it is stated nowhere but in the list.
        """
        own = _own(paragraph)
        if own.list_id:
            return own.list_id, own.list_level or 0, []
        chain = self._chain_by_id(self._style_of(paragraph))
        levels = (style.list_level for style in (own, *chain.values()))
        level = next((level for level in levels if level is not None), None)
        return self.list_of(self._style_of(paragraph)), level, [*chain]

    def list_of(self, style_id: str) -> str | None:
        """The list that a style names."""
        return next((style.list_id for style in self._chain(style_id) if style.list_id), None)

    def _style_of(self, paragraph: Element) -> str:
        return attribute(child(paragraph, "pPr", "pStyle"), "val") or self._default

    def _chain(self, style_id: str) -> list[Style]:
        return list(self._chain_by_id(style_id).values())

    def _chain_by_id(self, style_id: str) -> dict[str, Style]:
        """A style and its base styles; a cycle is followed once."""
        chain: dict[str, Style] = {}
        while style_id in self._styles and style_id not in chain:
            chain[style_id] = self._styles[style_id]
            style_id = chain[style_id].based_on or ""
        return chain


def _own(element: Element) -> Style:
    """The properties that a style, or a paragraph, sets itself."""
    properties = child(element, "pPr")
    outline = attribute(child(properties, "outlineLvl"), "val")
    level = attribute(child(properties, "numPr", "ilvl"), "val") or ""
    return Style(
        based_on=attribute(child(element, "basedOn"), "val"),
        name=(attribute(child(element, "name"), "val") or "").lower(),
        outline=int(outline) if outline and outline.isdigit() else None,
        list_id=attribute(child(properties, "numPr", "numId"), "val"),
        list_level=int(level) if level.isdigit() else None,
    )


def is_contents(control: Element) -> bool:
    """Whether a content control holds the table of contents."""
    gallery = child(control, "sdtPr", "docPartObj", "docPartGallery")
    return attribute(gallery, "val") == "Table of Contents"

"""The parts of an OpenDocument file: its body, its styles, and its metadata."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from chatbot.errors import SkipKind, UnreadableFile
from chatbot.readers.containers.zip_package import Package
from chatbot.readers.file_properties import iso_date, keywords, language_tag, own_author, own_title
from chatbot.readers.markup.xml_tree import (
    Element,
    attribute,
    child,
    children,
    descendants,
    local,
    parse_xml,
)
from chatbot.text.clean import one_line
from chatbot.types import Metadata

# Marks a span, a paragraph or a cell of a sheet whose style strikes it through.
STRUCK_MARK: Final = "struck"
# Marks a span whose style raises it.
RAISED_MARK: Final = "raised"
# Marks a span, a paragraph, a section, a sheet or a slide that is hidden.
HIDDEN_MARK: Final = "hidden"
# By name, or by a share of the height of letters; it's negative for lowered ones.
_RAISED: Final = re.compile(r"super|[1-9]")
_MARKED: Final = {
    STRUCK_MARK: ("span", "p", "h", "table-cell"),
    RAISED_MARK: ("span",),
    HIDDEN_MARK: ("span", "p", "h", "table", "page"),
}


class OdfParts:
    """The roots of content, styles and metadata; in a flat file all three are one."""

    def __init__(
        self,
        content: Element,
        styles: Element | None,
        meta: Element | None,
        package: Package | None = None,
    ) -> None:
        self._package = package
        self._styles = styles
        self._meta = meta
        body = child(content, "body")
        if body is None:
            raise UnreadableFile(SkipKind.DAMAGED, "it has no body")
        self.body: Element = body
        self._parents: dict[str, str] = {}
        marked: dict[str, set[str]] = {mark: set() for mark in _MARKED}
        for root in (styles, content):
            for style in descendants(root, "style") if root is not None else ():
                name = attribute(style, "name") or ""
                self._parents[name] = attribute(style, "parent-style-name") or ""
                for mark in _marks(style):
                    marked[mark].add(name)
        for mark, names in marked.items():
            for element in descendants(body, *_MARKED[mark]) if names else ():
                if attribute(element, "style-name") in names:
                    element.set(mark, "yes")
        for element in descendants(body, "section", "hidden-text", "hidden-paragraph"):
            if attribute(element, "display") == "none" or attribute(element, "is-hidden") == "true":
                by_field = local(element) == "hidden-paragraph"
                hidden = element.getparent() if by_field else element
                if hidden is not None:
                    hidden.set(HIDDEN_MARK, "yes")

    def picture(self, image: Element) -> bytes:
        """The bytes of an image element's picture; empty if they aren't in the file."""
        name = (attribute(image, "href") or "").removeprefix("./")
        if self._package and name in self._package:
            with suppress(UnreadableFile):
                return self._package.read(name)
        data = child(image, "binary-data")
        with suppress(ValueError):
            return b64decode(data.text or "") if data is not None else b""
        return b""

    def is_title(self, style: str | None) -> bool:
        """Whether a paragraph style is the title style, or based on it."""
        visited = set()
        name = style or ""
        while name and name not in visited:
            if name == "Title":
                return True
            visited.add(name)
            name = self._parents.get(name, "")
        return False

    def headers_and_footers(self) -> Iterator[Element]:
        """The paragraphs of headers and footers."""
        masters = child(self._styles, "master-styles")
        for page in children(masters, "master-page"):
            for element in children(page):
                if local(element).startswith(("header", "footer")):
                    yield from descendants(element, "p")

    def properties(self) -> tuple[str | None, Metadata]:
        """The title and the metadata, with the date of the last change."""
        meta = child(self._meta, "meta")
        texts: dict[str, str] = {}
        tags = []
        for entry in children(meta):
            if local(entry) == "keyword":
                tags.append(entry.text)
            else:
                texts.setdefault(local(entry), entry.text or "")
        subject = one_line(texts.get("subject", ""))
        return own_title(texts.get("title")), Metadata(
            author=own_author(texts.get("initial-creator"), texts.get("creator")),
            date=iso_date(texts.get("date"), texts.get("creation-date")),
            language=language_tag(texts.get("language")),
            tags=keywords(tags),
            extra={"subject": subject} if subject else {},
        )


def _marks(style: Element) -> Iterator[str]:
    """The marks of the elements with a style."""
    look = child(style, "text-properties")
    if attribute(look, "text-line-through-style") not in (None, "none"):
        yield STRUCK_MARK
    if _RAISED.match(attribute(look, "text-position") or ""):
        yield RAISED_MARK
    page = child(style, "drawing-page-properties")
    if (
        attribute(look, "display") == "none"
        or attribute(child(style, "table-properties"), "display") == "false"
        or attribute(page, "visibility") == "hidden"
    ):
        yield HIDDEN_MARK


def packed_parts(data: bytes) -> OdfParts:
    """The parts of a ZIP package. Raises UnreadableFile if it is damaged or encrypted."""
    package = Package(data)
    manifest = "META-INF/manifest.xml"
    if manifest in package and b"encryption-data" in package.read(manifest):
        raise UnreadableFile(SkipKind.ENCRYPTED)

    def part(name: str) -> Element | None:
        return parse_xml(package.read(name), name) if name in package else None

    content = parse_xml(package.read("content.xml"), "content.xml")
    return OdfParts(content, part("styles.xml"), part("meta.xml"), package)


def flat_parts(data: bytes) -> OdfParts:
    """The parts of a single XML file. Raises UnreadableFile if it is damaged."""
    root = parse_xml(data, "it")
    return OdfParts(root, root, root)

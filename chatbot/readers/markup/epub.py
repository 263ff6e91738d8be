"""EPUB: chapters in reading order, each read like an HTML page."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from functools import partial
from typing import Final
from urllib.parse import unquote, urldefrag

from chatbot.errors import SkipKind, UnreadableFile
from chatbot.readers.containers.zip_package import Package
from chatbot.readers.decoding.decode import decode
from chatbot.readers.document_writer import DocumentWriter
from chatbot.readers.file_properties import iso_date, keywords, language_tag, own_author, own_title
from chatbot.readers.markup.html import has_headings, write_html
from chatbot.readers.markup.xml_tree import (
    Element,
    attribute,
    child,
    children,
    descendants,
    parse_xml,
)
from chatbot.readers.media_types import EPUB
from chatbot.readers.pictures import data_of_uri
from chatbot.readers.raw_file import RawFile
from chatbot.text.clean import one_line
from chatbot.types import Document, Metadata

_CONTAINER: Final = "META-INF/container.xml"
_ENCRYPTION: Final = "META-INF/encryption.xml"
_CHAPTERS: Final = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml")


def read_epub(file: RawFile) -> Iterator[Document]:
    """Yield one document."""
    package = Package(file.data)
    container = parse_xml(package.read(_CONTAINER), _CONTAINER)
    root = next(descendants(container, "rootfile"), None)
    name = attribute(root, "full-path")
    if name is None:
        raise UnreadableFile(SkipKind.DAMAGED, "it does not state where the book begins")
    book = _Book(package, name)
    writer = DocumentWriter()
    for part in book.chapters():
        page = decode(package.read(part))
        label = book.labels.get(part)
        # A heading may be marked up only as large type, so the table of contents names it.
        if label and not has_headings(page):
            writer.add("heading", label, level=1)
        # The notes and boxes of a book are asides.
        write_html(writer, page, partial(book.picture, part), outside=frozenset({"nav"}))
    title, metadata = book.properties()
    yield writer.document(
        file.name, source=file.name, media_type=EPUB, title=title, metadata=metadata
    )


class _Book:
    """The package file of a book: its chapters, their labels, and its metadata."""

    def __init__(self, package: Package, name: str) -> None:
        self._package = package
        self._folder = posixpath.dirname(name)
        self._root = parse_xml(package.read(name), name)
        self._items = {
            attribute(item, "id"): item for item in children(child(self._root, "manifest"), "item")
        }
        self.labels = self._labels()

    def chapters(self) -> Iterator[str]:
        """The names of the parts with text, in reading order.

        Raises UnreadableFile if a part is missing or encrypted.
        """
        encrypted = self._encrypted()
        for entry in children(child(self._root, "spine"), "itemref"):
            item = self._items.get(attribute(entry, "idref"))
            if item is None or attribute(item, "media-type") not in _CHAPTERS:
                continue
            part = self._part(item)
            if part in encrypted:
                raise UnreadableFile(SkipKind.COPY_PROTECTED, "the book has DRM")
            yield part

    def picture(self, part: str, address: str) -> bytes:
        """The picture at an address in a part; none if it isn't in the book."""
        path = unquote(urldefrag(address).url)
        name = posixpath.normpath(posixpath.join(posixpath.dirname(part), path))
        if name not in self._package:
            return data_of_uri(address)
        try:
            return self._package.read(name)
        except UnreadableFile:
            return b""

    def properties(self) -> tuple[str | None, Metadata]:
        """The title and the metadata, with the date of publication."""
        values: dict[str, list[str]] = {}
        for entry in children(child(self._root, "metadata")):
            name = attribute(entry, "property") or entry.tag.rpartition("}")[2]
            values.setdefault(name, []).append(one_line(entry.text or ""))
        authors = (own_author(name) for name in values.get("creator", ()))
        return own_title(*values.get("title", ())), Metadata(
            author="; ".join(filter(None, authors)) or None,
            date=iso_date(*values.get("date", ()), *values.get("dcterms:modified", ())),
            language=language_tag(*values.get("language", ())),
            tags=keywords(values.get("subject", ())),
        )

    def _part(self, item: Element, base: str | None = None) -> str:
        href = attribute(item, "href") or attribute(item, "src") or ""
        path = unquote(urldefrag(href).url)
        folder = self._folder if base is None else posixpath.dirname(base)
        return posixpath.normpath(posixpath.join(folder, path))

    def _encrypted(self) -> set[str]:
        """The encrypted parts, obfuscated fonts included."""
        if _ENCRYPTION not in self._package:
            return set()
        root = parse_xml(self._package.read(_ENCRYPTION), _ENCRYPTION)
        return {
            posixpath.normpath(unquote(attribute(reference, "URI") or ""))
            for reference in descendants(root, "CipherReference")
        }

    def _labels(self) -> dict[str, str]:
        """The first entry of each part in the table of contents."""
        labels: dict[str, str] = {}
        for item in self._items.values():
            is_ncx = attribute(item, "media-type") == "application/x-dtbncx+xml"
            is_nav = "nav" in (attribute(item, "properties") or "").split()
            part = self._part(item)
            if not (is_ncx or is_nav) or part not in self._package:
                continue
            root = parse_xml(self._package.read(part), part)
            for entry in descendants(root, "navPoint" if is_ncx else "a"):
                target = child(entry, "content") if is_ncx else entry
                label = child(entry, "navLabel", "text") if is_ncx else entry
                words = own_title("".join(label.itertext())) if label is not None else None
                if target is not None and words:
                    labels.setdefault(self._part(target, part), words)
        return labels

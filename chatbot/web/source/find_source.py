"""Finding the source behind an address: a document of a kept build, its file, and a span of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, NamedTuple

from chatbot.chatbot_view import ChatbotView
from chatbot.errors import NotFound
from chatbot.index.opened_build import Build
from chatbot.types import Document, Span
from chatbot.web.source.page_pictures import Original

_SPAN: Final = re.compile(r"([0-9]{1,12})-([0-9]{1,12})")
_PDF: Final = "application/pdf"


class Source(NamedTuple):
    """A document of a build, with its file on disk.

    `drawable` says that the file itself is a PDF, not one inside another file.
    """

    build: Build
    document: Document
    original: Original
    drawable: bool

    def has_page(self, page: str) -> bool:
        """Whether this is the number of a page that can be drawn."""
        digits = page.isascii() and page.isdigit() and len(page) < 8
        return self.drawable and digits and 1 <= int(page) <= len(self.document.pages)


def drawable_page(chatbot: ChatbotView, doc_id: str, build_name: str, page: str) -> Original:
    """The unchanged file with this page. Raises NotFound."""
    source = find_source(chatbot, doc_id, build_name)
    if source is None or not source.has_page(page):
        raise NotFound(f"{doc_id!r} has no such page. Open its source to see its pages.")
    build = source.build
    if build.file_state(build.catalog.file_of(source.document.doc_id)) != "same":
        raise NotFound(f"The file of {doc_id!r} has changed. Open its indexed text instead.")
    return source.original


def find_source(chatbot: ChatbotView, doc_id: str, build_name: str) -> Source | None:
    """The document with this id; None if the document or the build is missing."""
    build = chatbot.build_named(build_name)
    document = chatbot.opened(doc_id, build)
    if build is None or document is None:
        return None
    file = build.catalog.file_of(doc_id)
    path = file.on_disk(Path(build.manifest.corpus))
    own_file = document.media_type == _PDF and document.source == file.path
    drawable = own_file and bool(document.runs)
    return Source(build, document, Original(path, file.sha256), drawable)


def verified_span(build: Build, document: Document, span: str) -> Span | None:
    """The span `START-END`; None if it isn't one, or if the stored text fails its check."""
    offsets = _SPAN.fullmatch(span)
    if not offsets:
        return None
    place = Span(*map(int, offsets.groups()))
    inside = place.start < place.end <= len(document.text)
    quote_text = place.of(document.text)
    return place if inside and build.holds(document.doc_id, place, quote_text) else None

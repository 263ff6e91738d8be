"""The routes of the source viewer. A document is looked up by its id, never by a path."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import quote

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from chatbot.assistant import Chatbot
from chatbot.index.opened_build import Build
from chatbot.types import Document, Span
from chatbot.web.html.page_texts import ReadersWords, Words
from chatbot.web.source.page_pictures import MEDIA_TYPE, Drawer, NotDrawn, Original, Sheet
from chatbot.web.source.page_places import cited_pages, places_on
from chatbot.web.source.viewer_pages import (
    DOWNLOAD_HEADERS,
    HEADERS,
    Address,
    message_page,
    sheets_page,
    source_page,
)

_SPAN: Final = re.compile(r"([0-9]{1,12})-([0-9]{1,12})")
_STATE_NOTES: Final = {"changed": "source_changed", "gone": "source_gone"}
_PDF: Final = "application/pdf"
_CACHE_SECONDS: Final = 3600
_MOST_SHEETS: Final = 4


class _Source(NamedTuple):
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


def source_router(chatbot: Chatbot, drawer: Drawer) -> APIRouter:
    """The viewer over one chatbot."""
    router = APIRouter(tags=["documents"])

    @router.get("/source/{doc_id:path}", response_class=HTMLResponse)
    def source(
        words: ReadersWords,
        doc_id: str,
        span: str = "",
        build: str = "",
        page: str = "",
        view: str = "",
        document: str = "",
    ) -> HTMLResponse:
        """The source viewer, scrolled to the cited span; `view=text` shows a PDF as text.

        `document` has the id of a document whose id can't be part of a path.
        """
        address = Address(doc_id or document, span, build)
        return _viewer(chatbot, drawer, address, page, words, as_text=view == "text")

    @router.get("/picture/{doc_id:path}", response_class=Response)
    def picture(doc_id: str, page: str = "1", build: str = "", document: str = "") -> Response:
        """A page of a PDF as a picture, as long as the file is unchanged."""
        source = _find(chatbot, doc_id or document, build)
        if not source or not source.has_page(page):
            return Response(status_code=404, headers=HEADERS)
        try:
            image = drawer.picture(source.original, int(page))
        except NotDrawn:
            return Response(status_code=404, headers=HEADERS)
        cached = {"Cache-Control": f"private, max-age={_CACHE_SECONDS}"}
        return Response(image, media_type=MEDIA_TYPE, headers={**HEADERS, **cached})

    @router.get("/original/{doc_id:path}", response_class=Response)
    def original(words: ReadersWords, doc_id: str, build: str = "", document: str = "") -> Response:
        """The file itself, if the setting `downloads` allows it."""
        return _download(chatbot, doc_id or document, build, words)

    return router


def _viewer(
    chatbot: Chatbot, drawer: Drawer, address: Address, page: str, words: Words, *, as_text: bool
) -> HTMLResponse:
    source, notes = _find(chatbot, address.doc_id, address.build), []
    if source is None and chatbot.build_named(address.build) is None:
        source = _find(chatbot, address.doc_id, "")
        address = Address(address.doc_id)
        notes.append(words("source_build_gone"))
    if source is None:
        message = words("source_none_more", name=address.doc_id)
        return HTMLResponse(message_page(words("source_none"), message, words), 404, HEADERS)
    build, document = source.build, source.document
    span = _verified_span(build, document, address.span)
    if address.span and span is None:
        notes.append(words("source_unverified"))
    state = build.file_state(build.catalog.file_of(document.doc_id))
    if state in _STATE_NOTES:
        notes.append(words(_STATE_NOTES[state]))
    links = []
    headers = HEADERS
    if state == "same" and chatbot.settings.downloads:
        links.append((words("source_download"), address.original()))
        headers = DOWNLOAD_HEADERS
    text_page = partial(source_page, document, span, notes, links, words=words)
    if state != "same" or not source.drawable:
        return HTMLResponse(text_page(), headers=headers)
    if as_text:
        links.insert(0, (words("source_show_pages"), address.view()))
        return HTMLResponse(text_page(), headers=headers)
    numbers = [int(page)] if source.has_page(page) else cited_pages(document, span)
    try:
        sheets = _sheets(drawer, source, span, numbers[:_MOST_SHEETS])
    except NotDrawn as failure:
        notes.append(words("source_not_drawn", why=failure))
        return HTMLResponse(text_page(), headers=headers)
    links.insert(0, (words("source_show_text"), address.view(text=True)))
    html = sheets_page(document, span, sheets, address, notes, links, words)
    return HTMLResponse(html, headers=headers)


def _sheets(drawer: Drawer, source: _Source, span: Span | None, numbers: list[int]) -> list[Sheet]:
    """Pages with the boxes of a span. Raises NotDrawn."""
    places = [places_on(source.document, span, number) for number in numbers]
    ranges = [(number, place.chars) for number, place in zip(numbers, places, strict=True)]
    return [
        sheet._replace(boxes=(*sheet.boxes, *place.boxes))
        for sheet, place in zip(drawer.sheets(source.original, ranges), places, strict=True)
    ]


def _download(chatbot: Chatbot, doc_id: str, build_name: str, words: Words) -> Response:
    def refusal(status: int, message: str) -> Response:
        page = message_page(words("source_no_download"), message, words)
        return HTMLResponse(page, status, HEADERS)

    source = _find(chatbot, doc_id, build_name)
    if not chatbot.settings.downloads:
        return refusal(403, words("source_downloads_off"))
    if source is None:
        return refusal(404, words("source_none_more", name=doc_id))
    data = source.build.original(doc_id)
    if data is None:
        return refusal(404, words("source_original_gone"))
    name = quote(Path(source.original.path).name)
    return Response(
        data,
        media_type="application/octet-stream",
        headers={**HEADERS, "Content-Disposition": f"attachment; filename*=UTF-8''{name}"},
    )


def _find(chatbot: Chatbot, doc_id: str, build_name: str) -> _Source | None:
    """The document with this id; None if the document or the build is missing."""
    build = chatbot.build_named(build_name)
    document = build.document(doc_id) if build else None
    if build is None or document is None:
        return None
    file = build.catalog.file_of(doc_id)
    path = file.on_disk(Path(build.manifest.corpus))
    own_file = document.media_type == _PDF and document.source == file.path
    drawable = own_file and bool(document.runs)
    return _Source(build, document, Original(path, file.sha256), drawable)


def _verified_span(build: Build, document: Document, span: str) -> Span | None:
    """The span `START-END`; None if it isn't one, or if the stored text fails its check."""
    offsets = _SPAN.fullmatch(span)
    if not offsets:
        return None
    place = Span(*map(int, offsets.groups()))
    inside = place.start < place.end <= len(document.text)
    quote_text = place.of(document.text)
    return place if inside and build.holds(document.doc_id, place, quote_text) else None

"""The routes of the source viewer: by id from the catalogue, never by path."""

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
from chatbot.web.source.page_pictures import MEDIA_TYPE, Drawer, NotDrawn, Original
from chatbot.web.source.page_places import cited_pages, ranges_on
from chatbot.web.source.viewer_pages import (
    DOWNLOAD_HEADERS,
    HEADERS,
    Address,
    message_page,
    sheets_page,
    source_page,
)

_STYLE: Final = "/style/source.css"
_SPAN: Final = re.compile(r"([0-9]{1,12})-([0-9]{1,12})")
_STATES: Final = {"changed": "source_changed", "gone": "source_gone"}
_PDF: Final = "application/pdf"
_KEPT_SECONDS: Final = 3600
_MOST_SHEETS: Final = 4


class _Wanted(NamedTuple):
    """What a request names: a document of a build, and where its file lies.

    `drawable` says that the file is a PDF, and not one that lies inside another file.
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

        `document` names a document whose id can't stand in a path.
        """
        address = Address(doc_id or document, span, build)
        return _source(chatbot, drawer, address, page, words, as_text=view == "text")

    @router.get("/picture/{doc_id:path}", response_class=Response)
    def picture(doc_id: str, page: str = "1", build: str = "", document: str = "") -> Response:
        """A page of a PDF as a picture, as long as the file is the one that was indexed."""
        wanted = _wanted(chatbot, doc_id or document, build)
        if not wanted or not wanted.has_page(page):
            return Response(status_code=404, headers=HEADERS)
        try:
            drawn = drawer.picture(wanted.original, int(page))
        except NotDrawn:
            return Response(status_code=404, headers=HEADERS)
        kept = {"Cache-Control": f"private, max-age={_KEPT_SECONDS}"}
        return Response(drawn, media_type=MEDIA_TYPE, headers={**HEADERS, **kept})

    @router.get("/original/{doc_id:path}", response_class=Response)
    def original(words: ReadersWords, doc_id: str, build: str = "", document: str = "") -> Response:
        """The file itself, where the setting `downloads` allows it."""
        return _original(chatbot, doc_id or document, build, words)

    return router


def _source(
    chatbot: Chatbot, drawer: Drawer, address: Address, page: str, words: Words, *, as_text: bool
) -> HTMLResponse:
    wanted, notes = _wanted(chatbot, address.doc_id, address.build), []
    if wanted is None and chatbot.build_named(address.build) is None:
        wanted = _wanted(chatbot, address.doc_id, "")
        address = Address(address.doc_id)
        notes.append(words("source_build_gone"))
    if wanted is None:
        message = words("source_none_more", name=address.doc_id)
        page_html = message_page(words("source_none"), message, _STYLE, words)
        return HTMLResponse(page_html, 404, HEADERS)
    build, document = wanted.build, wanted.document
    span = _cited(build, document, address.span)
    if address.span and span is None:
        notes.append(words("source_unverified"))
    state = build.file_state(build.catalog.file_of(document.doc_id))
    if state in _STATES:
        notes.append(words(_STATES[state]))
    links = []
    headers = HEADERS
    if state == "same" and chatbot.settings.downloads:
        links.append((words("source_download"), address.original()))
        headers = DOWNLOAD_HEADERS
    show = partial(source_page, document, span, notes, _STYLE, links, words=words)
    if state != "same" or not wanted.drawable:
        return HTMLResponse(show(), headers=headers)
    if as_text:
        links.insert(0, (words("source_show_pages"), address.view()))
        return HTMLResponse(show(), headers=headers)
    numbers = [int(page)] if wanted.has_page(page) else cited_pages(document, span)
    try:
        ranges = [(number, ranges_on(document, span, number)) for number in numbers[:_MOST_SHEETS]]
        sheets = drawer.sheets(wanted.original, [(n, found.chars) for n, found in ranges])
    except NotDrawn as failure:
        notes.append(words("source_not_drawn", why=failure))
        return HTMLResponse(show(), headers=headers)
    sheets = [
        sheet._replace(boxes=(*sheet.boxes, *found.boxes))
        for sheet, (_, found) in zip(sheets, ranges, strict=True)
    ]
    links.insert(0, (words("source_show_text"), address.view(text=True)))
    html = sheets_page(document, span, sheets, address, notes, _STYLE, links, words)
    return HTMLResponse(html, headers=headers)


def _original(chatbot: Chatbot, doc_id: str, build_name: str, words: Words) -> Response:
    def refused(status: int, message: str) -> Response:
        page = message_page(words("source_no_download"), message, _STYLE, words)
        return HTMLResponse(page, status, HEADERS)

    wanted = _wanted(chatbot, doc_id, build_name)
    if not chatbot.settings.downloads:
        return refused(403, words("source_downloads_off"))
    if wanted is None:
        return refused(404, words("source_none_more", name=doc_id))
    data = wanted.build.original(doc_id)
    if data is None:
        return refused(404, words("source_original_gone"))
    name = quote(Path(wanted.original.path).name)
    return Response(
        data,
        media_type="application/octet-stream",
        headers={**HEADERS, "Content-Disposition": f"attachment; filename*=UTF-8''{name}"},
    )


def _wanted(chatbot: Chatbot, doc_id: str, build_name: str) -> _Wanted | None:
    """The document with this id; None where it, or the build, is not there."""
    build = chatbot.build_named(build_name)
    document = build.document(doc_id) if build else None
    if build is None or document is None:
        return None
    file = build.catalog.file_of(doc_id)
    path = file.on_disk(Path(build.manifest.corpus))
    alone = document.media_type == _PDF and document.source == file.path
    return _Wanted(build, document, Original(path, file.sha256), alone and bool(document.runs))


def _cited(build: Build, document: Document, span: str) -> Span | None:
    """The place that `START-END` names; None where it is none of this text.

    Nor is there one in a text that is no longer what was read.
    """
    offsets = _SPAN.fullmatch(span)
    if not offsets:
        return None
    place = Span(*map(int, offsets.groups()))
    words = place.of(document.text)
    inside = place.start < place.end <= len(document.text)
    return place if inside and build.holds(document.doc_id, place, words) else None

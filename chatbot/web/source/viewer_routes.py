"""The routes of the source viewer. A document is looked up by its id, never by a path."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, Response
from starlette.concurrency import run_in_threadpool

from chatbot.chatbot_view import ChatbotView
from chatbot.errors import NotFound
from chatbot.index.catalog import storable
from chatbot.types import DocumentSummary, Span
from chatbot.web.door.etags import KEPT, NOT_MODIFIED, is_current
from chatbot.web.door.responses import IS_HEAD
from chatbot.web.html.page_texts import ReadersWords, Words
from chatbot.web.problems import Problem, Refusal, documented
from chatbot.web.readers_chatbot import ReadersChatbot
from chatbot.web.source.drawing_jobs import Sheet
from chatbot.web.source.drawing_queue import DrawingBusy, DrawingQueue, while_connected
from chatbot.web.source.find_source import Source, drawable_page, find_source, verified_span
from chatbot.web.source.page_pictures import MEDIA_TYPE, NotDrawn
from chatbot.web.source.page_places import PagePlaces, cited_pages, places_on
from chatbot.web.source.viewer_pages import (
    DOWNLOAD_HEADERS,
    HEADERS,
    Address,
    Link,
    mentions_of,
    message_page,
    sheets_page,
    source_page,
)

_STATE_NOTES: Final = {"changed": "source_changed", "gone": "source_gone"}
_ANY_FILE: Final = "application/octet-stream"
_CACHE_SECONDS: Final = 3600
_MOST_SHEETS: Final = 4
_LONGEST_FIND: Final = 200


class _Shown(NamedTuple):
    """A document in the viewer, with the numbers of the pages to draw."""

    source: Source
    span: Span | None
    address: Address
    numbers: list[int]
    notes: list[str]
    links: list[Link]
    headers: dict[str, str]
    framed: bool

    def ranges(self) -> list[tuple[int, tuple[Span, ...]]]:
        """The pages to draw, with the characters of the span on each."""
        places = zip(self.numbers, self._places(), strict=True)
        return [(number, place.chars) for number, place in places]

    def text(self, words: Words) -> HTMLResponse:
        """The document as text."""
        document, address = self.source.document, self.address
        found = mentions_of(document, address.find, self.source.build.terms)
        shown = document, self.span, self.notes, self.links
        html = source_page(*shown, words=words, address=address, mentions=found, framed=self.framed)
        return HTMLResponse(html, headers=self.headers)

    def pages(self, drawn: Sequence[Sheet], words: Words) -> HTMLResponse:
        """The pages as pictures, with a link to the text."""
        sheets = [
            sheet._replace(boxes=(*sheet.boxes, *place.boxes))
            for sheet, place in zip(drawn, self._places(), strict=True)
        ]
        links = [(words("source_show_text"), self.address.view(text=True)), *self.links]
        document, span = self.source.document, self.span
        shown = document, span, sheets, self.address, self.notes, links, words
        html = sheets_page(*shown, framed=self.framed)
        return HTMLResponse(html, headers=self.headers)

    def _places(self) -> list[PagePlaces]:
        return [places_on(self.source.document, self.span, number) for number in self.numbers]


def source_router(queue: DrawingQueue) -> APIRouter:
    """The routes of the viewer."""
    router = APIRouter(tags=["documents"], responses=documented(503))
    a_page: dict[int | str, dict[str, Any]] = {
        404: {"model": Problem, "content": {"text/html": {}}}
    }

    @router.get(
        "/source/{doc_id:path}",
        response_class=HTMLResponse,
        responses={**a_page, **NOT_MODIFIED},
    )
    async def source(
        request: Request,
        chatbot: ReadersChatbot,
        words: ReadersWords,
        doc_id: str,
        span: str = "",
        build: str = "",
        page: str = "",
        view: str = "",
        document: str = "",
        find: str = "",
    ) -> HTMLResponse:
        """The source viewer, at the cited span. `view=text` shows a PDF as text.

        Every mention of the words in `find` is highlighted. `document` has the document's id if
        it can't be part of a path.
        """
        address = Address(doc_id or document, span, build, find[:_LONGEST_FIND])
        as_text = view == "text" or bool(find)
        framed = request.headers.get("sec-fetch-dest") == "iframe"
        how = {"as_text": as_text, "framed": framed}
        shown = await run_in_threadpool(_view, chatbot, address, page, words, **how)
        if isinstance(shown, HTMLResponse):
            return shown
        try:
            sheets = await while_connected(
                request, queue.sheets(shown.source.original, shown.ranges())
            )
        except NotDrawn as failure:
            shown.notes.append(words("source_not_drawn", why=failure))
            return await run_in_threadpool(shown.text, words)
        return shown.pages(sheets, words)

    @router.get(
        "/picture/{doc_id:path}",
        response_class=Response,
        responses={200: {"content": {MEDIA_TYPE: {}}}, **NOT_MODIFIED, **documented(404)},
    )
    async def picture(
        request: Request,
        chatbot: ReadersChatbot,
        doc_id: str,
        page: str = "1",
        build: str = "",
        document: str = "",
    ) -> Response:
        """A page of a PDF as an image, if the file is unchanged."""
        original = await run_in_threadpool(drawable_page, chatbot, doc_id or document, build, page)
        # Whoever logs in next at this browser may not see it.
        cached = {
            "Cache-Control": f"private, max-age={_CACHE_SECONDS}",
            "Vary": KEPT["Vary"],
            "ETag": f'"{original.sha256}-{int(page)}"',
        }
        if is_current(request.headers, cached["ETag"]):
            return Response(status_code=304, headers=cached)
        try:
            image = await while_connected(request, queue.picture(original, int(page)))
        except DrawingBusy as busy:
            wait = {"Retry-After": str(busy.seconds)}
            message = "Too many pages are being drawn. Try again in a few seconds."
            raise Refusal(503, "busy", message, wait) from busy
        except NotDrawn as failure:
            message = f"This page can't be drawn ({failure}). Open its text instead."
            raise NotFound(message) from failure
        return Response(image, media_type=MEDIA_TYPE, headers={**HEADERS, **cached})

    @router.get(
        "/original/{doc_id:path}",
        response_class=FileResponse,
        responses={
            **a_page,
            **NOT_MODIFIED,
            **documented(400, 416),
            **{status: {"content": {_ANY_FILE: {}}} for status in (200, 206)},
            403: a_page[404],
        },
    )
    def original(
        request: Request,
        chatbot: ReadersChatbot,
        words: ReadersWords,
        doc_id: str,
        build: str = "",
        document: str = "",
    ) -> Response:
        """The original file, or a range of it, if the setting `downloads` allows it."""
        response = _download(chatbot, doc_id or document, build, words)
        # The status has the size, so nothing is read for a body that is thrown away.
        is_head, headers = request.scope.get(IS_HEAD), dict(response.headers)
        if response.status_code == 200 and is_current(request.headers, headers.get("etag", "")):
            return Response(status_code=304, headers={**headers, "content-length": "0"})
        return Response(headers=headers) if is_head else response

    return router


def _view(
    chatbot: ChatbotView,
    address: Address,
    page: str,
    words: Words,
    *,
    as_text: bool,
    framed: bool,
) -> HTMLResponse | _Shown:
    """The page of the viewer, or what to draw for it."""
    source, notes = find_source(chatbot, address.doc_id, address.build), []
    if source is None and chatbot.build_named(address.build) is None:
        source = find_source(chatbot, address.doc_id, "")
        address = Address(address.doc_id, find=address.find)
        notes.append(words("source_build_gone"))
    if source is None:
        message = words("source_none_more", name=address.doc_id)
        return HTMLResponse(message_page(words("source_none"), message, words), 404, HEADERS)
    build, document = source.build, source.document
    span = verified_span(build, document, address.span)
    if address.span and span is None:
        notes.append(words("source_unverified"))
    state = build.file_state(build.catalog.file_of(document.doc_id))
    if state in _STATE_NOTES:
        notes.append(words(_STATE_NOTES[state]))
    shown = _Shown(source, span, address, [], notes, [], HEADERS, framed)
    if newest := _newest(chatbot, document.doc_id):
        notes.append(words("older_version", title=f"{newest.title} ({newest.source})"))
        shown.links.append((words("source_newest"), Address(newest.doc_id).view()))
    whole = build.catalog.holds_whole_file(document.doc_id)
    if state == "same" and whole and chatbot.settings.downloads:
        shown.links.append((words("source_download"), address.original()))
        shown = shown._replace(headers=DOWNLOAD_HEADERS)
    if state != "same" or not source.drawable:
        return shown.text(words)
    if as_text:
        shown.links.insert(0, (words("source_show_pages"), address.view()))
        return shown.text(words)
    numbers = [int(page)] if source.has_page(page) else cited_pages(document, span)
    return shown._replace(numbers=numbers[:_MOST_SHEETS])


def _newest(chatbot: ChatbotView, doc_id: str) -> DocumentSummary | None:
    """The newest version in service of a document, if it is newer."""
    for versions in chatbot.build.newer_versions([doc_id]).values():
        return chatbot.build.summaries(versions[:1])[0]
    return None


def _download(chatbot: ChatbotView, doc_id: str, build_name: str, words: Words) -> Response:
    def refusal(status: int, message: str) -> Response:
        page = message_page(words("source_no_download"), message, words)
        return HTMLResponse(page, status, HEADERS)

    if not chatbot.settings.downloads:
        return refusal(403, words("source_downloads_off"))
    source = find_source(chatbot, doc_id, build_name)
    if source is None:
        return refusal(404, words("source_none_more", name=doc_id))
    unchanged = source.build.original(doc_id)
    if unchanged is None:
        return refusal(404, words("source_original_gone"))
    path, status = unchanged
    # A name on disk may have bytes that aren't UTF-8.
    name = quote(storable(path.name))
    return FileResponse(
        path,
        media_type=_ANY_FILE,
        headers={
            **HEADERS,
            **KEPT,
            "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
            "ETag": f'"{source.original.sha256}"',
        },
        stat_result=status,
    )

"""The source viewer's pages: a document's text, or its pages as pictures, the cited span marked.

They carry no script, and their security policy lets them load nothing but their own style and
pictures. Every word that comes from a document is escaped here or in `blocks`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from chatbot.addresses import Route, document_address
from chatbot.types import Document, Span
from chatbot.web.html.page_texts import Words
from chatbot.web.source.document_html import blocks_html
from chatbot.web.source.page_pictures import Sheet

POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-top-navigation-by-user-activation"
)
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
# A download starts only where the page that links it may start one.
DOWNLOAD_HEADERS: Final = {
    **HEADERS,
    "Content-Security-Policy": f"{POLICY} allow-downloads",
}


@dataclass(frozen=True, slots=True)
class Address:
    """What a viewer's address says, so that its links keep it."""

    doc_id: str
    span: str = ""
    build: str = ""

    def view(self, *, page: int | None = None, text: bool = False) -> str:
        said = {"span": self.span, "build": self.build}
        if page is not None:
            said["page"] = str(page)
        if text:
            said["view"] = "text"
        return self._url("source", said) + ("#evidence" if self.span and page is None else "")

    def picture(self, page: int) -> str:
        return self._url("picture", {"page": str(page), "build": self.build})

    def original(self) -> str:
        return self._url("original", {"build": self.build})

    def _url(self, route: Route, said: dict[str, str]) -> str:
        return document_address(route, self.doc_id, **said)


def source_page(
    document: Document,
    span: Span | None,
    notes: Sequence[str],
    style: str,
    links: Sequence[tuple[str, str]] = (),
    *,
    words: Words,
) -> str:
    """A document as text. `notes` and `links`, words with an address, stand above it."""
    body = f"<main>{blocks_html(document, span, words)}</main>"
    return _page(document, notes, style, links, body, words)


def sheets_page(
    document: Document,
    span: Span | None,
    sheets: Sequence[Sheet],
    address: Address,
    notes: Sequence[str],
    style: str,
    links: Sequence[tuple[str, str]],
    words: Words,
) -> str:
    """Some pages of a document as pictures, with the rectangles of the cited words over them."""
    cited = (
        f'<blockquote class="cited" dir="auto">{escape(span.of(document.text))}</blockquote>'
        if span
        else ""
    )
    around = _around(sheets, len(document.pages), address, words)
    drawn = []
    marked = False
    for sheet in sheets:
        drawn.append(_sheet(sheet, address, words, first=not marked))
        marked = marked or bool(sheet.boxes)
    body = f'{cited}{around}<main class="sheets">{"".join(drawn)}</main>{around}'
    every = "".join(
        f'<li><a href="{escape(address.view(page=number))}">{number}</a></li>'
        for number in range(1, len(document.pages) + 1)
    )
    summary = escape(words("source_pages_all"))
    body += f'<details class="every"><summary>{summary}</summary><ol>{every}</ol></details>'
    return _page(document, notes, style, links, body, words)


def message_page(title: str, message: str, style: str, words: Words) -> str:
    """A page that says why there is no document to show."""
    body = f"<header><h1>{escape(title)}</h1><p>{escape(message)}</p></header>"
    return _whole(title, style, body, words)


def _page(
    document: Document,
    notes: Sequence[str],
    style: str,
    links: Sequence[tuple[str, str]],
    body: str,
    words: Words,
) -> str:
    warnings = "".join(f'<p class="note" role="note">{escape(note)}</p>' for note in notes)
    details = " · ".join(
        f"<bdi>{escape(value)}</bdi>"
        for value in (document.metadata.author, document.metadata.date, document.source)
        if value
    )
    ways = "".join(f'<a href="{escape(url)}">{escape(name)}</a>' for name, url in links)
    views = escape(words("source_views"))
    ways = f'<nav class="ways" aria-label="{views}">{ways}</nav>' if ways else ""
    return _whole(
        document.title,
        style,
        f'<header><h1 dir="auto">{escape(document.title)}</h1>'
        f'<p class="details">{details}</p>{ways}{warnings}</header>{body}',
        words,
    )


def _whole(title: str, style: str, body: str, words: Words) -> str:
    return (
        f'<!doctype html><html lang="{words.language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)}</title><link rel="stylesheet" href="{escape(style)}"></head>'
        f'<body class="source-page">{body}</body></html>'
    )


def _around(sheets: Sequence[Sheet], pages: int, address: Address, words: Words) -> str:
    """Which pages these are, and the links to those before and after."""
    first, last = sheets[0].number, sheets[-1].number

    def named(page: int) -> str:
        return escape(words("source_page", n=page))

    before = (
        f'<a rel="prev" href="{escape(address.view(page=first - 1))}">‹ {named(first - 1)}</a>'
        if first > 1
        else "<span></span>"
    )
    after = (
        f'<a rel="next" href="{escape(address.view(page=last + 1))}">{named(last + 1)} ›</a>'
        if last < pages
        else "<span></span>"
    )
    which = str(first) if first == last else f"{first}–{last}"
    form = "one" if first == last else "other"
    middle = f"<span>{escape(words(f'source_place_{form}', pages=which, all=pages))}</span>"
    label = escape(words("source_pages"))
    return f'<nav class="around" aria-label="{label}">{before}{middle}{after}</nav>'


def _sheet(sheet: Sheet, address: Address, words: Words, *, first: bool) -> str:
    """A page: its picture, and rectangles in the page's own points above it."""
    width, height = f"{sheet.width:.2f}", f"{sheet.height:.2f}"
    boxes = "".join(
        f'<rect{" id=evidence" if first and place == 0 else ""} x="{left:.2f}" y="{top:.2f}" '
        f'width="{right - left:.2f}" height="{bottom - top:.2f}"></rect>'
        for place, (left, top, right, bottom) in enumerate(sheet.boxes)
    )
    return (
        f'<figure class="sheet" id="page-{sheet.number}">'
        f'<img src="{escape(address.picture(sheet.number))}" width="{round(sheet.width)}" '
        f'height="{round(sheet.height)}" alt="{escape(words("source_picture", n=sheet.number))}">'
        f'<svg viewBox="0 0 {width} {height}" aria-hidden="true">{boxes}</svg>'
        f"<figcaption>{escape(words('source_page', n=sheet.number))}</figcaption></figure>"
    )

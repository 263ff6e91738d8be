"""The source viewer's pages: a document as text or as pictures, with the cited span marked.

They have no scripts, and their security policy lets them load only their own style and pictures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from markupsafe import Markup

from chatbot.addresses import Route, document_address
from chatbot.types import Document, Span
from chatbot.web.html.highlights import Terms, question_words, remembering
from chatbot.web.html.page_texts import Words
from chatbot.web.html.templates import render
from chatbot.web.source.document_html import DocumentMarker, block_groups, contents
from chatbot.web.source.drawing_jobs import Sheet

POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; "
    # The chat reads the keys pressed in the page. That is safe, because the page runs no script.
    "frame-ancestors 'self'; "
    "sandbox allow-same-origin allow-forms allow-top-navigation-by-user-activation"
)
_MOST_MENTIONS: Final = 1_000
STYLE: Final = "/style/source.css"
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
# Without this, a sandboxed page can't start a download.
DOWNLOAD_HEADERS: Final = {
    **HEADERS,
    "Content-Security-Policy": f"{POLICY} allow-downloads",
}


Link = tuple[str, str]  # text and address


@dataclass(frozen=True, slots=True)
class Address:
    """The parameters of a viewer's address, which its links keep."""

    doc_id: str
    span: str = ""
    build: str = ""
    find: str = ""

    def view(self, *, page: int | None = None, text: bool = False) -> str:
        parameters = {"span": self.span, "build": self.build}
        if page is not None:
            parameters["page"] = str(page)
        if text:
            parameters["view"] = "text"
        return self._url("source", parameters) + ("#evidence" if self.span and page is None else "")

    def picture(self, page: int) -> str:
        return self._url("picture", {"page": str(page), "build": self.build})

    def original(self) -> str:
        return self._url("original", {"build": self.build})

    def _url(self, route: Route, parameters: dict[str, str]) -> str:
        return document_address(route, self.doc_id, **parameters)


def mentions_of(document: Document, find: str, terms: Terms) -> tuple[Span, ...]:
    """The places of the words to find, in any inflected form; the first ones, if they are many."""
    places = question_words(document.text, find, remembering(terms)) if find else ()
    return tuple(islice(places, _MOST_MENTIONS))


def source_page(
    document: Document,
    span: Span | None,
    notes: Sequence[str],
    links: Sequence[Link] = (),
    *,
    words: Words,
    address: Address | None = None,
    mentions: Sequence[Span] = (),
    framed: bool = False,
) -> Markup:
    """A document as text, below notes and links; `mentions` are the places of what to find.

    A page `framed` by the chat has no link back to the chat.
    """
    return render(
        "source/text.html",
        document=document,
        groups=block_groups(document),
        mark=DocumentMarker(document, span, mentions),
        contents=contents(document),
        build=address.build if address else "",
        find=address.find if address else "",
        mentions=len(mentions),
        notes=notes,
        links=links,
        framed=framed,
        style=STYLE,
        words=words,
    )


def sheets_page(
    document: Document,
    span: Span | None,
    sheets: Sequence[Sheet],
    address: Address,
    notes: Sequence[str],
    links: Sequence[Link],
    words: Words,
    *,
    framed: bool = False,
) -> Markup:
    """Some pages of a document as pictures, with rectangles over the cited words."""
    return render(
        "source/pages.html",
        document=document,
        cited=span.of(document.text) if span else "",
        sheets=sheets,
        # The browser scrolls to the first rectangle.
        target=next((sheet.number for sheet in sheets if sheet.boxes), None),
        page_count=len(document.pages),
        address=address,
        build=address.build,
        find="",
        mentions=0,
        notes=notes,
        links=links,
        framed=framed,
        style=STYLE,
        words=words,
    )


def message_page(title: str, message: str, words: Words) -> Markup:
    """A page that says why there's no document to show."""
    return render("source/message.html", title=title, message=message, style=STYLE, words=words)

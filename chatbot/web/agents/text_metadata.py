"""The metadata of a fetched text: its document, its place in it, and its neighbours."""

from __future__ import annotations

from chatbot.index.opened_build import Build
from chatbot.types import Document, Passage, Span
from chatbot.web.agents.text_ids import TextId


def text_metadata(build: Build, document: Document, span: Span) -> dict[str, str]:
    """The metadata of a text, without what isn't known."""
    stated = document.metadata
    known = {
        "document": document.doc_id,
        "document_id": str(TextId(document.doc_id, None, build.name)),
        "source": document.source,
        "media_type": document.media_type,
        "build": build.name,
        "span": f"{span.start}-{span.end}",
        "author": stated.author,
        "date": stated.date,
        "language": stated.language,
        "tags": ", ".join(stated.tags),
    }
    if span != Span(0, len(document.text)):
        known |= _place(build, document, span)
    return {name: value for name, value in known.items() if value}


def _place(build: Build, document: Document, span: Span) -> dict[str, str]:
    passages = build.passages(build.passage_rows(document.doc_id))
    inside = [passage for passage in passages if _overlap(passage.span, span)]
    if not inside:
        return {}
    before, first = passages.index(inside[0]), inside[0]
    after = before + len(inside)
    pages = sorted({page for passage in inside for page in passage.pages})
    leads = [lead.text for lead in first.lead if not span.holds(lead.span)]
    return {
        "section": " › ".join(first.section),
        "pages": ", ".join(map(str, pages)),
        "lead": "\n".join(leads),
        "previous": _id(build, passages[before - 1]) if before else "",
        "next": _id(build, passages[after]) if after < len(passages) else "",
    }


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def _id(build: Build, passage: Passage) -> str:
    return str(TextId(passage.doc_id, passage.span, build.name))

"""HTML: the article with its headings, lists and tables; the rest of the page as furniture.

This walks the whole page, so nothing is lost. Trafilatura decides which text is the article.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from chatbot.readers.decoding.decode import decode
from chatbot.readers.document_writer import CELLS, DocumentWriter
from chatbot.readers.media_types import HTML
from chatbot.readers.raw_file import RawFile
from chatbot.text.clean import fold, one_line
from chatbot.types import BlockKind, Document, Metadata

_UNSEEN: Final = frozenset(
    "script style noscript template svg math iframe object head link meta".split()
)
_OUTSIDE: Final = frozenset("nav footer aside form button dialog menu".split())
_HEADINGS: Final = {f"h{level}": level for level in range(1, 7)}
_INLINE: Final = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark q s samp "
    "small span strike strong sub sup time tt u var wbr".split()
)
# A row with these in its cells is layout, not a record.
_LAID_OUT: Final = "table, p, div, ul, ol, form, h1, h2, h3, h4, h5, h6"
_CHARSET: Final = re.compile(rb"charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
# XHTML closes an empty element within its tag; HTML reads that as an open tag.
_CLOSED_IN_ITSELF: Final = re.compile(r"<([A-Za-z][\w:-]*)((?:\s[^<>]*?)?)/>")
_VOID: Final = frozenset(
    "area base br col embed hr img input link meta param source track wbr".split()
)
# If the article has less than this share of the page's text, trafilatura has missed it.
_LEAST_SHARE: Final = 0.2


class _HtmlBlock(NamedTuple):
    """A block of the page; `outside` is set in navigation and the like, outside the article."""

    kind: BlockKind
    text: str
    level: int
    outside: bool


def read_html(file: RawFile) -> Iterator[Document]:
    """Yield one document."""
    charset = _CHARSET.search(file.data[:4096])
    text = decode(file.data, declared=charset.group(1).decode() if charset else None)
    text = _as_html(text)
    body = LexborHTMLParser(text).body
    if body:
        _unwrap_page_form(body)
    blocks = list(_PageWalk().pieces(body)) if body else []
    article, title, metadata = _article(text)
    candidates = [block for block in blocks if not block.outside]
    article_blocks = [
        block for block in candidates if block.kind == "heading" or fold(block.text) in article
    ]
    if sum(len(block.text) for block in article_blocks) < _LEAST_SHARE * sum(
        len(block.text) for block in blocks
    ):
        article_blocks = candidates
    article_ids = set(map(id, article_blocks))
    writer = DocumentWriter()
    for block in blocks:
        if id(block) in article_ids:
            writer.add(block.kind, block.text, level=block.level)
        else:
            writer.add_furniture("navigation" if block.outside else "boilerplate", block.text)
    yield writer.document(
        file.name, source=file.name, media_type=HTML, title=title, metadata=metadata
    )


def write_html(writer: DocumentWriter, fragment: str) -> None:
    """Append the blocks of an HTML fragment or page, without looking for an article."""
    body = LexborHTMLParser(_as_html(fragment)).body
    for piece in _PageWalk().pieces(body) if body else ():
        if piece.outside:
            writer.add_furniture("navigation", piece.text)
        else:
            writer.add(piece.kind, piece.text, level=piece.level)


def has_headings(page: str) -> bool:
    """Whether a page has a heading."""
    body = LexborHTMLParser(_as_html(page)).body
    return bool(body and body.css_first(",".join(_HEADINGS)))


def _as_html(text: str) -> str:
    """Turn the empty elements of XHTML into HTML."""
    if not text.lstrip("\ufeff \t\r\n").startswith("<?xml"):
        return text
    return _CLOSED_IN_ITSELF.sub(
        lambda tag: tag[0] if tag[1].lower() in _VOID else f"<{tag[1]}{tag[2]}></{tag[1]}>", text
    )


def _unwrap_page_form(body: LexborNode) -> None:
    """Unwrap a form around most of the page (ASP.NET), which would count as furniture."""
    for form in body.css("form"):
        if 2 * len(form.text()) > len(body.text()):
            form.unwrap()


def _article(text: str) -> tuple[str, str | None, Metadata]:
    """The article's folded text, its title and its metadata, by trafilatura."""
    import trafilatura

    extract = trafilatura.bare_extraction(
        text, favor_recall=True, include_comments=False, include_tables=True, with_metadata=True
    )
    if extract is None:
        return "", None, Metadata()
    metadata = Metadata(author=extract.author or None, date=extract.date, language=extract.language)
    return fold(extract.text or ""), extract.title, metadata


class _PageWalk:
    """Turns a tree into blocks in reading order; consecutive inline text makes one block."""

    def __init__(self) -> None:
        self._inline: list[str] = []

    def pieces(self, body: LexborNode) -> Iterator[_HtmlBlock]:
        yield from self._within(body, "paragraph", outside=False)
        yield from self._flush("paragraph", 0, outside=False)

    def _within(self, node: LexborNode, kind: BlockKind, *, outside: bool) -> Iterator[_HtmlBlock]:
        for child in node.iter(include_text=True):
            tag = child.tag or ""
            if tag == "-text":
                self._inline.append(child.text(deep=False))
            elif tag in _UNSEEN or _hidden(child):
                continue
            elif tag in _INLINE:
                yield from self._within(child, kind, outside=outside)
            elif tag == "br":
                self._inline.append("\n")
            else:
                yield from self._flush(kind, 0, outside=outside)
                yield from self._block(child, tag, outside=outside or tag in _OUTSIDE)

    def _block(self, node: LexborNode, tag: str, *, outside: bool) -> Iterator[_HtmlBlock]:
        if tag == "tr" and not node.css_matches(_LAID_OUT):
            cells = [cell for cell in node.iter() if cell.tag in ("td", "th")]
            is_header = all(cell.tag == "th" for cell in cells)
            words = [one_line(_words(cell)) for cell in cells]
            if any(words):
                yield _HtmlBlock(
                    "header_row" if is_header else "row", CELLS.join(words), 0, outside
                )
        elif tag == "pre":
            yield _HtmlBlock("code", node.text(), 0, outside)
        else:
            kind: BlockKind = "paragraph"
            if tag in _HEADINGS:
                kind = "heading"
            elif tag in ("li", "dd", "dt"):
                kind = "item"
            yield from self._within(node, kind, outside=outside)
            yield from self._flush(kind, _HEADINGS.get(tag, 0), outside=outside)

    def _flush(self, kind: BlockKind, level: int, *, outside: bool) -> Iterator[_HtmlBlock]:
        words = one_line("".join(self._inline))
        self._inline.clear()
        if words:
            yield _HtmlBlock(kind, words, level, outside)


def _words(node: LexborNode) -> str:
    """All visible text inside a node."""
    words = []
    for child in node.iter(include_text=True):
        if child.tag == "-text":
            words.append(child.text(deep=False))
        elif child.tag == "br":
            words.append("\n")
        elif child.tag not in _UNSEEN and not _hidden(child):
            words.append(_words(child))
    return "".join(words)


def _hidden(node: LexborNode) -> bool:
    attributes = node.attributes
    return (
        "hidden" in attributes
        or attributes.get("aria-hidden") == "true"
        or "display:none" in (attributes.get("style") or "").replace(" ", "").lower()
    )

"""HTML: the article with its headings, lists and tables; the rest of the page as furniture.

This walks the whole page, so nothing is lost. Trafilatura decides which text is the article.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from chatbot.readers.decoding.decode import decode
from chatbot.readers.document_writer import CELLS, DocumentWriter
from chatbot.readers.markup.html_dates import stated_date
from chatbot.readers.markup.html_forms import show_values
from chatbot.readers.markup.html_nodes import INLINE, UNSEEN, hidden, is_struck, show_symbols, words
from chatbot.readers.markup.html_tables import captions, data_table, header_rows, link_share
from chatbot.readers.media_types import HTML
from chatbot.readers.pictures import PictureReader, data_of_uri
from chatbot.readers.raised import raised
from chatbot.readers.raw_file import RawFile
from chatbot.readers.struck import joined
from chatbot.readers.tables.grid import Grid
from chatbot.readers.tables.write_table import write_table
from chatbot.text.clean import fold, one_line
from chatbot.text.struck_through import STRUCK
from chatbot.types import BlockKind, Document, Metadata

_OUTSIDE: Final = frozenset("nav footer aside form button dialog menu".split())
_HEADINGS: Final = {f"h{level}": level for level in range(1, 7)}
_CHARSET: Final = re.compile(rb"charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
# XHTML closes an empty element within its tag; HTML reads that as an open tag.
_CLOSED_IN_ITSELF: Final = re.compile(r"<([A-Za-z][\w:-]*)((?:\s[^<>]*?)?)/>")
_VOID: Final = frozenset(
    "area base br col embed hr img input link meta param source track wbr".split()
)
# A table whose letters are mostly links is navigation, unless trafilatura finds it in the article.
_LINKED: Final = 0.5
# If the article has less than this share of the page's text, trafilatura has missed it.
_LEAST_SHARE: Final = 0.2


class _HtmlBlock(NamedTuple):
    """A block of the page; `outside` is set in navigation and the like, outside the article.

    `pictured` words are those of a picture, which trafilatura doesn't see.
    """

    kind: BlockKind
    text: str
    level: int
    outside: bool
    pictured: bool = False


class _HtmlTable(NamedTuple):
    """A table of data, with its captions, and its number of header rows if the page states it."""

    grid: Grid
    headers: int | None
    outside: bool
    linked: float
    titles: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The text of all its cells."""
        return "\n".join(self.rows())

    def rows(self) -> list[str]:
        """The text of each row."""
        return [CELLS.join(filter(None, row)) for row in self.grid.rows if any(row)]

    def is_in(self, article: str) -> bool:
        """Whether most of its rows are in the text of the article."""
        rows = self.rows()
        return 2 * sum(_compared(row) in article for row in rows) > len(rows)


_Piece = _HtmlBlock | _HtmlTable


def read_html(file: RawFile) -> Iterator[Document]:
    """Yield one document."""
    text = _text(file)
    body = LexborHTMLParser(text).body
    article, title, metadata = _article(text)
    if body:
        show_symbols(body)
        article = f"{article} {_compared(show_values(body))}"
        _unwrap_page_form(body)
    blocks = list(_PageWalk().pieces(body)) if body else []
    candidates = [block for block in blocks if not block.outside]
    article_blocks = [block for block in candidates if _is_article(block, article)]
    if sum(len(block.text) for block in article_blocks) < _LEAST_SHARE * sum(
        len(block.text) for block in blocks
    ):
        article_blocks = candidates
    article_ids = set(map(id, article_blocks))
    writer = DocumentWriter()
    for block in blocks:
        _write(writer, block, furniture=id(block) not in article_ids)
    yield writer.document(
        file.name, source=file.name, media_type=HTML, title=title, metadata=metadata
    )


def read_help_topic(file: RawFile) -> Iterator[Document]:
    """Yield one document. A topic of HTML Help is content as a whole, without an article in it."""
    text = _text(file)
    page = LexborHTMLParser(text)
    heading = page.css_first("h1") or page.css_first("title")
    title = words(heading) if heading else None
    writer = DocumentWriter()
    write_html(writer, text)
    yield writer.document(file.name, source=file.name, media_type=HTML, title=title)


def write_html(
    writer: DocumentWriter,
    fragment: str,
    picture: Callable[[str], bytes] = data_of_uri,
    outside: frozenset[str] = _OUTSIDE,
) -> None:
    """Append the blocks of an HTML fragment or page, without looking for an article.

    `picture` returns the bytes of the picture at an address, or none. Elements with the tags
    `outside` are furniture.
    """
    body = LexborHTMLParser(_as_html(fragment)).body
    if body:
        show_symbols(body)
        show_values(body)
    for piece in _PageWalk(picture, outside).pieces(body) if body else ():
        _write(writer, piece, furniture=piece.outside)


def _is_article(block: _Piece, article: str) -> bool:
    if isinstance(block, _HtmlTable):
        return block.linked < _LINKED or block.is_in(article)
    return block.kind == "heading" or block.pictured or _compared(block.text) in article


def _compared(text: str) -> str:
    """A text for comparison with trafilatura's, where no figure is raised and no word struck."""
    return fold(unicodedata.normalize("NFKC", text.replace(STRUCK, "")))


def _write(writer: DocumentWriter, block: _Piece, *, furniture: bool) -> None:
    if furniture:
        texts = [block.text]
        if isinstance(block, _HtmlTable):
            texts = [*block.titles, *block.rows()]
        for text in texts:
            writer.add_furniture("navigation" if block.outside else "boilerplate", text)
    elif isinstance(block, _HtmlTable):
        write_table(writer, block.grid, headers=block.headers, titles=block.titles)
    else:
        writer.add(block.kind, block.text, level=block.level)


def has_headings(page: str) -> bool:
    """Whether a page has a heading."""
    body = LexborHTMLParser(_as_html(page)).body
    return bool(body and body.css_first(",".join(_HEADINGS)))


def _text(file: RawFile) -> str:
    charset = _CHARSET.search(file.data[:4096])
    return _as_html(decode(file.data, declared=charset.group(1).decode() if charset else None))


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
    """The article's text for comparison, its title and its metadata, by trafilatura."""
    import trafilatura

    page = LexborHTMLParser(text)
    page.strip_tags(["rt", "rp"], recursive=True)  # phonetic guides
    if page.body:
        show_symbols(page.body)
    for dated in page.css("p time"):
        dated.unwrap()  # trafilatura would leave out its words
    extract = trafilatura.bare_extraction(
        page.html or text,
        favor_recall=True,
        include_comments=False,
        include_tables=True,
        with_metadata=True,
        # Its own search takes dates from the text; this way it costs little.
        date_extraction_params={"extensive_search": False},
    )
    date = stated_date(text)
    if extract is None:
        return "", None, Metadata(date=date)
    metadata = Metadata(author=extract.author or None, date=date, language=extract.language)
    return _compared(extract.text or ""), extract.title, metadata


class _PageWalk:
    """Turns a tree into blocks in reading order; consecutive inline text makes one block."""

    def __init__(
        self, picture: Callable[[str], bytes] = data_of_uri, outside: frozenset[str] = _OUTSIDE
    ) -> None:
        self._outside = outside
        self._inline: list[str] = []
        self._picture = picture
        self._pictures = PictureReader()

    def pieces(self, body: LexborNode) -> Iterator[_Piece]:
        yield from self._within(body, "paragraph", outside=False)
        yield from self._flush("paragraph", 0, outside=False)

    def _within(self, node: LexborNode, kind: BlockKind, *, outside: bool) -> Iterator[_Piece]:
        for child in node.iter(include_text=True):
            tag = child.tag or ""
            if tag == "-text":
                self._inline.append(child.text(deep=False))
            elif tag in UNSEEN or hidden(child):
                continue
            elif tag == "img":
                yield from self._in_picture(child, kind, outside=outside)
            elif tag == "sup":
                self._inline.append(raised(words(child)))
            elif tag in INLINE and is_struck(child):
                self._inline.append(STRUCK)
                yield from self._within(child, kind, outside=outside)
                self._inline.append(STRUCK)
            elif tag in INLINE:
                yield from self._within(child, kind, outside=outside)
            elif tag == "br":
                self._inline.append("\n")
            else:
                yield from self._flush(kind, 0, outside=outside)
                yield from self._block(child, tag, kind, outside=outside or tag in self._outside)

    def _block(
        self, node: LexborNode, tag: str, within: BlockKind, *, outside: bool
    ) -> Iterator[_Piece]:
        if tag == "table" and (grid := data_table(node, self._pictured)):
            titles = tuple(captions(node))
            yield _HtmlTable(grid, header_rows(node), outside, link_share(node), titles)
        elif tag == "pre":
            yield _HtmlBlock("code", node.text(), 0, outside)
        else:
            kind: BlockKind = "paragraph"
            if tag in _HEADINGS:
                kind = "heading"
            elif tag in ("li", "dd", "dt") or (tag in ("p", "div") and within == "item"):
                kind = "item"
            yield from self._within(node, kind, outside=outside)
            yield from self._flush(kind, _HEADINGS.get(tag, 0), outside=outside)

    def _in_picture(
        self, node: LexborNode, kind: BlockKind, *, outside: bool
    ) -> Iterator[_HtmlBlock]:
        """The paragraphs in a picture, after the text before it."""
        texts = self._pictured(node)
        if texts:
            yield from self._flush(kind, 0, outside=outside)
        for text in texts:
            yield _HtmlBlock("paragraph", text, 0, outside, pictured=True)

    def _pictured(self, node: LexborNode) -> list[str]:
        if self._pictures.is_spent:
            return []
        return self._pictures.paragraphs(self._picture(node.attributes.get("src") or ""))

    def _flush(self, kind: BlockKind, level: int, *, outside: bool) -> Iterator[_HtmlBlock]:
        text = one_line(joined(self._inline))
        self._inline.clear()
        if text:
            yield _HtmlBlock(kind, text, level, outside)

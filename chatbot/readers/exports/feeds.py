"""Feeds (RSS and Atom): each entry as a document with its own title, date and author."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from html import unescape
from typing import Final

from chatbot.readers.document_writer import DocumentWriter
from chatbot.readers.exports.xml_text import words, xml_root_of
from chatbot.readers.file_properties import iso_date, language_tag, message_date, own_author
from chatbot.readers.markup.html import write_html
from chatbot.readers.markup.xml_document import read_xml
from chatbot.readers.markup.xml_tree import Element, attribute, children, descendants, local
from chatbot.readers.media_types import FEED
from chatbot.readers.raw_file import RawFile, unused_name
from chatbot.text.clean import one_line
from chatbot.types import Document, Metadata

_TAG: Final = re.compile(r"</?[a-zA-Z][^<>]*>")
# In order of preference: the whole text before a summary.
_TEXTS: Final = ("encoded", "content", "description", "summary")
_DATES: Final = ("pubDate", "published", "date", "updated", "issued", "modified")


def read_feed(file: RawFile) -> Iterator[Document | RawFile]:
    """Yield a document for each entry; a file without entries is read as XML."""
    root = xml_root_of(file)
    entries = _entries(root)
    if root is None or not entries:
        yield from read_xml(file)
        return
    language = language_tag(attribute(root, "lang"), *map(words, descendants(root, "language")))
    uses: Counter[str] = Counter()
    for number, entry in enumerate(entries, start=1):
        fields = {local(field): field for field in reversed(list(children(entry)))}
        writer = DocumentWriter()
        text = next((fields[name] for name in _TEXTS if name in fields), None)
        if text is not None:
            write_html(writer, _markup(text))
        # Atom escapes markup in a title once more.
        title = one_line(_TAG.sub("", unescape(words(fields.get("title")))))
        if text is None or not words(text):
            writer.add("paragraph", title)
        author = fields.get("author", fields.get("creator"))
        yield writer.document(
            file.prefix + unused_name(title[:80] or str(number), uses),
            source=file.name,
            media_type=FEED,
            title=title,
            metadata=Metadata(
                author=own_author(_person(author)),
                date=iso_date(*map(_date, (words(fields.get(name)) for name in _DATES))),
                language=language,
                tags=_tags(entry),
                extra={"link": link} if (link := _link(entry)) else {},
            ),
        )


def _entries(root: Element | None) -> list[Element]:
    if root is None:
        return []
    return [node for name in ("item", "entry") for node in descendants(root, name)]


def _markup(text: Element) -> str:
    """The text of an entry as HTML: escaped in it, or as elements."""
    inner = next(children(text), None)
    if inner is None:
        return text.text or ""
    return "\n".join(f"<p>{words(part)}</p>" for part in _blocks(text))


def _blocks(element: Element) -> Iterator[Element]:
    """The innermost elements that hold blocks of XHTML."""
    parts = list(children(element))
    if any(local(part) in ("div", "p", "ul", "ol", "section", "article") for part in parts):
        for part in parts:
            yield from _blocks(part)
    else:
        yield element


def _person(author: Element | None) -> str:
    name = next(children(author, "name"), author) if author is not None else None
    return words(name)


def _date(value: str) -> str | None:
    return value if iso_date(value) else message_date(value)


def _tags(entry: Element) -> tuple[str, ...]:
    stated = (attribute(node, "term") or words(node) for node in children(entry, "category"))
    return tuple(dict.fromkeys(filter(None, stated)))


def _link(entry: Element) -> str:
    links = list(children(entry, "link"))
    return next((attribute(link, "href") or words(link) for link in links), "")

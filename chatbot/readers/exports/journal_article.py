"""Journal articles in JATS (`.nxml`): title, authors, abstract, sections, tables, references."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from chatbot.readers.document_writer import DocumentWriter
from chatbot.readers.exports.xml_text import words, write_xml_table, xml_root_of
from chatbot.readers.file_properties import iso_date, language_tag, own_author, own_title
from chatbot.readers.markup.xml_document import read_xml
from chatbot.readers.markup.xml_tree import Element, attribute, child, children, descendants, local
from chatbot.readers.media_types import JOURNAL_ARTICLE
from chatbot.readers.raw_file import RawFile
from chatbot.types import Document, Metadata

_DEEPEST: Final = 6
_ITEMS: Final = frozenset({"list-item", "def-item", "ref", "fn"})


def read_journal_article(file: RawFile) -> Iterator[Document | RawFile]:
    """Yield one document; another format that calls its root `article` is read as XML."""
    root = xml_root_of(file)
    if root is None:
        yield from read_xml(file)
        return
    article = root if local(root) == "article" else next(descendants(root, "article"), root)
    meta = child(article, "front", "article-meta")
    if meta is None:
        yield from read_xml(file)
        return
    writer = DocumentWriter()
    for abstract in children(meta, "abstract"):
        if child(abstract, "title") is None:
            writer.add("heading", "Abstract", level=2)
        _write(writer, abstract, 2)
    for part in children(article, "body", "back", "floats-group"):
        _write(writer, part, 1)
    yield writer.document(
        file.name,
        source=file.name,
        media_type=JOURNAL_ARTICLE,
        title=own_title(words(child(meta, "title-group", "article-title"), "xref", "fn")),
        metadata=Metadata(
            author="; ".join(_authors(meta)) or None,
            date=iso_date(*_dates(meta)),
            language=language_tag(attribute(article, "lang")),
            tags=tuple(dict.fromkeys(filter(None, map(words, descendants(meta, "kwd"))))),
        ),
    )


def _write(writer: DocumentWriter, element: Element, level: int) -> None:
    """Append the content of an element; a title is a heading at this level."""
    for part in children(element):
        match local(part):
            case "title":
                writer.add("heading", words(part), level=min(level, _DEEPEST))
            case "sec" | "ack" | "app" | "ref-list" | "boxed-text" | "fn-group" | "glossary":
                if local(part) == "ref-list" and child(part, "title") is None:
                    writer.add("heading", "References", level=min(level + 1, _DEEPEST))
                _write(writer, part, level + 1)
            case "table":
                write_xml_table(writer, part)
            case "p" if any(local(inner) in ("list", "table-wrap", "fig") for inner in part):
                writer.add("paragraph", words(part, "list", "table-wrap", "fig", "disp-quote"))
                _write(writer, part, level)
            case "p" | "label" | "disp-formula" | "verse-line" | "attrib":
                writer.add("paragraph", words(part))
            case name if name in _ITEMS:
                writer.add("item", words(part))
            case "graphic" | "media" | "alternatives" | "object-id":
                for table in children(part, "table"):
                    write_xml_table(writer, table)
            case "table-wrap" | "fig":
                caption = (words(child(part, "label")), words(child(part, "caption")))
                writer.add("paragraph", " ".join(filter(None, caption)))
                for inner in children(part):
                    if local(inner) not in ("label", "caption"):
                        _write_alone(writer, inner, level)
            case _:
                _write(writer, part, level)


def _write_alone(writer: DocumentWriter, element: Element, level: int) -> None:
    if local(element) == "table":
        write_xml_table(writer, element)
    else:
        _write(writer, element, level)


def _authors(meta: Element) -> Iterator[str]:
    for person in descendants(meta, "contrib"):
        if (attribute(person, "contrib-type") or "author") == "author":
            name = child(person, "name")
            parts = (words(child(name, "given-names")), words(child(name, "surname")))
            whole = " ".join(filter(None, parts)) or words(child(person, "collab"))
            if author := own_author(whole):
                yield author


def _dates(meta: Element) -> Iterator[str]:
    """The dates of publication; the electronic one is usually the first."""
    kinds = ("epub", "pub", "ppub", "collection")
    dates = sorted(
        children(meta, "pub-date"),
        key=lambda date: next(
            (
                kinds.index(kind)
                for name in ("pub-type", "date-type")
                if (kind := attribute(date, name)) in kinds
            ),
            len(kinds),
        ),
    )
    for date in dates:
        parts = [words(child(date, name)).zfill(2) for name in ("year", "month", "day")]
        yield "-".join(parts[: 1 if parts[1] == "00" else 2 if parts[2] == "00" else 3])

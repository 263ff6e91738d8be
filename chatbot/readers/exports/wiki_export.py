"""Exports of MediaWiki: each page as a document with its sections and tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from chatbot.readers.document_writer import DocumentWriter
from chatbot.readers.exports.wikitext import is_redirect, write_wikitext
from chatbot.readers.exports.xml_text import words, xml_root_of
from chatbot.readers.file_properties import iso_date, language_tag, own_author
from chatbot.readers.markup.xml_document import read_xml
from chatbot.readers.markup.xml_tree import attribute, child, children, descendants
from chatbot.readers.media_types import WIKI
from chatbot.readers.raw_file import RawFile, unused_name
from chatbot.types import Document, Metadata


def read_wiki_export(file: RawFile) -> Iterator[Document | RawFile]:
    """Yield a document for each page, from its last version; a redirect has none."""
    root = xml_root_of(file)
    if root is None:
        yield from read_xml(file)
        return
    language = language_tag(attribute(root, "lang"))
    uses: Counter[str] = Counter()
    for page in descendants(root, "page"):
        versions = list(children(page, "revision"))
        text = child(versions[-1], "text") if versions else None
        wikitext = (text.text or "") if text is not None else ""
        if is_redirect(wikitext):
            continue
        title = words(child(page, "title"))
        writer = DocumentWriter()
        tags = write_wikitext(writer, wikitext)
        yield writer.document(
            file.prefix + unused_name(title or "page", uses),
            source=file.name,
            media_type=WIKI,
            title=title,
            metadata=Metadata(
                author=own_author(words(child(versions[-1], "contributor", "username"))),
                date=iso_date(words(child(versions[-1], "timestamp"))),
                language=language,
                tags=tags,
            ),
        )

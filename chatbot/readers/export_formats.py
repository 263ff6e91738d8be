"""The formats in which other programs export their data."""

from __future__ import annotations

import re
from typing import Final

from chatbot.readers import media_types as types
from chatbot.readers.detection.signs import Begins, TextBegins, TextLooksLike, XmlRoot
from chatbot.readers.formats import Format

_READERS: Final = "chatbot.readers.exports"


def _root(*names: str) -> tuple[XmlRoot | TextBegins, ...]:
    """The signs of an XML format: its root element, with or without an XML declaration."""
    start = "|".join(map(re.escape, names)).encode()
    roots = (XmlRoot(name.encode()) for name in names)
    return (
        *roots,
        TextBegins(re.compile(rb"(?:<!--.*?-->\s*)*<(?:" + start + rb")[\s>]", re.DOTALL)),
    )


EXPORTS: Final = (
    Format(
        name="FictionBook",
        media_type=types.FICTION_BOOK,
        reader=f"{_READERS}.fiction_book:read_fiction_book",
        signs=_root("FictionBook"),
        suffixes=(".fb2",),
    ),
    Format(
        name="Journal article (JATS)",
        media_type=types.JOURNAL_ARTICLE,
        reader=f"{_READERS}.journal_article:read_journal_article",
        signs=(XmlRoot(b"article"), XmlRoot(b"pmc-articleset")),
        suffixes=(".nxml",),
    ),
    Format(
        name="Feed",
        media_type=types.FEED,
        reader=f"{_READERS}.feeds:read_feed",
        signs=_root("rss", "feed", "rdf:RDF"),
        suffixes=(".rss", ".atom"),
    ),
    Format(
        name="Evernote",
        media_type=types.EVERNOTE,
        reader=f"{_READERS}.evernote:read_evernote",
        signs=_root("en-export"),
        suffixes=(".enex",),
        container=True,
    ),
    Format(
        name="MediaWiki",
        media_type=types.WIKI,
        reader=f"{_READERS}.wiki_export:read_wiki_export",
        signs=_root("mediawiki"),
    ),
    Format(
        name="Calendar",
        media_type=types.CALENDAR,
        reader=f"{_READERS}.calendars:read_calendar",
        signs=(TextLooksLike(re.compile(rb"BEGIN:VCALENDAR", re.IGNORECASE)),),
        suffixes=(".ics", ".ical", ".ifb"),
    ),
    Format(
        name="Contacts",
        media_type=types.CONTACTS,
        reader=f"{_READERS}.contacts:read_contacts",
        signs=(TextLooksLike(re.compile(rb"BEGIN:VCARD", re.IGNORECASE)),),
        suffixes=(".vcf", ".vcard"),
    ),
    Format(
        name="Web archive",
        media_type=types.PROPERTY_LIST,
        reader=f"{_READERS}.web_archive:read_web_archive",
        signs=(Begins(b"bplist00"),),
    ),
    Format(
        name="WARC",
        media_type="application/warc",
        reader=f"{_READERS}.warc:read_warc",
        signs=(Begins(b"WARC/1."),),
        suffixes=(".warc",),
        container=True,
        deferred=True,
    ),
)

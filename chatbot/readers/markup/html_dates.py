"""The date that a web page states as its own: in its head, its linked data, or its byline.

A date in the text says when something happened, not when the page was written, so it never counts.
"""

from __future__ import annotations

import json
import re
from calendar import month_abbr
from collections.abc import Iterator
from typing import Any, Final

from selectolax.lexbor import LexborHTMLParser

from chatbot.readers.file_properties import iso_date

# In order of preference: published, then created, then changed.
_NAMES: Final = (
    "article:published_time datepublished og:published_time citation_publication_date "
    "citation_date citation_online_date dcterms.issued dc.date.issued dc.date dcterms.date date "
    "pubdate publication_date publish-date parsely-pub-date sailthru.date datecreated "
    "dcterms.created dc.date.created article:modified_time datemodified dcterms.modified "
    "dc.date.modified og:updated_time last-modified revised"
).split()
_LINKED: Final = ("datePublished", "dateCreated", "dateModified")
_BYLINES: Final = (
    '[itemprop="datePublished"], [itemprop="dateCreated"], [itemprop="dateModified"], '
    "time[pubdate], .dt-published, time.published, time.entry-date, header time, .byline time, "
    ".dateline time, .entry-date, .post-date, .published, time.updated"
)
_LONGEST_BYLINE: Final = 40
_MONTHS: Final = {name.lower(): number for number, name in enumerate(month_abbr) if name}
_NUMBERS: Final = re.compile(r"(\d{4})[-/.](\d{1,2})(?:[-/.](\d{1,2}))?(?!\d)")
_COMPACT: Final = re.compile(r"(\d{4})(\d{2})(\d{2})(?!\d)")
_DAY_FIRST: Final = re.compile(r"(?:[A-Za-z]+,? )?(\d{1,2})\.? ([A-Za-z]{3})[a-z]*\.?,? (\d{4})")
_MONTH_FIRST: Final = re.compile(r"([A-Za-z]{3})[a-z]*\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})")
_IN_ADDRESS: Final = re.compile(r"/((?:19|20)\d\d)/(\d\d)(?:/(\d\d))?/")


def stated_date(page: str) -> str | None:
    """The page's own date in ISO 8601, or None."""
    tree = LexborHTMLParser(page)
    values = (*_in_head(tree), *_in_linked_data(tree), *_in_byline(tree))
    return iso_date(*map(_as_iso, values), _in_address(tree))


def _in_head(tree: LexborHTMLParser) -> Iterator[str]:
    found: dict[str, str] = {}
    for meta in tree.css("meta"):
        names = (meta.attributes.get(key) for key in ("property", "name", "itemprop", "http-equiv"))
        for name in filter(None, names):
            found.setdefault(name.lower(), meta.attributes.get("content") or "")
    yield from (found[name] for name in _NAMES if name in found)


def _in_linked_data(tree: LexborHTMLParser) -> Iterator[str]:
    values: dict[str, str] = {}
    for script in tree.css('script[type="application/ld+json"]'):
        try:
            things = json.loads(script.text())
        except (ValueError, RecursionError):
            continue
        for thing in _things(things):
            for name in _LINKED:
                if isinstance(thing.get(name), str):
                    values.setdefault(name, thing[name])
    yield from (values[name] for name in _LINKED if name in values)


def _things(value: Any) -> Iterator[dict[str, Any]]:
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            yield item
            graph = item.get("@graph")
            yield from (thing for thing in graph or () if isinstance(thing, dict))


def _in_byline(tree: LexborHTMLParser) -> Iterator[str]:
    for node in tree.css(_BYLINES):
        stated = (node.attributes.get(name) for name in ("datetime", "content", "title"))
        yield from filter(None, stated)
        text = " ".join(node.text(separator=" ").split())
        if len(text) <= _LONGEST_BYLINE:
            yield text


def _in_address(tree: LexborHTMLParser) -> str | None:
    """The date in the page's own address, as blogs have it."""
    link = tree.css_first('link[rel="canonical"]')
    date = _IN_ADDRESS.search((link.attributes.get("href") or "") if link else "")
    return "-".join(filter(None, date.groups())) if date else None


def _as_iso(value: str) -> str | None:
    """A date at the start of a value, in any usual format."""
    value = value.strip()
    if numbers := _NUMBERS.match(value) or _COMPACT.match(value):
        return "-".join(number.zfill(2) for number in numbers.groups() if number)
    if words := _DAY_FIRST.match(value):
        day, month, year = words.groups()
    elif words := _MONTH_FIRST.match(value):
        month, day, year = words.groups()
    else:
        return value if re.fullmatch(r"\d{4}", value) else None
    number = _MONTHS.get(month.lower())
    return f"{year}-{number:02}-{int(day):02}" if number else None

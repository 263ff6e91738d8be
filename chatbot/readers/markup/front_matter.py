"""YAML front matter -> metadata."""

from __future__ import annotations

import re
from typing import Any

import yaml

from chatbot.text.clean import one_line
from chatbot.types import Metadata

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")
_NOTHING = (None, "", "~", "null")
_OWN_FIELDS = frozenset({"title", "author", "authors", "date", "lang", "language", "tags"})


def split_front_matter(text: str) -> tuple[dict[str, Any], str]:
    """The fields at the head of a Markdown file, and the text below them.

    What looks like front matter and is not valid YAML stays text.
    """
    found = _FRONT_MATTER.match(text)
    if not found:
        return {}, text
    try:
        # This loader makes strings, lists and mappings only: "No" is a title like any other,
        # and a day that no calendar has does not cost the document.
        fields = yaml.load(found.group(1), Loader=yaml.BaseLoader)  # noqa: S506
    except yaml.YAMLError:
        return {}, text
    if not isinstance(fields, dict):
        return {}, text
    return fields, text[found.end() :]


def title_of(fields: dict[str, Any]) -> str | None:
    """The title that the front matter gives."""
    return _words(fields.get("title")) or None


def metadata_of(fields: dict[str, Any]) -> Metadata:
    """What the front matter says of the document; fields of no known meaning are kept as text."""
    date = _DATE.match(_words(fields.get("date")))
    tags = fields.get("tags")
    if not isinstance(tags, list):
        tags = _words(tags).split(",")
    return Metadata(
        author=_words(fields.get("author", fields.get("authors"))) or None,
        date=date.group() if date else None,
        language=_words(fields.get("language", fields.get("lang"))) or None,
        tags=tuple(filter(None, map(_words, tags))),
        extra={
            one_line(key): _words(value)
            for key, value in fields.items()
            if key not in _OWN_FIELDS and _words(value)
        },
    )


def _words(value: Any) -> str:
    """A value as text: a list by its items, a mapping by its values; what nests deeper is left out.

    Aliases can make a few lines of YAML into gigabytes, so depth is not followed.
    """
    if isinstance(value, dict):
        value = list(value.values())
    items = value if isinstance(value, list) else [value]
    plain = [item for item in items if not isinstance(item, list | dict)]
    return "; ".join(one_line(str(item)) for item in plain if item not in _NOTHING)

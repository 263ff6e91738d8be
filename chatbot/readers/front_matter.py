"""YAML front matter -> metadata."""

from __future__ import annotations

import re
from typing import Any

import yaml

from chatbot.text.clean import one_line
from chatbot.types import Metadata

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
_OWN_FIELDS = frozenset({"title", "author", "authors", "date", "lang", "language", "tags"})


def split_front_matter(text: str) -> tuple[dict[str, Any], str]:
    """The fields at the head of a Markdown file, and the text below them.

    What looks like front matter and is not valid YAML stays text.
    """
    found = _FRONT_MATTER.match(text)
    if not found:
        return {}, text
    try:
        fields = yaml.safe_load(found.group(1))
    except yaml.YAMLError:
        return {}, text
    if not isinstance(fields, dict):
        return {}, text
    return {str(key): value for key, value in fields.items()}, text[found.end() :]


def title_of(fields: dict[str, Any]) -> str | None:
    """The title that the front matter gives."""
    return _words(fields.get("title")) or None


def metadata_of(fields: dict[str, Any]) -> Metadata:
    """What the front matter says of the document; fields of no known meaning are kept as text."""
    date = _DATE.match(_words(fields.get("date")))
    tags = fields.get("tags") or []
    return Metadata(
        author=_words(fields.get("author", fields.get("authors"))) or None,
        date=date.group() if date else None,
        language=_words(fields.get("language", fields.get("lang"))) or None,
        tags=tuple(map(_words, tags if isinstance(tags, list) else str(tags).split(","))),
        extra={
            key: _words(value)
            for key, value in fields.items()
            if key not in _OWN_FIELDS and _words(value)
        },
    )


def _words(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return "; ".join(map(_words, value))
    return one_line(str(value))

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
# The groups that may see the document. If they can't be read, nobody may: the field is empty then.
GROUPS = "groups"
_STATES_GROUPS = re.compile(rf"^[ \t\"'{{]*{GROUPS}[ \t\"']*:", re.IGNORECASE | re.MULTILINE)
_UNREAD_HEAD = re.compile(r"\A---[ \t]*\n(?:[^\n]*\S[^\n]*\n?)*")


def split_front_matter(text: str) -> tuple[dict[str, Any], str]:
    """The fields at the head of a Markdown file, and the text below them.

    Front matter that isn't valid YAML stays part of the text. If it seems to name groups, the field
    is there, but empty.
    """
    match = _FRONT_MATTER.match(text)
    if not match:
        head = _UNREAD_HEAD.match(text)
        return _unread(head.group() if head else ""), text
    try:
        # This loader gives only strings, lists and mappings. So "No" stays a title, and an
        # impossible date raises no error.
        fields = yaml.load(match.group(1), Loader=yaml.BaseLoader)  # noqa: S506
    except yaml.YAMLError:
        return _unread(match.group(1)), text
    if not isinstance(fields, dict):
        return _unread(match.group(1)), text
    return fields, text[match.end() :]


def _unread(head: str) -> dict[str, Any]:
    return {GROUPS: None} if _STATES_GROUPS.search(head) else {}


def title_of(fields: dict[str, Any]) -> str | None:
    """The title in the front matter."""
    return _words(fields.get("title")) or None


def metadata_of(fields: dict[str, Any]) -> Metadata:
    """The metadata in the front matter; unknown fields are kept as text.

    `extra` has the names of the groups that may see the document, joined by semicolons.
    """
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
            if key not in _OWN_FIELDS and one_line(key).casefold() != GROUPS and _words(value)
        }
        | _groups(fields),
    )


def _groups(fields: dict[str, Any]) -> dict[str, str]:
    """The field of groups, without names that can't be used; fields that differ name none."""
    stated = [value for key, value in fields.items() if one_line(key).casefold() == GROUPS]
    if not stated:
        return {}
    names = stated[0] if isinstance(stated[0], list) else _words(stated[0]).split(",")
    texts = [one_line(name) for name in names if isinstance(name, str) and name not in _NOTHING]
    usable = [name for name in texts if name and not re.search("[;,]", name)]
    return {GROUPS: "; ".join(usable) if len(stated) == 1 else ""}


def _words(value: Any) -> str:
    """A value as text; the items of a list or mapping are joined, without their deeper levels.

    YAML aliases can expand a few lines to gigabytes, so nesting isn't followed.
    """
    if isinstance(value, dict):
        value = list(value.values())
    items = value if isinstance(value, list) else [value]
    plain = [item for item in items if not isinstance(item, list | dict)]
    return "; ".join(one_line(str(item)) for item in plain if item not in _NOTHING)

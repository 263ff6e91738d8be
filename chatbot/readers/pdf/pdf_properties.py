"""Metadata from a PDF's properties, without the values that programs made up."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Final

from chatbot.text.clean import one_line
from chatbot.types import Metadata

_MADE_UP_TITLE: Final = re.compile(
    r"(microsoft (word|powerpoint|excel) *-.*)|untitled.*|unbenannt.*|sans titre.*|без имени.*"
    r"|(document|presentation|slide|folie|book|page|print|scan|title|no title)[\s_-]*[0-9]*"
    r"|.*\.(docx?|odt|rtf|pptx?|xlsx?|tex|dvi|indd|qxd|pdf|html?|tmp|txt|md|ps|fm|p65)|https?:.*"
    r"|[^\w]*|[0-9\W]+|\(.*\)|.*\\.*|.*/.*/.*",
    re.IGNORECASE,
)
_MADE_UP_AUTHOR: Final = re.compile(
    r"(user|admin(istrator)?|root|owner|author|unknown|anonymous|microsoft.*|default|pc|home|[^\w]*)",
    re.IGNORECASE,
)
_DATE: Final = re.compile(
    r"(?:D:)?\s*((?:19|20)[0-9]{2})(?:-?(0[1-9]|1[0-2])(?:-?(0[1-9]|[12][0-9]|3[01]))?)?"
)
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def title_of(properties: Mapping[str, str], name: str) -> str | None:
    """The file's title property, unless a program made it up."""
    title = one_line(properties.get("Title", ""))
    stem = PurePosixPath(name).stem
    if _MADE_UP_TITLE.fullmatch(title) or "\ufffd" in title or title.casefold() == stem.casefold():
        return None
    return title


def metadata_of(properties: Mapping[str, str], extra: Mapping[str, str]) -> Metadata:
    """Author, creation date and language; `extra` also gets the subject and the keywords."""
    author = one_line(properties.get("Author", ""))
    date = _DATE.match(properties.get("CreationDate", "") or properties.get("ModDate", ""))
    language = _LANGUAGE.fullmatch(properties.get("Language", "").strip())
    descriptions = {
        name.lower(): value
        for name in ("Subject", "Keywords")
        if (value := one_line(properties.get(name, "")))
    }
    return Metadata(
        author=None if _MADE_UP_AUTHOR.fullmatch(author) else author,
        date="-".join(filter(None, date.groups())) if date else None,
        language=language.group() if language else None,
        extra={**descriptions, **extra},
    )

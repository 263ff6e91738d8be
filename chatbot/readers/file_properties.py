"""Title and metadata from a file's properties.

Values that programs fill in by themselves are ignored: "Untitled", the name of a template or of
a library.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Final

from chatbot.text.clean import one_line

_NO_TITLE: Final = re.compile(
    r"""(untitled|unnamed|no\ title|title|default|template|normal|blank|new)
    |(ohne\ titel|sans\ titre|sin\ título|senza\ titolo|без\ названия|无标题|無標題)
    |((microsoft\ )?(power\s?point|word|office|excel)[\s-]*
        (document|presentation|präsentation|présentation|presentación|презентация|template)?)
    |(презентация\ powerpoint|présentation\ powerpoint|presentación\ de\ powerpoint)
    |((document|dokument|slide|presentation|präsentation|book|mappe|sheet)\s?\d*)
    |microsoft\ (word|powerpoint|excel)\ -\ .*
    |[\w\ .()-]+\.(docx?|docm|dotx?|pptx?|potx?|xlsx?|xls|rtf|od[tsp]|pdf|txt|indd|tmp|html?)""",
    re.IGNORECASE | re.VERBOSE,
)
_NO_AUTHOR: Final = re.compile(
    r"""(unknown|author|user|admin|administrator|owner|default|anonymous|none|root|guest)
    |(microsoft(\ office)?(\ user)?|windows(\ user)?|office(\ user)?|lenovo|dell|hp|asus|acer)
    |(python-docx|python-pptx|openpyxl|apache\ poi|un-named|aspose.*|libreoffice.*)""",
    re.IGNORECASE | re.VERBOSE,
)
_DATE: Final = re.compile(r"((?:1[5-9]|20)\d\d)(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?)?")
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")


def own_title(*candidates: str | None) -> str | None:
    """The first candidate that a person wrote as a title."""
    for title in candidates:
        words = one_line(title or "")
        if any(map(str.isalnum, words)) and not _NO_TITLE.fullmatch(words):
            return words
    return None


def own_author(*candidates: str | None) -> str | None:
    """The first candidate that names a person or an organisation."""
    for author in candidates:
        words = one_line(author or "")
        if any(map(str.isalpha, words)) and not _NO_AUTHOR.fullmatch(words):
            return words
    return None


def iso_date(*candidates: str | None) -> str | None:
    """The first candidate that begins with an ISO 8601 date, without the time of day."""
    for candidate in candidates:
        if date := _DATE.match((candidate or "").strip()):
            return date.group()
    return None


def language_tag(*candidates: str | None) -> str | None:
    """The first candidate that is a language tag, such as `de` or `de-AT`."""
    for candidate in candidates:
        tag = (candidate or "").strip()
        if _LANGUAGE.fullmatch(tag) and tag.lower() not in ("und", "zxx", "none"):
            return tag.replace("_", "-")
    return None


def keywords(lists: Iterable[str | None]) -> tuple[str, ...]:
    """The distinct keywords in lists separated by commas, semicolons or line feeds."""
    words = (one_line(word) for text in lists for word in re.split("[,;\n]", text or ""))
    return tuple(dict.fromkeys(filter(None, words)))


def file_title(name: str) -> str:
    """The file's name without folder and suffix."""
    return PurePosixPath(name).stem

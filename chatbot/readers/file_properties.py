"""What office programs write into a file's properties -> a title and metadata to be trusted.

Programs fill in what nobody wrote: "Untitled", the name of a template, the name of a library.
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


def own_title(*said: str | None) -> str | None:
    """The first that is a title somebody wrote."""
    for title in said:
        words = one_line(title or "")
        if any(map(str.isalnum, words)) and not _NO_TITLE.fullmatch(words):
            return words
    return None


def own_author(*said: str | None) -> str | None:
    """The first that names a person or a body."""
    for author in said:
        words = one_line(author or "")
        if any(map(str.isalpha, words)) and not _NO_AUTHOR.fullmatch(words):
            return words
    return None


def iso_date(*said: str | None) -> str | None:
    """The first that begins with a date in ISO 8601, without its time of day."""
    for date in said:
        if found := _DATE.match((date or "").strip()):
            return found.group()
    return None


def language_tag(*said: str | None) -> str | None:
    """The first that is a language tag, such as `de` or `de-AT`."""
    for tag in said:
        words = (tag or "").strip()
        if _LANGUAGE.fullmatch(words) and words.lower() not in ("und", "zxx", "none"):
            return words.replace("_", "-")
    return None


def keywords(said: Iterable[str | None]) -> tuple[str, ...]:
    """Keywords, however they were parted, each once."""
    words = (one_line(word) for text in said for word in re.split("[,;\n]", text or ""))
    return tuple(dict.fromkeys(filter(None, words)))


def file_title(name: str) -> str:
    """What a file is called by the person who keeps it: its name, without folder and suffix."""
    return PurePosixPath(name).stem

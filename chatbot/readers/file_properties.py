"""Title and metadata from a file's properties.

Values that programs fill in by themselves are ignored: "Untitled", the name of a template or of
a library.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from email.utils import parsedate_to_datetime
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
# What a publisher prints above a title: the kind of a text, not its name.
_GENRE: Final = re.compile(
    r"""((original|research|review|feature|full|short|regular|invited)\s)*
        (article|paper|research|review|report|letter|communication)s?
    |(case|brief|technical|annual|final|progress|rapid)\s(report|communication)
    |editorial|news|commentary|opinion|perspective|letter\sto\sthe\seditor|press\srelease
    |open\saccess|(table\sof\s)?contents|abstract|cover|draft|confidential|memorandum
    |(original)?artikel|bericht|editorial|leitartikel|pressemitteilung|inhalt(sverzeichnis)?
    |article\s(original|de\srecherche)|rapport|éditorial|sommaire|communiqué(\sde\spresse)?
    |artículo(\soriginal)?|informe|noticias|índice|статья|отчёт|отчет|содержание|оглавление""",
    re.IGNORECASE | re.VERBOSE,
)
# A number that a publisher prints in the margin: "A/RES/70/1", "L 119/1", "arXiv:1706.03762v7".
_CODE: Final = re.compile(r"arxiv:.*|(?=.*\d)(?:[^\W\d_]{1,5}|[\d\W_])+", re.IGNORECASE)
# At least two letters or digits; a single Chinese character may be a title too.
_NAMES_A_TEXT: Final = re.compile(r"[^\W_].*[^\W_]|[\u2e80-\uffff]")
_SMALL_WORD: Final = re.compile(r"[^\W\d_][^\W\d_A-ZÀ-Þ]{2}")
# A headline in capitals may have numbers too: "BUDGET FOR FISCAL 1987/88".
_LONG_WORD: Final = re.compile(r"[^\W\d_]{4,}")
_WORDS_OF_A_HEADLINE: Final = 3
_LETTERS: Final = re.compile(r"[^\W\d_]")
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
        if (
            _NAMES_A_TEXT.search(words)
            and not _NO_TITLE.fullmatch(words)
            and not (_GENRE.fullmatch(words))
        ):
            return words
    return None


def could_be_title(words: str) -> bool:
    """Whether a line names a text: not a rule, a bracket, a code in the margin, or a genre."""
    words = words.strip(" \t*#.:")
    if len(_LETTERS.findall(words)) < 2 or _GENRE.fullmatch(words):
        return False
    if not _CODE.fullmatch(words) or _SMALL_WORD.search(words):
        return True
    return len(_LONG_WORD.findall(words)) >= _WORDS_OF_A_HEADLINE


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


def message_date(value: str) -> str | None:
    """The day of a date as in the header of a message, such as `Tue, 3 Mar 2020 09:30:00 +0100`."""
    try:
        return parsedate_to_datetime(value).date().isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
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

"""Recognises versions of a document by their names, their dates and the text they share.

What is compared depends on one document alone, so it can be stored with that document.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

import numpy as np

from chatbot.text.clean import folded_words
from chatbot.types import Document

# Broder, "On the resemblance and containment of documents", 1997: the smallest hashes of all runs
# of four words stand for the text.
_RUN: Final = 4
_SKETCH: Final = 128
# The least share of common runs of two versions whose names don't show that they are versions.
_SAME_FROM: Final = 0.5
_MULTIPLIER: Final = np.uint64(0x9E3779B97F4A7C15)

# A version's number may follow its name without a blank: "ContractV2", "合同v2".
_TOKEN: Final = re.compile(r"\d+(?:\.\d+)+|\d+|(?:rev|ver)(?=\d)|[^\W\d_]+?(?=v\d)|[^\W\d_]+")
# A copy that a browser or a file manager made: "contract (1)", "contract - Copy (2)".
_COPIES: Final = re.compile(r"[ _-]*\(\d{1,2}\)\s*$")
_DAY: Final = re.compile(r"(\d{1,2})([.-])(\d{1,2})\2((?:19|20)\d\d)(?!\d)")
_NUMBERED: Final = frozenset(
    "v ver version versión versão versione versie wersja rev revision révision edition ed fassung "
    "версия редакция ред 版本 版".split()
)
_EARLY: Final = frozenset(
    "draft entwurf vorentwurf черновик проект brouillon borrador bozza rascunho concept szkic "
    "luonnos taslak superseded obsolete outdated old veraltet 草案 草稿 初稿 ドラフト 초안 "
    "مسودة".split()
)
_LAST: Final = frozenset(
    "final finale définitif definitivo definitief endfassung endgültig ostateczna lopullinen "
    "окончательный окончательная signed approved unterschrieben 终稿 定稿 最终版 最終版 최종 "
    "نهائي".split()
)
_COPY: Final = frozenset("copy kopie copie copia kopia копия of von de 副本 コピー 사본".split())
_MONTHS: Final = {
    name: number
    for number, name in enumerate(
        "january february march april may june july august september october november "
        "december".split(),
        start=1,
    )
}
# A name of fewer bytes, such as "doc", identifies nothing. A Chinese character has three bytes.
_SHORTEST: Final = 4
_MESSAGES: Final = ("message/rfc822", "application/mbox", "application/vnd.ms-outlook")
_STATED, _DRAFT, _FINAL = 1, 0, 2
_LONGEST_NUMBER: Final = 3


@dataclass(frozen=True, slots=True)
class Name:
    """What a file name or title says of a version.

    `key` is the rest of the name, which versions share; it is empty if it identifies nothing.
    `date` is the year, month and day in the name, as far as they are there. `stage` and `number`
    come from words such as "draft", "v2" and "final".
    """

    key: str
    date: tuple[int, ...] = ()
    stage: int = _STATED
    number: tuple[int, ...] = ()

    @property
    def edition(self) -> tuple[tuple[int, ...], int, tuple[int, ...]]:
        """The sort key of editions: year, stage and number."""
        return self.date[:1], self.stage, self.number


def name_of(text: str) -> Name:
    """Parse a title, or a file name without its suffix."""
    text = _DAY.sub(_year_first, _COPIES.sub("", text.casefold()))
    tokens = _TOKEN.findall(text)
    rest: list[str] = []
    date: tuple[int, ...] = ()
    stage = _STATED
    number: tuple[int, ...] = ()
    month: tuple[int, ...] = ()
    position = 0
    while position < len(tokens):
        token = tokens[position]
        following = tokens[position + 1] if position + 1 < len(tokens) else ""
        if token in _NUMBERED and following[:1].isdecimal():
            number = tuple(int(part) for part in following.split("."))
            position += 1
        elif token in _EARLY or token in _LAST:
            stage = _DRAFT if token in _EARLY else _FINAL
            if following.isdecimal() and len(following) < _LONGEST_NUMBER and not number:
                number = (int(following),)  # "draft 2", "final2"
                position += 1
        elif token in _MONTHS:
            month = (_MONTHS[token],)
        elif (date_here := _date(tokens, position)) and not date:
            date = date_here
            position += max(0, len(date_here) - 1) if len(token) == 4 else 0
        elif token not in _COPY:
            rest.append(token)
        position += 1
    if len(date) == 1:
        date += month
    key = " ".join(rest)
    return Name(key if len(key.encode()) >= _SHORTEST else "", date, stage, number)


def _year_first(day: re.Match[str]) -> str:
    """A day as "2024-05-14"; it stays if it may be a month."""
    number, _, month, year = day.groups()
    if int(month) > 12 or not 0 < int(number) <= 31:
        return day[0]
    return f"{year}-{int(month):02}-{int(number):02}"


def _date(tokens: list[str], position: int) -> tuple[int, ...]:
    """The date that begins here: "2023", "2023-05", "2023-05-14" or "20230514"."""
    token = tokens[position]
    if len(token) == 8 and token.isdecimal() and "1900" <= token[:4] < "2100":
        return int(token[:4]), int(token[4:6]), int(token[6:])
    if not (len(token) == 4 and token.isdecimal() and "1900" <= token < "2100"):
        return ()
    parts = [int(token)]
    for following, most in zip(tokens[position + 1 : position + 3], (12, 31), strict=False):
        if not (len(following) == 2 and following.isdecimal() and 0 < int(following) <= most):
            break
        parts.append(int(following))
    return tuple(parts)


@dataclass(frozen=True, slots=True)
class Version:
    """What is compared of a document; `date` is from the metadata, and `sketch` from the text."""

    folder: str
    file: Name
    title: Name
    date: str
    sketch: frozenset[int]


def version_of(
    doc_id: str, title: str, media_type: str, date: str | None, sketch: bytes
) -> Version:
    """What is compared of a document; `sketch` is packed as by `sketch_of`."""
    file, titled = _names_of(doc_id, title, media_type)
    texts = frozenset(np.frombuffer(sketch, "<u4").tolist())
    return Version(str(PurePosixPath(doc_id).parent), file, titled, date or "", texts)


def keys_of(document: Document) -> tuple[str, str]:
    """The keys of a document's file name and title."""
    file, titled = _names_of(document.doc_id, document.title, document.media_type)
    return file.key, titled.key


def _names_of(doc_id: str, title: str, media_type: str) -> tuple[Name, Name]:
    """A document's file name and title. The subject of a message doesn't name a version."""
    titled = Name("") if media_type in _MESSAGES else name_of(title)
    return name_of(PurePosixPath(doc_id).stem), titled


def sketch_of(text: str) -> bytes:
    """The smallest hashes of all runs of four words, packed as uint32; at most 128."""
    words = [zlib.crc32(word.encode()) for word in folded_words(text)]
    hashes = np.array(words, np.uint64)
    count = max(0, len(words) - _RUN + 1)
    runs = np.zeros(count, np.uint64)
    for offset in range(_RUN):
        runs = (runs ^ hashes[offset : offset + count]) * _MULTIPLIER
        runs ^= runs >> np.uint64(29)
    smallest = np.unique((runs >> np.uint64(32)).astype("<u4"))[:_SKETCH]
    return smallest.tobytes()


def similarity(first: frozenset[int], second: frozenset[int]) -> float:
    """The share of runs that two texts have in common, 0..1, estimated from their sketches."""
    common, either = first & second, first | second
    if not common:
        return 0.0
    smallest = sorted(either)[:_SKETCH]
    return sum(run in common for run in smallest) / len(smallest)


def is_newer(first: Version, second: Version) -> bool:
    """Whether the first document is a newer version of the second.

    Their names, or else their dates, must show which is newer. The text must be largely the same,
    unless the names differ only in the version or the year.
    """
    if not _follows(first, second):
        return False
    same_text = similarity(first.sketch, second.sketch) >= _SAME_FROM
    return same_text or any(
        one.key and one.key == other.key and one.edition != other.edition
        for one, other in _names(first, second)
    )


def _names(first: Version, second: Version) -> Iterator[tuple[Name, Name]]:
    """The pairs of titles and of file names that may show a series, for files in the same folder.

    Names with a month or a day are left out: minutes of another day aren't another version.
    """
    for one, other in ((first.title, second.title), (first.file, second.file)):
        if first.folder == second.folder and max(len(one.date), len(other.date)) <= 1:
            yield one, other


def _follows(first: Version, second: Version) -> bool:
    """Whether names, or else dates, say that the first document is the later one."""
    for one, other in ((first.file, second.file), (first.title, second.title)):
        if one.key != other.key or not one.key:
            continue
        depth = min(len(one.date), len(other.date))
        if one.date[:depth] != other.date[:depth]:
            return one.date > other.date
        if one.edition[1:] != other.edition[1:]:
            return one.edition[1:] > other.edition[1:]
    length = min(len(first.date), len(second.date))
    return first.date[:length] > second.date[:length]

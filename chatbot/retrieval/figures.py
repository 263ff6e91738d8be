"""The dates, numbers and amounts that a text states, with their places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from chatbot.text.struck_through import masked
from chatbot.types import Span

_MONTH: Final = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|Januar|Februar|März|Mai|Juni|Juli|Oktober"
    r"|Dezember|janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre"
    r"|décembre|январ[ья]|феврал[ья]|марта?|апрел[ья]|ма[йя]|июн[ья]|июл[ья]|августа?"
    r"|сентябр[ья]|октябр[ья]|ноябр[ья]|декабр[ья])\.?"
)
_YEAR: Final = r"(?<![\d.,/-])(?:1[5-9]|20)\d\d(?![\d%]|[.,/]\d|-\d\d\d)"
_DATE: Final = re.compile(
    rf"\b\d{{4}}-\d\d-\d\d\b|(?:\b\d{{1,2}}(?:st|nd|rd|th|\.|er)? )?\b{_MONTH} "
    rf"(?:\d{{1,2}}(?:st|nd|rd|th)?,? )?(?P<year>{_YEAR})|(?P<bare>{_YEAR})(?P<decade>s)?"
)
# "NDS 2018" is a name; "In 2018" and "August 2018" are not.
_NAME_BEFORE: Final = re.compile(r"(?:^|[^\w.])(?P<word>[^\W\d_][\w.'’-]*) $")
_BEFORE_YEAR: Final = frozenset(
    "in of since by until till from to and between after before during around about early late mid "
    "through year years im seit bis von nach vor um ab jahr en depuis avant après de à entre et "
    "vers année в с до после года год по и около".split()
)
# A lower number is a year only after a word such as "in".
_YEARS_FROM: Final = 1900
_WORD_NUMBERS: Final = {
    word: number
    for number, word in enumerate(
        "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
        "sixteen seventeen eighteen nineteen twenty".split(),
        start=2,
    )
}
_SCALES: Final = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
_ABOUT: Final = (
    r"(?:(?:about|approximately|around|roughly|nearly|almost|over|more than|less than|fewer than"
    r"|up to|at least|at most|some|in excess of|an estimated) )?"
)
_NUMBER: Final = re.compile(
    rf"(?P<about>{_ABOUT})(?P<currency>(?:US|A|C)?[$£€¥] ?)?"
    rf"(?<![\w.,/-])(?P<number>\d{{1,3}}(?:[,\u00a0\u202f ]\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?"
    rf"|\b(?:{'|'.join(_WORD_NUMBERS)})\b)"
    rf"(?:[ -](?P<scale>{'|'.join(_SCALES)}))?(?!-?\w|/|\.\d)"
    r"(?: ?(?P<percent>%|per ?cent\b)|(?: (?P<unit>[^\W\d_][\w-]*)(?=(?P<next> \w)?))?)",
    re.IGNORECASE,
)
# Replaces struck words, and dates before numbers are looked for.
_MASK: Final = "|"
# Words that may follow a number but aren't its unit.
_NO_UNIT: Final = frozenset(
    "and or of to in on at by for from with the a an is are was were has have had which that who "
    "as but per than after before since until between during into over under this its their".split()
)


class Figure(NamedTuple):
    """A number with its place; `unit` is "%", a currency or the word that follows it."""

    span: Span
    value: float
    unit: str


class StatedDate(NamedTuple):
    """A date with its place and its year; `last_year` is later only for a decade."""

    span: Span
    year: int
    last_year: int


def dates(text: str) -> list[StatedDate]:
    """The dates that a text states, without years that belong to a name or a reference.

    Those that are struck through are left out.
    """
    text, stated = masked(text, _MASK), []
    for match in _DATE.finditer(text):
        if match["bare"] and (
            _is_name(text, match.start()) or _is_amount(text, match.start(), int(match["bare"]))
        ):
            continue
        year = int(match["year"] or match["bare"] or match[0][:4])
        stated.append(StatedDate(Span(*match.span()), year, year + 9 if match["decade"] else year))
    return stated


def _is_amount(text: str, start: int, number: int) -> bool:
    """Whether a number that may be a year counts something: "in excess of 1500 personnel"."""
    before = _NAME_BEFORE.search(text[:start])
    word = before["word"].casefold() if before else ""
    return number < _YEARS_FROM and (word == "of" or word not in _BEFORE_YEAR)


def _is_name(text: str, start: int) -> bool:
    """Whether the year at this place belongs to a name ("NDS 2018") or to a reference."""
    before = _NAME_BEFORE.search(text[:start])
    word = before["word"] if before else ""
    if word.casefold() in _BEFORE_YEAR:
        return False
    if word[:1].isupper():
        return True
    # "(Strategic Command strategy 2021)" names a source; "(1998)" and "(signed in 1998)" don't.
    opened = text.rfind("(", 0, start)
    inside = opened > text.rfind(")", 0, start)
    return bool(word) and inside and text[opened + 1 : opened + 2].isupper()


def figures(text: str) -> list[Figure]:
    """The numbers that a text states, without those of its dates and names.

    Those that are struck through are left out.
    """
    text = masked(text, _MASK)
    for date in dates(text):
        text = text[: date.span.start] + _MASK * len(date.span.of(text)) + text[date.span.end :]
    return [*_numbers(text)]


def _numbers(text: str) -> Iterator[Figure]:
    for match in _NUMBER.finditer(text):
        if not (match["currency"] or match["about"]) and _is_name(text, match.start("number")):
            continue
        value = _value(match["number"]) * _SCALES.get((match["scale"] or "").lower(), 1)
        unit, end = "", match.end("scale") if match["scale"] else match.end("number")
        if match["percent"]:
            unit, end = "%", match.end("percent")
        elif match["currency"]:
            unit = match["currency"].strip()
        elif match["unit"] and not _is_no_unit(match["unit"], match["next"] or ""):
            unit, end = match["unit"].lower().removesuffix("s"), match.end("unit")
        yield Figure(Span(match.start(), end), value, unit)


def _is_no_unit(word: str, following: str) -> bool:
    """Whether the word after a number isn't what it counts: "900 of", "900 Peace Corps staff"."""
    in_name = word[:1].isupper() and following.lstrip()[:1].isupper()
    return in_name or word.lower() in _NO_UNIT


def _value(number: str) -> float:
    return float(_WORD_NUMBERS.get(number.lower(), 0)) or float(re.sub(r"[^\d.]", "", number))

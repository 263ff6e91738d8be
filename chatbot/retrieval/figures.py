"""The dates, numbers and amounts that a text states, with their places."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from chatbot.text.struck_through import masked
from chatbot.types import Span

MONTH: Final = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|Januar|Februar|März|Mai|Juni|Juli|Oktober"
    r"|Dezember|janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre"
    r"|décembre|январ[ья]|феврал[ья]|марта?|апрел[ья]|ма[йя]|июн[ья]|июл[ья]|августа?"
    r"|сентябр[ья]|октябр[ья]|ноябр[ья]|декабр[ья])\.?"
)
_YEAR: Final = r"(?<![\d.,/-])(?:1[5-9]|20)\d\d(?![\d%]|[.,/]\d|-\d\d\d)"
_DATE: Final = re.compile(
    rf"\b\d{{4}}-\d\d-\d\d\b|(?:\b\d{{1,2}}(?:st|nd|rd|th|\.|er)? )?\b{MONTH} "
    rf"(?:\d{{1,2}}(?:st|nd|rd|th)?,? )?(?P<year>{_YEAR})|(?P<bare>{_YEAR})(?P<decade>s)?"
)
A_MONTH: Final = rf"\b{MONTH}(?!\w)"
_A_MONTH: Final = re.compile(A_MONTH)
# "NDS 2018" is a name; "In 2018" and "August 2018" are not.
_NAME_BEFORE: Final = re.compile(r"(?:^|[^\w.])(?P<word>[^\W\d_][\w.'’-]*) $")
_BEFORE_YEAR: Final = frozenset(
    "in of since by until till from to and between after before during around about early late mid "
    "through year years im seit bis von nach vor um ab jahr en depuis avant après de à entre et "
    "vers année в с до после года год по и около".split()
)
# A lower number is a year only after a word such as "in".
_YEARS_FROM: Final = 1900
_UNITS: Final = "one two three four five six seven eight nine".split()
_TEENS: Final = (
    "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
)
_TENS: Final = "twenty thirty forty fifty sixty seventy eighty ninety".split()
# The words for numbers below a hundred, without those such as "twenty-one".
SMALL_NUMBERS: Final = {
    **{word: number for number, word in enumerate([*_UNITS, *_TEENS], start=1)},
    **{word: 10 * number for number, word in enumerate(_TENS, start=2)},
}
SCALES: Final = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
# As newspapers write them: "$1.2bn", "3.5 bn". Single letters count only after a currency sign,
# because "5m" may be metres.
_ABBREVIATED: Final = {"mn": 1e6, "bn": 1e9, "tn": 1e12}
_LETTERS: Final = {"k": 1e3, "m": 1e6, "b": 1e9}
_SHORT: Final = {**_ABBREVIATED, **_LETTERS}
_FACTORS: Final = {**SCALES, **_SHORT}
# The words of a number that is written out, without "and".
NUMBER_WORDS: Final = frozenset([*SMALL_NUMBERS, *SCALES])
_BELOW_HUNDRED: Final = (
    rf"(?:(?:{'|'.join(_TENS)})(?:[ -](?:{'|'.join(_UNITS)}))?|{'|'.join([*_UNITS, *_TEENS])})\b"
)
_THOUSANDS: Final = "|".join(word for word in SCALES if word != "hundred")
# " hundred and fifty thousand"; but "five thousand and six thousand" are two numbers.
_SCALED: Final = (
    rf"(?>(?:[ -](?:hundred\b(?: (?:and )?{_BELOW_HUNDRED}(?![ -]hundred))?"
    rf"|(?:{_THOUSANDS})\b(?: (?:and )?{_BELOW_HUNDRED}(?![ -](?:{_THOUSANDS})))?))*)"
)
# What the words before a number say about its value: it's at least or at most the number.
_AT_LEAST: Final = "over|more than|at least|in excess of|no less than|no fewer than"
_AT_MOST: Final = "less than|fewer than|up to|at most|no more than|not more than"
_ABOUT: Final = (
    rf"(?:(?:about|approximately|around|roughly|nearly|almost|some|an estimated"
    rf"|(?P<at_least>{_AT_LEAST})|(?P<at_most>{_AT_MOST})) )?"
)
# A minus sign before a number, not the hyphen of a name or a range. Dates before it are masked.
MINUS: Final = r"(?<![\w.,/%)\]|-])(?<![\d%] )[-\u2212](?=[$£€¥]?\d)"
_NUMBER: Final = re.compile(
    rf"(?P<about>{_ABOUT})(?P<minus>{MINUS})?(?P<currency>(?:US|A|C)?[$£€¥] ?)?"
    r"(?(minus)|(?<![\w.,/-]))"
    r"(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?"
    r"|\d{1,3}(?:[’'\u00a0\u202f ]\d{3})+(?:\.\d+|,\d{1,2}(?!\d))?"
    r"|\d+,\d{1,2}(?!\d)|\d+(?:\.\d+)?"
    rf"|(?P<word>\b(?!one\b(?![ -](?:{'|'.join(SCALES)})\b)){_BELOW_HUNDRED}))"
    rf"(?P<scale>(?(word){_SCALED}|(?>(?:[ -](?:{'|'.join(SCALES)})\b)*"
    rf"(?: ?(?:{'|'.join(_ABBREVIATED)})\b|(?(currency) ?(?:{'|'.join(_LETTERS)})\b|(?!)))?)))"
    r"(?!-?\w|/|[.,’']\d)"
    r"(?: ?(?P<percent>%|per ?cent\b)| ?(?P<paid_in>[$£€¥])(?!\d)"
    r"|(?: (?P<unit>[^\W\d_][\w-]*)(?=(?P<next> \w)?))?)",
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
    """A number with its place; `unit` is "%", a currency or the word that follows it.

    It may be only the least or the most: "more than 300", "up to 300".
    """

    span: Span
    value: float
    unit: str
    least: float
    most: float


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


def months(text: str) -> set[str]:
    """The months that a text names, case-folded and without a full stop."""
    return {match[0].casefold().rstrip(".") for match in _A_MONTH.finditer(text)}


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
        if not (match["currency"] or match["about"]) and _is_name(text, match.start()):
            continue
        value = _value(match["number"], match["scale"]) * (-1 if match["minus"] else 1)
        least = -math.inf if match["at_most"] else value
        most = math.inf if match["at_least"] else value
        unit, end = "", match.end("scale")
        if match["percent"]:
            unit, end = "%", match.end("percent")
        elif match["paid_in"]:
            unit, end = match["paid_in"], match.end("paid_in")
        elif match["currency"]:
            unit = match["currency"].strip()
        elif match["unit"] and not _is_no_unit(match["unit"], match["next"] or ""):
            unit, end = match["unit"].lower().removesuffix("s"), match.end("unit")
        yield Figure(Span(match.start(), end), value, unit, least, most)


def _is_no_unit(word: str, following: str) -> bool:
    """Whether the word after a number isn't what it counts: "900 of", "900 Peace Corps staff"."""
    in_name = word[:1].isupper() and following.lstrip()[:1].isupper()
    return in_name or word.lower() in _NO_UNIT


def _value(number: str, scale: str) -> float:
    """The value of digits or words, and of the words after it: "two", " hundred and fifty"."""
    total, current = 0.0, 0.0
    words = re.findall(r"[^\W\d_]+", scale.lower())
    if number[0].isdecimal():
        # A comma before one or two digits is a decimal point.
        number = re.sub(r",(?=\d{1,2}$)", ".", number)
        current = float(re.sub(r"[^\d.]", "", number))
    else:
        words = [*re.split("[ -]", number.lower()), *words]
    for word in words:
        if word == "hundred" or word in _SHORT:
            current *= _FACTORS[word]
        elif word in SCALES:
            total, current = total + current * SCALES[word], 0.0
        else:
            current += SMALL_NUMBERS.get(word, 0)
    return total + current

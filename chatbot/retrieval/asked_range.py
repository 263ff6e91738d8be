"""The range of dates or numbers that a question asks for, such as "between 2012 and 2018"."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final

from chatbot.retrieval.figures import MONTH, dates, figures

_YEAR: Final = r"(?:1[5-9]|20)\d\d"
_EARLY: Final = r"(?:early|late) |mid[- ]"


def _year(name: str) -> str:
    """A year or a decade, also a part of it: "the late 1990s", "5 March 2019"."""
    return (
        rf"(?:(?:the|den) (?=(?:{_EARLY})?\d{{4}}(?:s|er))|(?:the )?years? )?"
        rf"(?P<{name}_part>{_EARLY}|(?:\d{{1,2}}(?:st|nd|rd|th|\.|er)? )?{MONTH} "
        rf"(?:\d{{1,2}}(?:st|nd|rd|th)?,? )?)?(?P<{name}>{_YEAR})(?P<{name}_decade>s|er)?"
    )


_FIRST: Final = _year("first")
_LAST: Final = _year("last")
_NUMBER: Final = (
    r"[-\u2212]?(?:(?:US|A|C)?[$£€¥] ?)?\d(?:[\d,.]*\d)?"
    r"(?: ?[%$£€¥]| per ?cent\b| (?:thousand|million|billion|trillion)\b)*"
)
_YEARS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?:between|zwischen|entre|между) {_FIRST} (?:and|und|et|и) {_LAST}\b",
        rf"\b(?:from|during|von|de|с) {_FIRST} (?:to|until|through|bis|à|по|до) {_LAST}\b",
        rf"\b{_FIRST} ?[-–] ?{_LAST}\b",
        rf"(?P<first>{_YEAR})年?[到至](?P<last>{_YEAR})年",
        rf"\bbetween {_FIRST} and (?:today|now|the present)\b",
        rf"\b(?:since|from|seit|ab|depuis|с) {_FIRST}\b",
        rf"\b(?:after|nach|après|после) {_year('after')}\b",
        rf"\b(?:until|till|up to|bis|jusqu'en|до) {_LAST}\b",
        rf"\b(?:before|vor|avant) {_year('before')}\b",
        r"\b(?P<decade>(?:1[5-9]|20)\d0)(?:s|er)\b",
    )
)
_NUMBERS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\bbetween (?P<first>{_NUMBER}) and (?P<last>{_NUMBER})",
        # "From 5 to 10 per cent" is a change more often than a range.
        rf"\bfrom (?P<first>{_YEAR})(?: to (?P<last>{_YEAR}))?(?!\d)",
        rf"\b(?:more than|over|above|greater than|exceeding) (?P<after>{_NUMBER})",
        rf"\b(?:at least|no less than|no fewer than) (?P<first>{_NUMBER})",
        rf"\b(?:less than|fewer than|under|below) (?P<before>{_NUMBER})",
        rf"\b(?:at most|up to|no more than) (?P<last>{_NUMBER})",
    )
)
# Numbers that may be years: "between 1500 and 2000", "up to 2000".
_MAYBE_YEARS: Final = re.compile(rf"[^\d$£€¥]+(?:{_YEAR} (?:and|to) )?{_YEAR}")
_MEASURED: Final = re.compile(
    r" (?:[kcm]?m|(?:kilo|centi|milli)?met(?:er|re)s?|miles|feet|kg|kilo(?:gram)?s|tons|tonnes)\b"
)
# A plural at the end of a clause is counted: "1500 soldiers in each". "2018 exports grew" isn't.
_COUNTED: Final = re.compile(
    r" (?:[a-z-]{3,}(?<![su])s|people|personnel|men|women|children|staff)"
    r"(?=\W*$|[,;:)]| (?:in|on|at|of|to|by|for|from|with|per|or|and|each|a|an|the|every)\b)"
)
# A clause may begin with a range of years: "Between 2014 and 2018 exports to China grew".
_CLAUSE_BEGINS: Final = re.compile(
    r"(?:^|[,;:(]|\b(?:that|how|why|what|which|who|where|whether|and|but))\s*$", re.IGNORECASE
)
_FOUR_DIGITS: Final = re.compile(r"(?<![\d.,])(\d)(\d{3})(?!\d|[.,]\d)")


@dataclass(frozen=True, slots=True)
class AskedRange:
    """The first and the last value of a range, both included: years, or numbers with a unit."""

    first: float
    last: float
    of_years: bool
    unit: str = ""

    def has(self, text: str) -> bool:
        """Whether a text states a date or a number in the range."""
        if self.of_years:
            return any(
                self.first <= date.last_year and date.year <= self.last for date in dates(text)
            )
        return any(
            self.first <= figure.value <= self.last and figure.unit == self.unit
            for figure in figures(text)
        )


def asked_range(question: str) -> AskedRange | None:
    """The range that a question asks for; None if it names none, or a number without a unit."""
    for pattern in _NUMBERS:
        match = pattern.search(question)
        if match and _counts(question, match):
            names = [name for name, value in match.groupdict().items() if value]
            # "1,500" is no year.
            stated = figures(_FOUR_DIGITS.sub(r"\1,\2", match[0]) + question[match.end() :])
            stated = stated[: len(names)]
            if len(stated) == len(names) and stated[-1].unit:
                values = {name: figure.value for name, figure in zip(names, stated, strict=True)}
                return _ordered(_bounds(values), of_years=False, unit=stated[-1].unit)
    for pattern in _YEARS:
        match = pattern.search(question)
        if match:
            return _ordered(_year_bounds(match), of_years=True)
    return None


def _counts(question: str, match: re.Match[str]) -> bool:
    """Whether the numbers of a range count or measure something, and aren't years."""
    if not _MAYBE_YEARS.fullmatch(match[0]) or _MEASURED.match(question, match.end()):
        return True
    counted = _COUNTED.match(question, match.end())
    return bool(counted) and not _CLAUSE_BEGINS.search(question[: match.start()])


def _bounds(named: dict[str, float]) -> tuple[float, float]:
    first = named.get("first", -math.inf)
    last = named.get("last", math.inf)
    # An exclusive bound becomes the nearest float inside the range, so that both are inclusive.
    first = math.nextafter(named["after"], math.inf) if "after" in named else first
    last = math.nextafter(named["before"], -math.inf) if "before" in named else last
    return first, last


def _year_bounds(match: re.Match[str]) -> tuple[float, float]:
    """The first and the last year. After a part of a year or a decade, the rest of it counts."""
    named = match.groupdict()
    begins = {name: float(value) for name, value in named.items() if value and value.isdecimal()}
    ends = {
        name: year + 9 if name == "decade" or named.get(f"{name}_decade") else year
        for name, year in begins.items()
    }
    if "decade" in begins:
        return begins["decade"], ends["decade"]
    first = begins.get("first", -math.inf)
    last = ends.get("last", math.inf)
    if "after" in begins:
        first = begins["after"] if named["after_part"] else ends["after"] + 1
    if "before" in begins:
        last = ends["before"] if named["before_part"] else begins["before"] - 1
    return first, last


def _ordered(bounds: tuple[float, float], *, of_years: bool, unit: str = "") -> AskedRange:
    return AskedRange(min(bounds), max(bounds), of_years, unit)

"""The range of dates or numbers that a question asks for, such as "between 2012 and 2018"."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final

from chatbot.retrieval.figures import dates, figures

# A year and a number.
_Y: Final = r"(?:1[5-9]|20)\d\d"
_N: Final = r"\d[\d,.]*(?: (?:thousand|million|billion))?"
_YEARS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?:between|zwischen|entre|между) (?P<first>{_Y}) (?:and|und|et|и) (?P<last>{_Y})\b",
        rf"\b(?:from|von|de|с) (?P<first>{_Y}) (?:to|until|through|bis|à|по|до) (?P<last>{_Y})\b",
        rf"\b(?P<first>{_Y}) ?[-–] ?(?P<last>{_Y})\b",
        rf"(?P<first>{_Y})年?[到至](?P<last>{_Y})年",
        rf"\b(?:since|from|seit|ab|depuis|с) (?P<first>{_Y})\b",
        rf"\b(?:after|nach|après|после) (?P<after>{_Y})\b",
        rf"\b(?:until|till|up to|bis|jusqu'en|до) (?P<last>{_Y})\b",
        rf"\b(?:before|vor|avant) (?P<before>{_Y})\b",
        r"\b(?P<decade>(?:1[5-9]|20)\d0)(?:s|er)\b",
    )
)
_NUMBERS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\bbetween (?P<first>{_N}) and (?P<last>{_N})\b",
        rf"\b(?:more than|over|above|greater than|exceeding) (?P<after>{_N})\b",
        rf"\b(?:at least|no less than|no fewer than) (?P<first>{_N})\b",
        rf"\b(?:less than|fewer than|under|below) (?P<before>{_N})\b",
        rf"\b(?:at most|up to|no more than) (?P<last>{_N})\b",
    )
)


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
    for pattern in _YEARS:
        match = pattern.search(question)
        if match:
            bounds = {name: float(value) for name, value in match.groupdict().items() if value}
            return _ordered(_bounds(bounds), of_years=True)
    for pattern in _NUMBERS:
        match = pattern.search(question)
        names = [*pattern.groupindex]
        stated = figures(question[match.start() :])[: len(names)] if match else []
        if len(stated) == len(names) and stated[-1].unit:
            bounds = {name: figure.value for name, figure in zip(names, stated, strict=True)}
            return _ordered(_bounds(bounds), of_years=False, unit=stated[-1].unit)
    return None


def _bounds(named: dict[str, float]) -> tuple[float, float]:
    if "decade" in named:
        return named["decade"], named["decade"] + 9
    first = named.get("first", -math.inf)
    last = named.get("last", math.inf)
    # An exclusive bound becomes the nearest float inside the range, so that both are inclusive.
    first = math.nextafter(named["after"], math.inf) if "after" in named else first
    last = math.nextafter(named["before"], -math.inf) if "before" in named else last
    return first, last


def _ordered(bounds: tuple[float, float], *, of_years: bool, unit: str = "") -> AskedRange:
    return AskedRange(min(bounds), max(bounds), of_years, unit)

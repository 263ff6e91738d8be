"""Number formats of Excel: what a cell or a chart shows around a figure.

They add a percent sign, a currency, a unit ("3.5M", "120 kg") or leading zeros
([ECMA-376] part 1, 18.8.31). Every digit of a figure is kept, so the unit of a format that shows
thousands or millions is left out.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from itertools import takewhile
from typing import Final, NamedTuple

from chatbot.text.clean import one_line

_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?")
_CURRENCY: Final = re.compile(r"[A-Z]{0,2}\$|[€£¥₹₽₩]")
# A colour, a locale and room for a character show nothing.
_PART: Final = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|\[\$(?P<currency>[^\]-]*)[^\]]*\]'
    r"|(?P<condition>\[[<=>][^\]]*\])|\[[^\]]*\]|[_*].|(?P<end>;)"
    r"|(?P<digits>General|[0#?][0#?,.]*)|(?P<percent>%)|(?P<other>.)",
    re.DOTALL,
)
# Unicode categories. A literal of other signs only, such as "(", says nothing of its figure.
_TELLING: Final = ("L", "N", "Sc", "So")


class NumberFormat(NamedTuple):
    """The words before and after a figure, its least number of digits, and whether it's a share."""

    before: str = ""
    after: str = ""
    digits: int = 0
    is_share: bool = False

    def shown(self, value: str) -> str:
        """A figure as the format shows it; any other value as it is."""
        if not _NUMBER.fullmatch(value):
            return value
        sign, figure = ("-", value[1:]) if value.startswith("-") else ("", value)
        if self.is_share:
            figure = f"{(Decimal(figure) * 100).normalize():f}%"
        elif figure.isdigit():
            figure = figure.zfill(self.digits)
        return f"{sign}{self.before}{figure}{self.after}"


def number_format(code: str) -> NumberFormat:
    """What a format adds to a figure."""
    parts = _PART.finditer(code)
    plain, with_currency = _section(list(takewhile(_goes_on, parts)))
    below_zero = list(takewhile(_goes_on, parts))
    if below_zero and _words(_section(below_zero)[0]) != _words(plain):
        return with_currency  # negative figures have other words, such as "down" instead of "up"
    return plain


def _words(form: NumberFormat) -> str:
    """The words around a figure, without the parentheses of negative ones."""
    return re.sub("[()]", "", f"{form.before} {form.after}")


def is_date(code: str) -> bool:
    """Whether a format shows a number of days as a date."""
    parts = takewhile(_goes_on, _PART.finditer(code))
    letters = {(part["other"] or "").lower() for part in parts}
    return not letters.isdisjoint("yd") or (not letters.isdisjoint("m") and "h" not in letters)


def _goes_on(part: re.Match[str]) -> bool:
    return part.lastgroup != "end"


def _section(parts: list[re.Match[str]]) -> tuple[NumberFormat, NumberFormat]:
    """What a section of a format adds, and the same with no other words than the currency.

    Both are empty if the section isn't of one plain figure.
    """
    words, currency = ["", ""], ["", ""]
    digits = ""
    is_share = False
    for part in parts:
        kind = part.lastgroup
        text = part[kind] if kind else ""
        if kind == "digits" and not digits:
            digits = text
        elif kind in ("digits", "condition") or (kind == "other" and text.isalpha()):
            return NumberFormat(), NumberFormat()
        elif kind == "percent":
            is_share = True
        else:
            sign = _CURRENCY.search(text)
            words[bool(digits)] += text
            currency[bool(digits)] += text if kind == "currency" else sign[0] if sign else ""
    if not digits:
        return NumberFormat(), NumberFormat()
    zeros = len(digits) if len(digits) > 1 and not digits.strip("0") and not is_share else 0
    money = NumberFormat(*_around(currency), zeros, is_share)
    is_scaled = digits.endswith(",")
    return money if is_scaled else NumberFormat(*_around(words), zeros, is_share), money


def _around(words: list[str]) -> tuple[str, str]:
    """The words before and after a figure; a currency sign stands directly before it."""
    before, after = (
        one_line(f"|{text}|")[1:-1] if any(map(_tells, text)) else "" for text in words
    )
    before, after = before.lstrip(), after.rstrip()
    if _CURRENCY.fullmatch(before.strip()):
        before = before.strip()
    if _CURRENCY.fullmatch(after.strip()):
        after = f" {after.strip()}"
    return before, after


def _tells(character: str) -> bool:
    return character in "%‰" or unicodedata.category(character).startswith(_TELLING)

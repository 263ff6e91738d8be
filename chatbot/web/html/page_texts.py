"""The texts of the page in the reader's language, from the files in `web/texts`.

Texts may have `{names}` to fill in. A text that counts things has one version for each plural form
of its language, as `further_one` and `further_other`. Plural forms, numbers and dates follow CLDR.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Annotated, Final

from babel import Locale
from babel.dates import (
    format_date,
    format_skeleton,
    format_time,
    format_timedelta,
    get_datetime_format,
)
from babel.numbers import format_decimal
from fastapi import Depends, Request
from markupsafe import Markup

ENGLISH: Final = "en"
# Set by the language switch of the chat and read by every page.
COOKIE: Final = "chatbot-language"
_SECOND: Final = timedelta(seconds=1)
_ACCEPTED: Final = re.compile(r"([a-z]{1,8})(?:-[a-z0-9]+)*(?:\s*;\s*q=([01](?:\.[0-9]{0,3})?))?")


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of the page in one language."""

    language: str
    texts: Mapping[str, str]
    locale: Locale

    def __call__(self, name: str, /, **values: object) -> str:
        """The text with this name, filled with values."""
        return self.texts[name].format(**values) if values else self.texts[name]

    def count(self, name: str, number: int, /, **values: object) -> str:
        """The text for a number of things; `{n}` is the number."""
        return self(self._plural(name, number), n=self.number(number), **values)

    def markup(self, name: str, /, **values: object) -> Markup:
        """The text as markup. The text and plain values are escaped; markup values are kept."""
        # The first `format` escapes the text itself and leaves its `{names}` in place.
        return Markup("{}").format(self.texts[name]).format(**values)

    def count_markup(self, name: str, number: int, /, **values: object) -> Markup:
        """Like `count`, but as markup."""
        return self.markup(self._plural(name, number), n=self.number(number), **values)

    def number(self, number: int) -> str:
        """A whole number with separators between thousands."""
        return format_decimal(number, locale=self.locale)

    def score(self, value: float) -> str:
        """A number with three decimals."""
        return format_decimal(value, "0.000", locale=self.locale)

    def date(self, text: str) -> str:
        """A date of a document, which may be only a year or a month; other text is kept."""
        skeleton = {len("2018"): "y", len("2018-05"): "yMMM"}.get(len(text))
        try:
            day = date.fromisoformat(f"{text}-01-01"[: len("2018-05-31")])
        except ValueError:
            return text
        if skeleton:
            return format_skeleton(skeleton, day, locale=self.locale)
        return format_date(day, locale=self.locale) if len(text) == len("2018-05-31") else text

    def moment(self, moment: datetime) -> str:
        """A date with the time of day."""
        day = format_date(moment, locale=self.locale)
        time = format_time(moment, "short", tzinfo=moment.tzinfo, locale=self.locale)
        return str(get_datetime_format("medium", locale=self.locale)).format(time, day)

    def ago(self, moment: datetime, now: datetime) -> str:
        """As "3 hours ago", in the largest unit that fits."""
        return format_timedelta(
            min(moment - now, -_SECOND), threshold=1, add_direction=True, locale=self.locale
        )

    def language_name(self, tag: str) -> str:
        """The name of the language with this BCP 47 tag; an unknown tag is kept."""
        return str(self.locale.languages.get(tag.partition("-")[0].lower(), tag))

    def _plural(self, name: str, number: int) -> str:
        """The name of the version for a number.

        A language may have a form for millions alone, which needs no version of its own.
        """
        version = f"{name}_{self.locale.plural_form(number)}"
        return version if version in self.texts else f"{name}_other"


@cache
def languages() -> tuple[str, ...]:
    """The languages that the page has texts in, English first."""
    names = [file.name for file in files("chatbot.web").joinpath("texts").iterdir()]
    codes = sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml"))
    return (ENGLISH, *(code for code in codes if code != ENGLISH))


@cache
def words_in(language: str) -> Words:
    """The texts in a language of the page, or else in English."""
    page_language = language if language in languages() else ENGLISH
    file = files("chatbot.web").joinpath("texts", f"{page_language}.toml")
    texts = tomllib.loads(file.read_text("utf-8"))
    return Words(page_language, texts, Locale.parse(texts["locale"], sep="-"))


def accepted_language(header: str) -> str:
    """The language of the page that an `Accept-Language` header prefers, or else English."""
    candidates = []
    for place, part in enumerate(header.lower().split(",")):
        match = _ACCEPTED.fullmatch(part.strip())
        if match and match[1] in languages():
            candidates.append((-float(match[2] or 1), place, match[1]))
    return min(candidates)[2] if candidates else ENGLISH


def readers_words(request: Request) -> Words:
    """The texts in the language that the reader chose, or else that the browser prefers."""
    chosen = request.query_params.get("lang") or request.cookies.get(COOKIE, "")
    header = request.headers.get("accept-language", "")
    return words_in(chosen if chosen in languages() else accepted_language(header))


ReadersWords = Annotated[Words, Depends(readers_words)]

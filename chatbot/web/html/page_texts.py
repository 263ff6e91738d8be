"""The texts of the page in the reader's language, from the files in `web/texts`.

Texts may have `{names}` to fill in. `Words.markup` fills a text with markup.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Annotated, Final

from fastapi import Depends, Request
from markupsafe import Markup

LANGUAGES: Final = ("en", "de")
# Set by the language switch of the chat and read by every page.
COOKIE: Final = "chatbot-language"
_ACCEPTED: Final = re.compile(r"([a-z]{1,8})(?:-[a-z0-9]+)*(?:\s*;\s*q=([01](?:\.[0-9]{0,3})?))?")


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of the page in one language."""

    language: str
    texts: Mapping[str, str]

    def __call__(self, name: str, /, **values: object) -> str:
        """The text with this name, filled with values."""
        return self.texts[name].format(**values) if values else self.texts[name]

    def count(self, name: str, number: int, /, **values: object) -> str:
        """The text for one thing or for several; `{n}` is the number."""
        return self(_plural(name, number), n=self.number(number), **values)

    def markup(self, name: str, /, **values: object) -> Markup:
        """The text as markup. The text and plain values are escaped; markup values are kept."""
        # The first `format` escapes the text itself and leaves its `{names}` in place.
        return Markup("{}").format(self.texts[name]).format(**values)

    def count_markup(self, name: str, number: int, /, **values: object) -> Markup:
        """Like `count`, but as markup."""
        return self.markup(_plural(name, number), n=self.number(number), **values)

    def number(self, number: int) -> str:
        """A whole number with this language's thousands separator."""
        return f"{number:,}".replace(",", self("thousands"))

    def score(self, value: float) -> str:
        """A number with three decimals and this language's decimal sign."""
        return f"{value:.3f}".replace(".", self("decimal"))


@cache
def words_in(language: str) -> Words:
    """The texts in a language of the page, or else in English."""
    page_language = language if language in LANGUAGES else LANGUAGES[0]
    file = files("chatbot.web").joinpath("texts", f"{page_language}.toml")
    return Words(page_language, tomllib.loads(file.read_text("utf-8")))


def accepted_language(header: str) -> str:
    """The language of the page that an `Accept-Language` header prefers, or else English."""
    candidates = []
    for place, part in enumerate(header.lower().split(",")):
        match = _ACCEPTED.fullmatch(part.strip())
        if match and match[1] in LANGUAGES:
            candidates.append((-float(match[2] or 1), place, match[1]))
    return min(candidates)[2] if candidates else LANGUAGES[0]


def readers_words(request: Request) -> Words:
    """The texts in the language that the reader chose, or else that the browser prefers."""
    chosen = request.query_params.get("lang") or request.cookies.get(COOKIE, "")
    header = request.headers.get("accept-language", "")
    return words_in(chosen if chosen in LANGUAGES else accepted_language(header))


ReadersWords = Annotated[Words, Depends(readers_words)]


def _plural(name: str, number: int) -> str:
    return f"{name}_{'one' if number == 1 else 'other'}"

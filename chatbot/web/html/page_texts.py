"""The text of the page in the reader's language, from the files in `web/texts`.

A text with `{names}` in it takes their values as they are: the caller escapes them.
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

LANGUAGES: Final = ("en", "de")
_ACCEPTED: Final = re.compile(r"([a-z]{1,8})(?:-[a-z0-9]+)*(?:\s*;\s*q=([01](?:\.[0-9]{0,3})?))?")


@dataclass(frozen=True, slots=True)
class Words:
    """Every text of the page in one language."""

    language: str
    texts: Mapping[str, str]

    def __call__(self, name: str, /, **values: object) -> str:
        """The text of this name, its places filled."""
        return self.texts[name].format(**values) if values else self.texts[name]

    def count(self, name: str, number: int, /, **values: object) -> str:
        """The text for one or for several; `{n}` is the number."""
        form = "one" if number == 1 else "other"
        return self(f"{name}_{form}", n=self.number(number), **values)

    def number(self, number: int) -> str:
        """A whole number, its thousands set apart as in this language."""
        return f"{number:,}".replace(",", self("thousands"))


# What the switch of the page leaves, so that every page speaks the same language.
COOKIE: Final = "chatbot-language"


@cache
def words_in(language: str) -> Words:
    """The texts in a language of the page; English where it is none."""
    known = language if language in LANGUAGES else LANGUAGES[0]
    file = files("chatbot.web").joinpath("texts", f"{known}.toml")
    return Words(known, tomllib.loads(file.read_text("utf-8")))


def accepted_language(header: str) -> str:
    """The language that a browser's `Accept-Language` likes best among those of the page."""
    wishes = []
    for place, part in enumerate(header.lower().split(",")):
        found = _ACCEPTED.fullmatch(part.strip())
        if found and found[1] in LANGUAGES:
            wishes.append((-float(found[2] or 1), place, found[1]))
    return min(wishes)[2] if wishes else LANGUAGES[0]


def readers_words(request: Request) -> Words:
    """The texts in the language that a reader chose, or else that the browser likes best."""
    chosen = request.query_params.get("lang") or request.cookies.get(COOKIE, "")
    header = request.headers.get("accept-language", "")
    return words_in(chosen if chosen in LANGUAGES else accepted_language(header))


ReadersWords = Annotated[Words, Depends(readers_words)]

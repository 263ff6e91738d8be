"""Unify British and American spelling, so that "defence" finds "defense".

The rules apply to every text and every question. So it does no harm that they also change words
with a single spelling ("exercise" becomes "exercize" everywhere). But a rule must never separate
a word from its own forms or merge two different words, so the rules for double letters list their
words.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_DOUBLED: Final = (
    "cancel|channel|counsel|dial|equal|fuel|jewel|label|level|marshal|model|pedal|quarrel|rival|"
    "signal|spiral|total|travel|tunnel"
)
_RE: Final = "cent|theat|met|lit|fib|calib|somb|spect|lust"
_AFTER_S: Final = "e|ed|es|ing|ings|er|ers|able|ably|ability|ation|ations|ational|ationally|ement"
_AFTER_OUR: Final = "s|ed|ing|al|ally|able|ably|hoods?|ites?|ful|fully|less|ists?|ers?|ly|y|ies"
# Words with -ise in both spellings, whose other forms in -is- the rule would not reach.
_ALWAYS_S: Final = (
    "adv|advert|chast|conc|dec|dev|div|exc|expert|improv|inc|merchand|prec|prem|prom|ra|rev|"
    "superv|surm|surpr|telev|upr"
)
_RULES: Final = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"manoeuvred\b", "maneuvered"),
        (r"manoeuvre?", "maneuver"),
        (r"\b(def|off|pret|lic)enc(e[sd]?|eless)\b", r"\1ens\2"),
        (r"\bpractis(ed?|es|ing)\b", r"practic\1"),
        (rf"\b(?!\w*(?:{_ALWAYS_S})is)(\w{{3,}})([iy])s({_AFTER_S})\b", r"\1\2z\3"),
        (rf"(\w{{2}})(?<!\bsc)our({_AFTER_OUR})?\b", r"\1or\2"),
        (rf"({_RE})re(s?)\b", r"\1er\2"),
        (rf"({_RE})red\b", r"\1ered"),
        (rf"\b((?:re|un|mis)?(?:{_DOUBLED}))l(ed|ings?|ers?|ors?)\b", r"\1\2"),
        (r"\bprogramme(s?)\b", r"program\1"),
        (r"ae(?=sthe|tiol|m[aio]|d[io]|ol|c[aeo]|val)|oe(?=t[au]|soph|str|dem|liac|ba|pat)", "e"),
        (r"\bgrey", "gray"),
        (r"\bscept", "skept"),
        (r"\bartefact", "artifact"),
        (r"\bage(ing)\b", r"ag\1"),
        (r"\b(judg|acknowledg)ement", r"\1ment"),
        (r"\baluminium", "aluminum"),
    )
)

# Most words match no rule, and one search shows it.
_ANY: Final = re.compile("|".join(rule.pattern for rule, _ in _RULES))

_SHORTEST: Final = 4
_WORD: Final = re.compile(rf"[^\W\d_]{{{_SHORTEST},}}")


def one_spelling(text: str) -> str:
    """The text with its words in American spelling, as far as the rules cover it."""
    if text.isalpha() and text.isascii():  # a single word, the usual case
        return _american(text.lower()) if len(text) >= _SHORTEST else text
    return _WORD.sub(lambda match: _american(match.group().lower()), text)


@lru_cache(maxsize=100_000)
def _american(word: str) -> str:
    if _ANY.search(word):
        for pattern, replacement in _RULES:
            word = pattern.sub(replacement, word)
    return word

"""British and American spelling made one, so that "defence" finds "defense".

The rules are applied to every text and every question alike, so it does no harm that they also
touch words which both spell the same ("exercise" becomes "exercize" everywhere). What must not
happen is that a rule parts a word from its own forms, or makes two words one; so the rules for
double letters name their words.
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
# Words in -ise on both sides of the ocean, with forms in -is- that the rule would not reach.
_KEPT_S: Final = (
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
        (rf"\b(?!\w*(?:{_KEPT_S})is)(\w{{3,}})([iy])s({_AFTER_S})\b", r"\1\2z\3"),
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

# Most words follow none of the rules, and one look tells.
_ANY: Final = re.compile("|".join(rule.pattern for rule, _ in _RULES))

_SHORTEST: Final = 4
_WORD: Final = re.compile(rf"[^\W\d_]{{{_SHORTEST},}}")


def one_spelling(text: str) -> str:
    """The text with its words in American spelling, where the two differ by rule."""
    if text.isalpha() and text.isascii():  # one word, as most texts that come here are
        return _american(text.lower()) if len(text) >= _SHORTEST else text
    return _WORD.sub(lambda found: _american(found.group().lower()), text)


@lru_cache(maxsize=100_000)
def _american(word: str) -> str:
    if _ANY.search(word):
        for pattern, replacement in _RULES:
            word = pattern.sub(replacement, word)
    return word

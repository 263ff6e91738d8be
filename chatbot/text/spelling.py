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
    "signal|total|travel"
)
_RULES: Final = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"manoeuv(re|er)", "maneuver"),
        (r"\b(def|off|pret|lic)enc(e[sd]?|eless)\b", r"\1ens\2"),
        (r"(\w{3})(i|y)s(e|ed|es|ing|er|ers|ation|ations|ational)\b", r"\1\2z\3"),
        (r"(\w{2})our(s|ed|ing|al|ally|able|hood|ite|ful|less|ist|er|ers)?\b", r"\1or\2"),
        (r"\b(cent|theat|met|lit|fib|calib|somb|spect|lust)re(s|d)?\b", r"\1er\2"),
        (rf"\b({_DOUBLED})l(ed|ing|er|ers)\b", r"\1\2"),
        (r"\bprogramme(s|d)?\b", r"program\1"),
        (r"(?<=\w)(ae|oe)(?=\w{3})|\b(ae|oe)(?=\w{5})", "e"),
        (r"\bgrey", "gray"),
        (r"\bscept", "skept"),
        (r"\bartefact", "artifact"),
        (r"\bage(ing)\b", r"ag\1"),
        (r"\b(judg|acknowledg)ement", r"\1ment"),
        (r"\baluminium", "aluminum"),
    )
)


_WORD: Final = re.compile(r"[^\W\d_]{4,}")


def one_spelling(text: str) -> str:
    """The text with its words in American spelling, where the two differ by rule."""
    return _WORD.sub(lambda found: _american(found.group().lower()), text)


@lru_cache(maxsize=100_000)
def _american(word: str) -> str:
    for pattern, replacement in _RULES:
        word = pattern.sub(replacement, word)
    return word

"""Whether a text denies something, or says the opposite of another."""

from __future__ import annotations

import re
from typing import Final

_NEGATION: Final = re.compile(
    r"\b(?:not|no|never|neither|nor|without|nicht|kein\w*|ne|pas|не|нет)\b|n['’]t\b|不|没",
    re.IGNORECASE,
)
# "into" isn't the opposite of "to".
_FEWEST_CHARACTERS: Final = 4
# English words and their opposites, as regular expressions.
_OPPOSITES: Final = tuple(
    (re.compile(rf"(?:{some})", re.IGNORECASE), re.compile(rf"(?:{others})", re.IGNORECASE))
    for some, others in (
        (
            r"r[io]se[ns]?|rising|increas\w+|gr[eo]w\w*|climb\w*|gain\w*|more|higher|above",
            (
                r"f[ae]ll(?:s|en|ing)?|decreas\w+|declin\w+|dropp\w+|shr[aiu]nk\w*|lost|less|fewer|lower"
                r"|below"
            ),
        ),
        (
            (
                r"approv\w+|accept\w*|agree[ds]?|ratif\w+|support\w*|endors\w+|welcom\w+|allow\w*"
                r"|permit\w*|confirm\w*"
            ),
            (
                r"reject\w*|refus\w+|disagree\w*|oppos\w+|veto\w*|condemn\w*|forb[aioe]\w+|prohibit\w*"
                r"|bann(?:ed|ing)|den(?:y|ies|ied)"
            ),
        ),
        (
            r"beg[aiu]n\w*|start\w*|open\w*|launch\w*|resum\w+|enter\w*|join\w*",
            r"end(?:s|ed|ing)?|stop\w*|clos\w+|ceas\w+|suspend\w*|left|leav\w+|withdr[ae]w\w*",
        ),
        (r"won|win(?:s|ning)?|succeed\w*|success\w*", r"los[ets]\w*|fail\w*"),
        (r"strength\w*|strong\w*|improv\w+", r"weak\w*|worse\w*|deteriorat\w+"),
        (r"buys?|buying|bought|purchas\w+|import\w*", r"sell\w*|sold|export\w*"),
        (r"before|first|earlie\w+", r"after|last|late\w*"),
        (r"all|every|always", r"some|few|sometimes|seldom|rarely"),
    )
)


def is_negated(text: str) -> bool:
    """Whether a text has a word such as "not"."""
    return bool(_NEGATION.search(text))


def are_opposites(word: str, other: str) -> bool:
    """Whether two English words are opposites, such as "rose" and "fell", "legal" and "illegal"."""
    shorter, longer = sorted([word.casefold(), other.casefold()], key=len)
    prefixed = re.fullmatch(rf"(?:un|in|im|il|ir|dis|non-?){re.escape(shorter)}", longer)
    if prefixed and len(shorter) >= _FEWEST_CHARACTERS:
        return True
    return any(
        (some.fullmatch(word) and others.fullmatch(other))
        or (some.fullmatch(other) and others.fullmatch(word))
        for some, others in _OPPOSITES
    )

"""Sentences that say what isn't known: "The ministry did not say how many ships took part".

They have the words of the question, and read like an answer.
"""

from __future__ import annotations

import re
from typing import Final

from chatbot.retrieval.question_kinds import answer_kind

_DENIED: Final = (
    r"(?:do(?:es)?|did|ha(?:s|ve)|is|are|was|were|been|could|can)(?: ?not|n['’]t)"
    r"(?: (?:yet|been|be|publicly|themselves|otherwise))*"
)
_SAID: Final = (
    r"(?:says?|said|stated?|gives?|given?|named?|mention(?:ed)?|specif(?:y|ied)|report(?:ed)?"
    r"|disclosed?|reveal(?:ed)?|explain(?:ed)?|known|clear|available|released?|published?"
    r"|provided?|recorded?|determined?|identif(?:y|ied))"
)
_OPEN_POINT: Final = re.compile(
    rf"\b{_DENIED} {_SAID}\b(?!,? (?:until|till|before)\b)"
    r"|\b(?:leaves?|left|remain(?:s|ed)?|is|are|was|were) (?:\w+ ){0,3}"
    r"(?:unclear|unknown|unspecified|undisclosed|unstated|uncertain)\b"
    r"|\b(?:leaves?|left) (?:\w+ ){1,3}open\b"
    r"|\b(?:no|none of the|neither)(?: \w+){0,3}"
    r" (?:says?|states?|mentions?|names?|gives?|reports?)\b",
    re.IGNORECASE,
)
# A question about what somebody says, or about what isn't known, is answered by such a sentence.
_ASKED_FOR: Final = re.compile(
    r"\b(?:say|state|mention|report|disclose|reveal|explain|cover|know|not)\b|n['’]t\b"
    r"|\b(?:open|unclear|unknown|uncertain|unanswered|missing|gaps?)\b",
    re.IGNORECASE,
)
_KINDS: Final = frozenset(["time", "figure", "person", "place"])


def is_open_point(sentence: str) -> bool:
    """Whether an English sentence says that something isn't known or isn't said."""
    return bool(_OPEN_POINT.search(sentence))


def asks_for_fact(question: str) -> bool:
    """Whether a question asks for a fact, so that no sentence about an open point answers it."""
    return answer_kind(question) in _KINDS and not _ASKED_FOR.search(question)

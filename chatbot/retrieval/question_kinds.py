"""What kind of answer a question asks for, by its question words."""

from __future__ import annotations

import re
from typing import Final, Literal

AnswerKind = Literal["yes or no", "time", "figure", "person", "place", "thing", "other"]

# In order: "in which year" asks for a time before it asks for a thing.
_PATTERNS: Final[tuple[tuple[AnswerKind, str], ...]] = (
    (
        "yes or no",
        (
            r"^(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|shall|may"
            r"|might|must)\b|^est-ce que\b|\bли\b|吗[?？]?$"
        ),
    ),
    (
        "time",
        (
            r"^(?:since |until |by |from )?when\b|\b(?:what|which) (?:year|date|day|month"
            r"|decade|century)\b|\bdate\b|\bwann\b|\bwelche[mns]? (?:jahr|datum|tag)\b"
            r"|\bquand\b|\bquelle (?:année|date)\b|\bкогда\b|\bкаком году\b"
            r"|什么时候|何时|哪一?年"
        ),
    ),
    (
        "figure",
        (
            r"\bhow (?:many|much|long|far|old|large|big|high|fast|deep|tall|heavy|often|soon)\b"
            r"|\b(?:what|which) (?:share|percentage|proportion|number|amount|price|percent)\b"
            r"|\bwie ?(?:viele?|lange|weit|hoch|groß|alt|oft)\b|\bcombien\b"
            r"|\bсколько\b|多少|几个"
        ),
    ),
    ("person", r"^(?:by |to |for |from )?(?:who|whom|whose)\b|^(?:wer|wen|wem|qui|кто)\b|谁"),
    ("place", r"^(?:from )?where\b|^(?:wo|wohin|woher|où|d'où|где|куда|откуда)\b|哪里|哪儿"),
    ("thing", r"^(?:\w+ )?(?:what|which)\b|^(?:\w+ )?(?:welche\w*|quel\w*|как(?:ой|ая|ие))\b"),
)
_QUESTION_WORD: Final = r"(?:who|whom|whose|which|when|where)"
# These words may also begin a relative clause: "the laws that were passed when ...". They ask at
# either end of a text, after a verb that asks, and in a text that addresses somebody.
_ASKS: Final = re.compile(
    rf"\b(?:what|why|how)\b|^(?:\w+ )?{_QUESTION_WORD}\b|\b{_QUESTION_WORD}\W*$"
    r"|^(?:compare|define|describe|explain|find|give|list|name|show|summari[sz]e|tell)\b"
    rf"|\b(?:I (?!is\b)|(?:you|me|us|we|our|please)\b).*\b{_QUESTION_WORD}\b"
    rf"|\b(?:asks?|asked|know|find out|wonders?|question)\b(?:\W+\w+)?\W+{_QUESTION_WORD}\b",
    re.IGNORECASE | re.DOTALL,
)
_KINDS: Final = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _PATTERNS)


def answer_kind(question: str) -> AnswerKind:
    """The kind of answer that a question asks for."""
    return next((kind for kind, pattern in _KINDS if pattern.search(question.strip())), "other")


def is_claim(text: str) -> bool:
    """Whether a text states something: it ends with a full stop and doesn't ask."""
    text = text.strip()
    if not text.endswith((".", "。")):
        return False
    return answer_kind(text) == "other" and not _ASKS.search(text)

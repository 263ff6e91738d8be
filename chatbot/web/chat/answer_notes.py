"""Sentences about an answer as a whole: its parts, and what other documents say about it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from chatbot.answers import Answer
from chatbot.web.html.page_texts import Words

_DIFFERENT: Final = {False: "elsewhere_other", True: "elsewhere_older"}


def part_notes(answer: Answer, words: Words) -> list[str]:
    """For each part of the question, the marker of its quote, or that there is no clear answer."""
    return [
        f"{part.text}: {words('part_none') if part.marker is None else f'[{part.marker}]'}"
        for part in answer.parts
    ]


def elsewhere_notes(answer: Answer, words: Words) -> list[str]:
    """Which other citations say the same, and which have a different figure."""
    same = [f"[{other.marker}]" for other in answer.elsewhere if other.agrees]
    different = [
        words(_DIFFERENT[other.older], marker=f"[{other.marker}]", words=other.words)
        for other in answer.elsewhere
        if not other.agrees
    ]
    return [*([words("elsewhere_same", markers=listed(same))] if same else []), *different]


def missing_parts(answer: Answer) -> tuple[str, ...]:
    """The parts of the question that have no answer."""
    return tuple(part.text for part in answer.parts if part.marker is None)


def listed(names: Iterable[str]) -> str:
    """Names with commas between them."""
    return ", ".join(names)

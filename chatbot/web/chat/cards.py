"""The cards of an answer, one per document, as records for the template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from chatbot.clues import CLUES
from chatbot.feedback import Vote
from chatbot.types import Citation, Span
from chatbot.web.html.highlights import (
    MOST_CHARACTERS,
    ShownPassage,
    Terms,
    excerpt,
    shown_passage,
)
from chatbot.web.html.page_texts import Words

# The reader's thumbs, by passage.
Votes = Mapping[str, Vote]
NO_VOTES: Final[Votes] = MappingProxyType({})
_LONGEST_STEP: Final = 160


@dataclass(frozen=True, slots=True)
class Reason:
    """A ranking clue with the passage's rank by it, if it ranks, and its value."""

    clue: str
    rank: int | None
    value: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """A cited passage as a card shows it.

    `steps` lead to its place: title, sections, pages. `reference` is the quote with its place, as
    a person would cite it. `vote` is the reader's thumb.
    """

    citation: Citation
    steps: tuple[str, ...]
    reference: str
    passage: ShownPassage
    vote: Vote | None
    notes: tuple[str, ...]
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class DocumentCard:
    """A document: its best passage, its further passages, and the titles of its copies."""

    evidence: Evidence
    further: tuple[Evidence, ...]
    also_in: tuple[str, ...]


def card(
    citation: Citation, question: str, *, words: Words, terms: Terms, votes: Votes = NO_VOTES
) -> DocumentCard:
    """The card of a citation and of the further citations nested in it."""
    return DocumentCard(
        _evidence(citation, question, words, terms, votes),
        tuple(_evidence(further, question, words, terms, votes) for further in citation.further),
        tuple(map(_shortened, citation.also_in)),
    )


def place_text(citation: Citation, words: Words) -> str:
    """The title, sections, pages and file as text."""
    return f"{' › '.join(_steps(citation, words))}; {citation.source}"


def _evidence(
    citation: Citation, question: str, words: Words, terms: Terms, votes: Votes
) -> Evidence:
    passage = citation.passage
    span = None
    if citation.verified:
        offset = passage.span.start
        span = Span(citation.span.start - offset, citation.span.end - offset)
    part = excerpt(passage.text, span, question, terms)
    # A table continued from an earlier passage has left its header there.
    continued = passage.lead is not None or not passage.text.startswith(part.text)
    notes = [words("shortened")] if part.cut else []
    notes += [] if citation.verified else [words("unverified")]
    return Evidence(
        citation,
        _steps(citation, words),
        _reference(citation, words),
        shown_passage(part, continued=continued),
        votes.get(passage.passage_id),
        tuple(notes),
        _reasons(citation, words),
    )


def _steps(citation: Citation, words: Words) -> tuple[str, ...]:
    steps = [_shortened(step) for step in (citation.title, *citation.section)]
    if citation.pages:
        pages = ", ".join(map(str, citation.pages))
        steps.append(words("page_one" if len(citation.pages) == 1 else "page_other", pages=pages))
    return tuple(steps)


def _reference(citation: Citation, words: Words) -> str:
    quote = citation.quote[:MOST_CHARACTERS]
    quote += "…" if len(quote) < len(citation.quote) else ""
    return f"“{quote}” ({place_text(citation, words)})"


def _shortened(step: str) -> str:
    return step if len(step) <= _LONGEST_STEP else f"{step[:_LONGEST_STEP]}…"


def _reasons(citation: Citation, words: Words) -> tuple[Reason, ...]:
    why = citation.why
    reasons = [
        Reason(
            words(f"why_{clue.name}"),
            getattr(why, f"{clue.name}_rank", None),
            words(f"why_{clue.unit}", value=words.score(getattr(why, clue.name))),
        )
        for clue in CLUES
    ]
    return (*reasons, Reason(words("why_together"), None, words.score(why.together)))

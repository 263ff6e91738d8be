"""The cards of an answer, one per document, as records for the template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np

from chatbot.answers import Citation, Quote
from chatbot.clues import CLUES
from chatbot.feedback import Vote
from chatbot.retrieval.evidence import passage_share
from chatbot.types import Span
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

    `marker` is the number of its card; a further passage of the same document adds its own, as 1.2.
    `is_first` says that it is the card's own passage, which shows what is known of the document.
    `steps` lead to its place: title, sections, pages. `reference` is the quote with its place, as
    a person would cite it. `vote` is the reader's thumb.
    """

    marker: str
    citation: Citation
    steps: tuple[str, ...]
    reference: str
    passage: ShownPassage
    vote: Vote | None
    notes: tuple[str, ...]
    reasons: tuple[Reason, ...]

    @property
    def is_first(self) -> bool:
        return "." not in self.marker


@dataclass(frozen=True, slots=True)
class DocumentCard:
    """A document: its best passage, its further passages, and the titles of its copies."""

    evidence: Evidence
    further: tuple[Evidence, ...]
    also_in: tuple[str, ...]
    language_note: str = ""


def card(
    citation: Citation,
    question: str,
    *,
    words: Words,
    terms: Terms,
    votes: Votes = NO_VOTES,
    note: str = "",
) -> DocumentCard:
    """The card of a citation, with a note about its language, and of those nested in it."""
    return DocumentCard(
        _evidence(str(citation.marker), citation, question, words, terms, votes),
        tuple(
            _evidence(f"{citation.marker}.{number}", further, question, words, terms, votes)
            for number, further in enumerate(citation.further, start=2)
        ),
        tuple(map(_shortened, citation.also_in)),
        note,
    )


def quote_text(citation: Citation) -> str:
    """The quote, cut if it is very long."""
    quote = citation.quote
    return quote if len(quote) <= MOST_CHARACTERS else f"{quote[:MOST_CHARACTERS]}…"


def place_text(citation: Citation, words: Words) -> str:
    """The title, sections and pages as text, then date, author and file of the document."""
    date, author = citation.metadata.date, citation.metadata.author
    details = [words.date(date) if date else "", author or "", citation.source]
    return f"{' › '.join(place_steps(citation, words))}; {', '.join(filter(None, details))}"


def _evidence(
    marker: str, citation: Citation, question: str, words: Words, terms: Terms, votes: Votes
) -> Evidence:
    passage = citation.passage
    span = None
    if citation.verified:
        offset = passage.span.start
        span = Span(citation.span.start - offset, citation.span.end - offset)
    part = excerpt(passage.text, span, question, terms)
    offset = passage.span.start + part.start
    heads = [Span(head.start - offset, head.end - offset) for head in passage.heads]
    lead = [] if part.start else [line.text for line in passage.lead]
    notes = [words("shortened")] if part.cut else []
    notes += [] if citation.verified else [words("unverified")]
    return Evidence(
        marker,
        citation,
        place_steps(citation, words),
        _reference(citation, words),
        shown_passage(part, heads, lead),
        votes.get(passage.passage_id),
        tuple(notes),
        _reasons(citation, words),
    )


def place_steps(citation: Citation | Quote, words: Words) -> tuple[str, ...]:
    """The steps that lead to a place: title, sections, pages."""
    steps = [_shortened(step) for step in (citation.title, *citation.section)]
    if citation.pages:
        pages = ", ".join(map(str, citation.pages))
        steps.append(words.count("page", len(citation.pages), pages=pages))
    return tuple(steps)


def _reference(citation: Citation, words: Words) -> str:
    quote = f"{words('quote_open')}{quote_text(citation)}{words('quote_close')}"
    return f"{quote} ({place_text(citation, words)})"


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
    reasons.append(Reason(words("why_together"), None, words.score(why.together)))
    if why.reader is not None:
        value = words(
            "why_share", value=words.score(float(passage_share(np.array([why.reader]))[0]))
        )
        reasons.append(Reason(words("why_reader"), None, value))
    return tuple(reasons)

"""Answers as HTML: the best sentence and a card for each document, or that nothing was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from secrets import token_hex

from markupsafe import Markup

from chatbot.types import Answer, Citation, Span
from chatbot.web.chat.cards import card
from chatbot.web.chat.conversations import Turn
from chatbot.web.chat.hints import NO_HINTS, Hints
from chatbot.web.html.highlights import MOST_CHARACTERS, Terms
from chatbot.web.html.marked_text import Stretch, plain
from chatbot.web.html.page_texts import Words
from chatbot.web.html.passage_tables import Cell, regions
from chatbot.web.html.templates import render


@dataclass(frozen=True, slots=True)
class Presentation:
    """How an answer is shown.

    `terms` analyses words as the index does. `indexed` is the number of documents in the build,
    whatever the filters. `link` is the address that asks the same again.
    """

    words: Words
    terms: Terms
    indexed: int
    hints: Hints = NO_HINTS
    turn: Turn = field(default_factory=lambda: Turn(question=""))
    link: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BestSentence:
    """The quote that stands first: as text, or as a row of a table below its header."""

    text: str
    rows: tuple[Sequence[Cell], ...] = ()
    headed: bool = False

    def mark(self, place: Span) -> tuple[Stretch, ...]:
        """A place in the text, without marks: all of it is evidence."""
        return (plain(place.of(self.text)),)


def answer_html(answer: Answer, shown: Presentation) -> Markup:
    """The answer; it has no script, and every text in it is escaped."""
    citations = answer.nearest if answer.abstained else answer.citations
    question, turn = answer.interpreted_question, shown.turn
    return render(
        "chat/answer.html",
        answer=answer,
        items=[
            card(cited, question, words=shown.words, terms=shown.terms, votes=turn.votes)
            for cited in citations
        ],
        best=None if answer.abstained else best_sentence(answer.citations[0]),
        filtered=answer.searched_documents < shown.indexed,
        hints=shown.hints,
        as_new=turn.fresh and turn.asked is None,
        edited=turn.asked is not None,
        follows=bool(turn.before),
        link=shown.link,
        form=f"edit-{token_hex(4)}",
        notes=shown.notes,
        words=shown.words,
    )


def best_sentence(citation: Citation) -> BestSentence:
    """The quote of a citation, cut if it is very long."""
    quote, text = citation.quote, citation.passage.text
    if len(quote) > MOST_CHARACTERS:
        return BestSentence(f"{quote[:MOST_CHARACTERS]}…")
    offset = citation.passage.span.start
    place = Span(citation.span.start - offset, citation.span.end - offset)
    for table in regions(text) if citation.verified else ():
        row = next((row for row in table.rows if _span(row) == place), None)
        if row is None:
            continue
        continued = citation.passage.lead is not None and table.place.start == 0
        if table.headed and not continued and row is not table.rows[0]:
            return BestSentence(text, (table.rows[0], row), headed=True)
        return BestSentence(text, (row,))
    return BestSentence(quote)


def _span(row: Sequence[Cell]) -> Span:
    return Span(row[0].place.start, row[-1].place.end)

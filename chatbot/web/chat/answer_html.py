"""Answers as HTML: the best sentence and a card for each document, or that nothing was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from secrets import token_hex

from markupsafe import Markup

from chatbot.answers import Answer, Citation
from chatbot.retrieval.corrections import corrected
from chatbot.types import Span
from chatbot.web.chat.answer_notes import documents_heading, missing_parts
from chatbot.web.chat.cards import DocumentCard, card, place_steps, quote_text
from chatbot.web.chat.conversations import Turn
from chatbot.web.chat.copied_answer import copied_answer
from chatbot.web.chat.example_questions import Example
from chatbot.web.chat.frame import examples_html
from chatbot.web.chat.hints import NO_HINTS, Hints
from chatbot.web.html.highlights import Terms
from chatbot.web.html.marked_text import Segment, Stretch, plain
from chatbot.web.html.page_texts import Words
from chatbot.web.html.passage_tables import Region, regions
from chatbot.web.html.templates import render


@dataclass(frozen=True, slots=True)
class Presentation:
    """How an answer is shown.

    `terms` analyses words as the index does. `indexed` is the number of documents in the build,
    whatever the filters. `link` is the address that asks the same again. `examples` follow a
    greeting. `english_only` says that the model reads no other language.
    """

    words: Words
    terms: Terms
    indexed: int
    hints: Hints = NO_HINTS
    turn: Turn = field(default_factory=lambda: Turn(question=""))
    link: str = ""
    notes: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()
    english_only: bool = False


@dataclass(frozen=True, slots=True)
class BestSentence:
    """The quote that stands first: as text, or as a row of a table below its header rows.

    `answering` is the place of the words that answer.
    """

    text: str
    table: Region | None = None
    answering: Span | None = None

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """The text before, in and after the words that answer."""
        if not self.answering:
            return (plain(self.text),)
        start, end = self.answering
        return (
            plain(self.text[:start]),
            Stretch((Segment(self.text[start:end]),), evidence=True),
            plain(self.text[end:]),
        )

    def mark(self, place: Span) -> tuple[Stretch, ...]:
        """A place in the text, without marks: all of it is evidence."""
        return (plain(place.of(self.text)),)


@dataclass(frozen=True, slots=True)
class ShownPart:
    """The parts of a question that one quote answers."""

    texts: tuple[str, ...]
    item: DocumentCard
    best: BestSentence


def answer_html(answer: Answer, shown: Presentation) -> Markup:
    """The answer; it has no script, and every text in it is escaped."""
    citations = answer.nearest if answer.abstained else answer.citations
    asked_in = answer.question_language
    unread = answer.abstained and shown.english_only and asked_in not in {None, "en"}
    question, turn = answer.interpreted_question, shown.turn
    items = [
        card(cited, question, words=shown.words, terms=shown.terms, votes=turn.votes, note=note)
        for cited, note in zip(citations, _language_notes(answer, shown.words), strict=True)
    ]
    return render(
        "chat/answer.html",
        answer=answer,
        items=items,
        parts=_shown_parts(answer, items),
        missing=missing_parts(answer),
        agreeing=[other for other in answer.elsewhere if other.agrees],
        differing=[other for other in answer.elsewhere if not other.agrees],
        about_heading=answer.about and documents_heading(answer.about, shown.words),
        about_steps=[
            place_steps(quote, shown.words)
            for quote in (answer.about.sentences if answer.about else ())
        ],
        examples=examples_html(shown.examples, shown.words),
        best=None if answer.abstained else best_sentence(answer.citations[0]),
        copied=copied_answer(answer, shown.words),
        empty=not shown.indexed and not answer.about,
        filtered=answer.searched_documents < shown.indexed,
        hints=shown.hints,
        unread=shown.words.language_name(asked_in) if asked_in and unread else "",
        as_new=turn.fresh and turn.asked is None,
        edited=turn.asked is not None,
        follows=bool(turn.before),
        vote=turn.votes.get(""),
        read=corrected(answer.question, answer.corrections),
        link=shown.link,
        form=f"edit-{token_hex(4)}",
        notes=shown.notes,
        words=shown.words,
    )


def _shown_parts(answer: Answer, items: Sequence[DocumentCard]) -> list[ShownPart]:
    """The answered parts in their order; those that one quote answers stand together."""
    return [
        ShownPart(
            tuple(part.text for part in answer.parts if part.marker == marker),
            items[marker - 1],
            best_sentence(answer.citations[marker - 1]),
        )
        for marker in dict.fromkeys(part.marker for part in answer.parts)
        if marker
    ]


def _language_notes(answer: Answer, words: Words) -> list[str]:
    """For each card, a note if it is the first in its language and the question is in another."""
    asked_in, noted, notes = answer.question_language, set[str | None](), []
    for cited in answer.nearest if answer.abstained else answer.citations:
        language = cited.passage.language
        note = ""
        if asked_in and language and language not in {asked_in, *noted}:
            names = {
                "asked": words.language_name(asked_in),
                "passage": words.language_name(language),
            }
            note = words("other_language", **names)
        noted.add(language)
        notes.append(note)
    return notes


def best_sentence(citation: Citation) -> BestSentence:
    """The quote of a citation, cut if it is very long."""
    passage = citation.passage
    quote, text, offset = quote_text(citation), passage.text, passage.span.start
    if quote != citation.quote:
        return BestSentence(quote)
    heads = [Span(head.start - offset, head.end - offset) for head in passage.heads]
    lead = [line.text for line in passage.lead]
    place = Span(citation.span.start - offset, citation.span.end - offset)
    for table in regions(text, heads, lead) if citation.verified else ():
        row = next((row for row in table.rows if row.span == place), None)
        if row is not None:
            return BestSentence(text, table.under_heads(row))
    start, answer = citation.span.start, citation.answer
    answering = Span(answer.start - start, answer.end - start) if answer else None
    return BestSentence(quote, answering=answering)

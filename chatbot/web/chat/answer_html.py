"""Answers as HTML. Every word that comes from a document or a person is escaped here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from chatbot.types import Answer, Citation, Span
from chatbot.web.chat.cards import card_html, place_html
from chatbot.web.chat.hints import NO_HINTS, Hints
from chatbot.web.html.highlights import MOST_CHARACTERS, Terms
from chatbot.web.html.page_texts import Words
from chatbot.web.html.passage_tables import header_of, parts, table_html


@dataclass(frozen=True, slots=True)
class Setting:
    """What an answer is shown with.

    `terms` analyses words as the index does, `built` is when that index was made, `indexed` how
    many documents it has. `as_new` says that earlier questions were set aside.
    """

    words: Words
    terms: Terms
    built: datetime
    indexed: int
    hints: Hints = NO_HINTS
    as_new: bool = False
    notes: tuple[str, ...] = ()


def answer_html(answer: Answer, setting: Setting) -> str:
    """The best sentence, then a card for each document; or the statement that nothing fits."""
    notes = "".join(f'<p class="note">{escape(note)}</p>' for note in setting.notes)
    body = _not_found(answer, setting) if answer.abstained else _found(answer, setting)
    return (
        f'<section class="answer" data-verdict="{answer.verdict}" '
        f'data-build="{escape(answer.build)}">{notes}{_understood(answer, setting)}{body}'
        f"{_foot(setting.words)}</section>"
    )


def mark_span(text: str, span: Span) -> str:
    """Escaped text with one span in a `mark`."""
    return (
        f"{escape(text[: span.start])}<mark>{escape(span.of(text))}</mark>"
        f"{escape(text[span.end :])}"
    )


def time_html(moment: datetime) -> str:
    """A moment, which the page says as "3 hours ago" where it can."""
    return f'<time datetime="{moment.isoformat()}">{moment:%Y-%m-%d %H:%M}</time>'


def _found(answer: Answer, setting: Setting) -> str:
    words, first = setting.words, answer.citations[0]
    legend = (
        f'<p class="legend"><mark>{escape(words("legend_sentence"))}</mark> '
        f"<b>{escape(words('legend_words'))}</b></p>"
    )
    return (
        f"{_confidence(answer, words)}"
        f'<blockquote class="best" dir="auto">{_best_html(first)}</blockquote>'
        f'<p class="place lead"><span class="marker">[{first.marker}]</span> '
        f"{place_html(first, words)}</p>"
        f'<div class="evidence-head"><h3>{escape(words("evidence"))}</h3>{legend}</div>'
        f"{_cards(answer.citations, answer, setting)}"
    )


def _best_html(citation: Citation) -> str:
    """The sentence that answers; a row of a table below the names of its columns, if it has any."""
    quote, text = citation.quote, citation.passage.text
    if len(quote) > MOST_CHARACTERS:
        return escape(f"{quote[:MOST_CHARACTERS]}…")
    offset = citation.passage.span.start
    said = Span(citation.span.start - offset, citation.span.end - offset)
    for table in parts(text):
        rows = [row for row in table.rows if Span(row[0].place.start, row[-1].place.end) == said]
        if not rows or not citation.verified:
            continue
        continued = citation.passage.lead is not None and table.place.start == 0
        headed = not continued and rows[0] is not table.rows[0] and header_of(text, table)
        shown = [table.rows[0], rows[0]] if headed else rows
        return table_html(shown, lambda place: escape(place.of(text)), headed=headed)
    return escape(quote)


def _confidence(answer: Answer, words: Words) -> str:
    return (
        f'<p class="confidence"><strong>{escape(words(answer.verdict))}</strong> '
        f"<span>{escape(words(f'{answer.verdict}_more'))}</span></p>"
    )


def _cards(citations: Sequence[Citation], answer: Answer, setting: Setting) -> str:
    cards = "".join(
        card_html(each, answer.interpreted_question, words=setting.words, terms=setting.terms)
        for each in citations
    )
    return f'<ol class="cards">{cards}</ol>'


def _understood(answer: Answer, setting: Setting) -> str:
    """How a follow-up question was understood, as a chip that can be edited or set aside."""
    words = setting.words
    if setting.as_new:
        return (
            f'<p class="understood"><span>{escape(words("asked_as_new"))}</span> '
            f'<button type="button" data-do="as-follow-up">{escape(words("as_follow_up"))}</button>'
            f"</p>"
        )
    if answer.interpreted_question == answer.question:
        return ""
    return (
        f'<p class="understood"><span>{escape(words("understood"))}</span> '
        f'<bdi class="interpreted">{escape(answer.interpreted_question)}</bdi> '
        f'<button type="button" data-do="edit">{escape(words("edit"))}</button>'
        f'<button type="button" data-do="as-new">{escape(words("as_new"))}</button></p>'
    )


def _not_found(answer: Answer, setting: Setting) -> str:
    words = setting.words
    searched = words.count("not_found", answer.searched_documents, when=time_html(setting.built))
    if answer.searched_documents < setting.indexed:
        searched += " " + escape(words("not_found_filtered"))
    folded = (
        f'<details class="nearest"><summary>{escape(words("nearest"))}</summary>'
        f"{_cards(answer.nearest, answer, setting)}</details>"
        if answer.nearest
        else ""
    )
    return f'<p class="not-found">{searched}</p>{_hints(setting.hints, words)}{folded}'


def _hints(hints: Hints, words: Words) -> str:
    """Words that might help."""
    lines = []
    if hints.unknown:
        listed = ", ".join(f"<bdi>{escape(word)}</bdi>" for word in hints.unknown)
        form = "unknown_one" if len(hints.unknown) == 1 else "unknown_other"
        lines.append(words(form, words=listed))
    if hints.near:
        listed = ", ".join(
            f'<button type="button" data-do="word" data-word="{escape(typed)}" '
            f'data-other="{escape(other)}"><bdi>{escape(other)}</bdi></button>'
            for typed, other in hints.near
        )
        lines.append(words("near_words", words=listed))
    lines.append(escape(words("try_other")))
    return f'<p class="hints">{" ".join(lines)}</p>'


def _foot(words: Words) -> str:
    buttons = "".join(
        f'<button type="button" data-do="{do}">{escape(words(name))}</button>'
        for do, name in (("permalink", "copy_permalink"), ("print", "print"))
    )
    return f'<div class="foot">{buttons}</div>'

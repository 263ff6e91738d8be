"""An answer with its citations for the clipboard, in two forms made by one click.

The text is readable as it is and valid Markdown; the HTML is what Word pastes.
"""

from __future__ import annotations

from typing import NamedTuple

from markupsafe import Markup

from chatbot.answers import Answer
from chatbot.web.chat.answer_notes import elsewhere_notes, part_notes
from chatbot.web.chat.cards import place_text, quote_text
from chatbot.web.html.page_texts import Words
from chatbot.web.html.templates import render


class CopiedAnswer(NamedTuple):
    """Both forms. Addresses begin at the server's root; the page's script completes them."""

    text: str
    html: Markup


def copied_answer(answer: Answer, words: Words) -> CopiedAnswer:
    """The question and the quotes with their places; empty if the answer abstains."""
    if answer.abstained:
        return CopiedAnswer("", Markup())
    quotes = [(cited, quote_text(cited), place_text(cited, words)) for cited in answer.citations]
    notes = [*part_notes(answer, words), *elsewhere_notes(answer, words)]
    blocks = ["\n".join([answer.question, words(answer.verdict)])]
    blocks += ["\n".join(f"- {note}" for note in notes)] if notes else []
    for cited, quote, place in quotes:
        quoted = "\n".join(f"> {line}" for line in quote.splitlines())
        blocks.append(f"{quoted}\n\n[{cited.marker}] {place}\n{cited.url}")
    html = render("chat/copied.html", answer=answer, notes=notes, quotes=quotes, words=words)
    return CopiedAnswer("\n\n".join(blocks), html)

"""What the page asks of the server: its frame, answers, context, filters, exports.

A question is one request and its answer one response. The server keeps no conversation, so a
restart loses none and nobody can see another person's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, Literal
from urllib.parse import parse_qs

from chatbot.answers import Answer
from chatbot.chatbot_view import ChatbotView
from chatbot.encoder import family_of
from chatbot.errors import ChatbotError, NotFound
from chatbot.retrieval.corrections import corrected
from chatbot.retrieval.filters import as_filters
from chatbot.types import Span
from chatbot.web.api import Feedback, store_feedback
from chatbot.web.chat import filter_panel
from chatbot.web.chat.answer_html import Presentation, answer_html
from chatbot.web.chat.answer_notes import documents_note, elsewhere_notes
from chatbot.web.chat.conversations import (
    Conversation,
    Turn,
    as_data,
    as_markdown,
    link_to,
    reply_to,
)
from chatbot.web.chat.example_questions import examples
from chatbot.web.chat.frame import examples_html, frame_html, standing_html, waiting_html
from chatbot.web.chat.hints import NO_HINTS, hints
from chatbot.web.chat.surroundings import context_html
from chatbot.web.html.highlights import remembering
from chatbot.web.html.page_reader import READER, Reader
from chatbot.web.html.page_texts import Words
from chatbot.web.html.templates import render

_CONTEXT_GONE: Final = (
    "The documents have been updated since, so the text around this passage can't be shown. "
    "Ask again."
)

PageReply = dict[str, Any]


def begin(chatbot: ChatbotView, search: str, words: Words) -> PageReply:
    """The HTML of every part of the page, the texts that its script needs, and what to ask.

    `search` is the query of the page's address: filters, and perhaps a question with the build
    that it was asked of. `address` is the page's without the question. Without a usable index the
    reply has no `build` and says how to make one; the page asks again.
    """
    page: PageReply = {"language": words.language, "words": words.texts}
    try:
        build = chatbot.build
    except ChatbotError as failure:
        return page | {"html": waiting_html(chatbot.settings, failure, words)}
    longest = chatbot.settings.question_characters
    parameters = parse_qs(search.removeprefix("?"))
    chosen = filter_panel.checked(filter_panel.from_address(parameters))
    chips = filter_panel.chips_html(build, chosen, words)
    return page | {
        "html": frame_html(build, words) | {"chips": chips},
        "build": build.name,
        "account": READER.get(Reader()).account,
        "longest": longest,
        "too_long": words("question_too_long", limit=words.number(longest)),
        "filters": chosen,
        "address": filter_panel.address_of(chosen),
        # The address of "Ask about this document" has it; the page's own address doesn't.
        "fresh": "new" in parameters,
        "asked": _asked(parameters, chosen),
    }


def _asked(parameters: Mapping[str, list[str]], chosen: filter_panel.Chosen) -> PageReply | None:
    """The turn that an address asks for."""
    question = parameters.get("q", [""])[0]
    if not question:
        return None
    before, build = parameters.get("after", []), parameters.get("build", [""])[0]
    turn = {"question": question, "before": before, "filters": chosen, "build": build}
    return turn | {"asked": question} if "edited" in parameters else turn


def example_questions(chatbot: ChatbotView, words: Words) -> PageReply:
    """Example questions, which take a moment to find in a new build."""
    return {"html": examples_html(examples(chatbot), words)}


def answer(chatbot: ChatbotView, turn: Turn, words: Words) -> PageReply:
    """The answer to a turn; `said` is a sentence for a screen reader."""
    reply = reply_to(chatbot, turn)
    answered, build = reply.answer, reply.build
    if not turn.build:
        # A turn with a build is shown again; its answer has been counted before.
        chatbot.publish(answered)
    read = corrected(answered.question, answered.corrections)
    shown = Presentation(
        words=words,
        terms=remembering(build.terms),
        indexed=build.manifest.documents,
        hints=hints(read, build, answered.nearest) if answered.abstained else NO_HINTS,
        turn=turn,
        link=link_to(turn, answered.build),
        notes=(words("build_gone"),) if reply.gone else (),
        examples=examples(chatbot) if _shows_examples(answered) else (),
        english_only=family_of(build.manifest.model).english_only,
    )
    return {
        "html": answer_html(answered, shown),
        # As far as it could be read, and with the build that answered first.
        "turn": turn.model_dump() | {"build": turn.build or answered.build},
        "serving": chatbot.build.name,
        "standing": standing_html(chatbot.build, words),
        "said": _said(answered, words),
    }


def _shows_examples(answered: Answer) -> bool:
    return bool(answered.about and answered.about.kind in {"greeting", "thanks", "help"})


def _said(answered: Answer, words: Words) -> str:
    """What is shown first, as a sentence for a screen reader."""
    if about := answered.about:
        return documents_note(about, words)
    if answered.parts:
        quotes = {cited.marker: cited.quote for cited in answered.citations}
        parts = (
            f"{part.text}: {quotes[part.marker] if part.marker else words('part_none')}"
            for part in answered.parts
        )
        return " ".join([f"{words(answered.verdict)}.", *parts])
    quote = answered.citations[0].quote if answered.citations else ""
    return " ".join([f"{words(answered.verdict)}. {quote}", *elsewhere_notes(answered, words)])


def context(
    chatbot: ChatbotView, doc_id: str, start: int, end: int, build: str, words: Words
) -> PageReply:
    """The text before and after a passage. Raises NotFound if its build is gone."""
    kept_build = chatbot.build_named(build)
    document = chatbot.opened(doc_id, kept_build)
    if document is None or not 0 <= start < end <= len(document.text):
        raise NotFound(_CONTEXT_GONE, code="context_gone")
    before, after = context_html(document, Span(start, end), words)
    return {"before": before, "after": after}


def narrow(
    chatbot: ChatbotView, chosen: filter_panel.Chosen, words: Words, *, listed: bool
) -> PageReply:
    """The chips of these filters and, if the panel is open, the values it lists."""
    build, chosen = chatbot.build, filter_panel.checked(chosen)
    reply: PageReply = {"filters": chosen, "groups": [], "left": ""}
    reply["address"] = filter_panel.address_of(chosen)
    try:
        usable = as_filters(chosen)
        if listed:
            reply["groups"], documents = filter_panel.groups(build, usable, words)
            reply["left"] = filter_panel.panel_html(documents, words)
    except ChatbotError as failure:
        reply["left"] = filter_panel.problem_html(failure, words)
    return reply | {"chips": filter_panel.chips_html(build, chosen, words)}


def rate(chatbot: ChatbotView, turn: Turn, thumb: PageReply, words: Words) -> PageReply:
    """Store a thumb for a turn or a passage of it, or withdraw it.

    Raises UsageError, NotFound, StorageError. The thumb has the fields of `Feedback`. The HTML
    shows it, with a form for a comment unless the thumb came with one.
    """
    asked = {"question": turn.wording, "history": turn.history, "filters": turn.filters}
    body = Feedback.model_validate({**thumb, **asked, "as_typed": turn.asked is not None})
    stored = store_feedback(chatbot, body)
    asks = body.comment is None and body.verdict != "none"
    return {"html": render("chat/rated.html", thumb=stored, asks=asks, words=words)}


def export(
    chatbot: ChatbotView, conversation: Conversation, kind: Literal["md", "json"], words: Words
) -> str:
    """A conversation, answered again, as Markdown to read or JSON to work with."""
    if kind == "md":
        return as_markdown(chatbot, conversation, words, datetime.now(UTC))
    return json.dumps(as_data(chatbot, conversation), ensure_ascii=False, indent=2)

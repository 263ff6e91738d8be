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

from chatbot.assistant import Chatbot
from chatbot.errors import ChatbotError, NotFound
from chatbot.retrieval.filters import as_filters
from chatbot.types import Span
from chatbot.web.api import Feedback, store_feedback
from chatbot.web.chat import filter_panel
from chatbot.web.chat.answer_html import Presentation, answer_html
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
from chatbot.web.html.page_texts import Words
from chatbot.web.html.templates import render

_CONTEXT_GONE: Final = (
    "The documents have been updated since, so the text around this passage can't be shown. "
    "Ask again."
)

PageReply = dict[str, Any]


def begin(chatbot: Chatbot, search: str, words: Words) -> PageReply:
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
    parameters = parse_qs(search.removeprefix("?"))
    chosen = filter_panel.from_address(parameters)
    chips = filter_panel.chips_html(build, chosen, words)
    return page | {
        "html": frame_html(build, words) | {"chips": chips},
        "build": build.name,
        "longest": chatbot.settings.question_characters,
        "filters": chosen,
        "address": filter_panel.address_of(chosen),
        "asked": _asked(parameters, chosen),
    }


def _asked(parameters: Mapping[str, list[str]], chosen: filter_panel.Chosen) -> PageReply | None:
    """The turn that an address asks for."""
    question = parameters.get("q", [""])[0]
    if not question:
        return None
    before, build = parameters.get("after", []), parameters.get("build", [""])[0]
    return {"question": question, "before": before, "filters": chosen, "build": build}


def example_questions(chatbot: Chatbot, words: Words) -> PageReply:
    """Example questions, which take a moment to find in a new build."""
    return {"html": examples_html(examples(chatbot), words)}


def answer(chatbot: Chatbot, turn: Turn, words: Words) -> PageReply:
    """The answer to a turn; `said` is a sentence for a screen reader."""
    reply = reply_to(chatbot, turn)
    answered, build = reply.answer, reply.build
    if not turn.build:
        # A turn with a build is shown again; its answer has been counted before.
        chatbot.publish(answered)
    shown = Presentation(
        words=words,
        terms=remembering(build.terms),
        indexed=build.manifest.documents,
        hints=hints(answered.question, build) if answered.abstained else NO_HINTS,
        turn=turn,
        link=link_to(turn, answered.build),
        notes=(words("build_gone"),) if reply.gone else (),
    )
    quote = answered.citations[0].quote if answered.citations else ""
    return {
        "html": answer_html(answered, shown),
        # As far as it could be read, and with the build that answered first.
        "turn": turn.model_dump() | {"build": turn.build or answered.build},
        "serving": chatbot.build.name,
        "standing": standing_html(chatbot.build, words),
        "said": f"{words(answered.verdict)}. {quote}",
    }


def context(
    chatbot: Chatbot, doc_id: str, start: int, end: int, build: str, words: Words
) -> PageReply:
    """The text before and after a passage. Raises NotFound if its build is gone."""
    kept_build = chatbot.build_named(build)
    document = kept_build.document(doc_id) if kept_build else None
    if document is None or not 0 <= start < end <= len(document.text):
        raise NotFound(_CONTEXT_GONE, code="context_gone")
    before, after = context_html(document, Span(start, end), words)
    return {"before": before, "after": after}


def narrow(
    chatbot: Chatbot, chosen: filter_panel.Chosen, words: Words, *, listed: bool
) -> PageReply:
    """The chips of these filters and, if the panel is open, the values it lists."""
    build = chatbot.build
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


def rate(chatbot: Chatbot, turn: Turn, thumb: PageReply, words: Words) -> PageReply:
    """Store a thumb for a passage of a turn. Raises UsageError, NotFound, StorageError.

    The thumb has the fields of `Feedback`. The HTML shows it, with a form for a comment unless the
    thumb came with one.
    """
    body = Feedback(question=turn.wording, history=turn.history, **thumb)
    stored = store_feedback(chatbot, body)
    asks = body.comment is None
    return {"html": render("chat/rated.html", thumb=stored, asks=asks, words=words)}


def export(
    chatbot: Chatbot, conversation: Conversation, kind: Literal["md", "json"], words: Words
) -> str:
    """A conversation, answered again, as Markdown to read or JSON to work with."""
    if kind == "md":
        return as_markdown(chatbot, conversation, words, datetime.now(UTC))
    return json.dumps(as_data(chatbot, conversation), ensure_ascii=False, indent=2)

"""The routes that the chat page calls: frame, answers, context, filters, exports, static files.

A question is one request and its answer one response. The server keeps no conversation, so a
restart loses none and nobody can see another person's.
"""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.resources import files
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse, Response
from markupsafe import Markup
from starlette.exceptions import HTTPException

from chatbot.assistant import Chatbot
from chatbot.errors import ChatbotError, NotFound
from chatbot.retrieval.filters import as_filters
from chatbot.types import Span
from chatbot.web.chat.answer_html import Presentation, answer_html
from chatbot.web.chat.conversations import Conversation, Turn, as_data, as_markdown, reply_to
from chatbot.web.chat.example_questions import examples
from chatbot.web.chat.frame import (
    MOST_VALUES,
    examples_html,
    filters_html,
    frame_html,
    standing_html,
    waiting_frame_html,
)
from chatbot.web.chat.hints import NO_HINTS, hints
from chatbot.web.chat.surroundings import context_html
from chatbot.web.html.highlights import remembering
from chatbot.web.html.page_texts import ReadersWords, Words, words_in

_CONTEXT_GONE: Final = (
    "The documents have been updated since, so the text around this passage can't be shown. "
    "Ask again."
)
_MEDIA_TYPES: Final = {"css": "text/css", "js": "text/javascript"}

Language = Annotated[str, Query(alias="lang")]


def page_router(chatbot: Chatbot) -> APIRouter:
    """The routes of the page over one chatbot."""
    router = APIRouter(prefix="/page", include_in_schema=False)

    @router.get("/frame")
    def frame(words: ReadersWords) -> dict[str, Any]:
        try:
            build = chatbot.build
        except ChatbotError as failure:
            # The request itself succeeds: the page asks again until there is a build.
            return _frame(waiting_frame_html(chatbot.settings, failure, words), words)
        return _frame(
            frame_html(build, words),
            words,
            build=build.name,
            longest=chatbot.settings.question_characters,
        )

    @router.get("/examples")
    def example_questions(lang: Language = "en") -> dict[str, str]:
        return {"html": examples_html(examples(chatbot), words_in(lang))}

    @router.post("/answer")
    def answer(turn: Turn, lang: Language = "en") -> dict[str, Any]:
        return _answer(chatbot, turn, words_in(lang))

    @router.get("/context")
    def context(doc_id: str, start: int, end: int, build: str = "") -> dict[str, str]:
        kept_build = chatbot.build_named(build)
        document = kept_build.document(doc_id) if kept_build else None
        if document is None or not 0 <= start < end <= len(document.text):
            raise NotFound(_CONTEXT_GONE, code="context_gone")
        before, after = context_html(document, Span(start, end))
        return {"before": before, "after": after}

    @router.post("/facets")
    def facets(filters: dict[str, str | list[str]], lang: Language = "en") -> dict[str, str]:
        chosen = as_filters(filters)
        counts = chatbot.build.catalog.facets(chosen, most=MOST_VALUES)
        return {"html": filters_html(counts, chosen, words_in(lang))}

    @router.post("/export.md")
    def markdown(conversation: Conversation, lang: Language = "en") -> Response:
        text = as_markdown(chatbot, conversation, words_in(lang), datetime.now(UTC))
        return Response(text, media_type="text/markdown")

    @router.post("/export.json")
    def data(conversation: Conversation) -> Response:
        return JSONResponse(as_data(chatbot, conversation))

    @router.get("/assets/{name}")
    def asset(name: str) -> Response:
        ending = name.rpartition(".")[2]
        file = files("chatbot.web").joinpath("assets", name)
        if ending not in _MEDIA_TYPES or not file.is_file():
            raise HTTPException(404, "There is nothing here.")
        return Response(
            file.read_text("utf-8"),
            media_type=_MEDIA_TYPES[ending],
            headers={"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"},
        )

    return router


def _frame(html: Markup, words: Words, **build_facts: Any) -> dict[str, Any]:
    return {"html": html, "language": words.language, "words": words.texts, **build_facts}


def _answer(chatbot: Chatbot, turn: Turn, words: Words) -> dict[str, Any]:
    reply = reply_to(chatbot, turn)
    answer, build = reply.answer, reply.build
    if not turn.build:
        # A turn with a build is shown again; its answer has been counted before.
        chatbot.publish(answer)
    presentation = Presentation(
        words=words,
        terms=remembering(build.terms),
        indexed=build.manifest.documents,
        hints=hints(answer.question, build) if answer.abstained else NO_HINTS,
        as_new=turn.as_new,
        notes=(words("build_gone"),) if reply.gone else (),
    )
    quote = answer.citations[0].quote if answer.citations else ""
    return {
        "html": answer_html(answer, presentation),
        "interpreted": answer.interpreted_question,
        "build": answer.build,
        "gone": reply.gone,
        "serving": chatbot.build.name,
        "standing": standing_html(chatbot.build, words),
        "said": f"{words(answer.verdict)}. {quote}",
    }

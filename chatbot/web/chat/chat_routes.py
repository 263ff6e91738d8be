"""What the page asks of the server: its frame, answers, context, filters, exports, its own files.

A question is one request and its answer one response. The server keeps nothing between two of
them, so a restart loses no conversation and no person can see another's.
"""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.resources import files
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from chatbot.assistant import Chatbot
from chatbot.errors import ChatbotError, NotFound
from chatbot.retrieval.filters import as_filters
from chatbot.types import Span
from chatbot.web.chat.answer_html import Setting, answer_html
from chatbot.web.chat.conversations import Conversation, Turn, as_data, as_markdown, reply
from chatbot.web.chat.example_questions import examples
from chatbot.web.chat.frame import (
    MOST_VALUES,
    examples_html,
    facets_html,
    frame_html,
    standing_html,
    waiting_frame_html,
)
from chatbot.web.chat.hints import NO_HINTS, hints
from chatbot.web.chat.surroundings import context_html
from chatbot.web.html.highlights import remembering
from chatbot.web.html.page_texts import ReadersWords, Words, words_in

_CONTEXT_GONE: Final = (
    "The index that this passage came from is no longer kept, so its surroundings can't be shown. "
    "Ask again."
)
_TYPES: Final = {"css": "text/css", "js": "text/javascript"}

Language = Annotated[str, Query(alias="lang")]


def page_router(chatbot: Chatbot) -> APIRouter:
    """The routes of the page over one chatbot."""
    router = APIRouter(prefix="/page", include_in_schema=False)

    @router.get("/frame")
    def frame(words: ReadersWords) -> dict[str, Any]:
        try:
            build = chatbot.build
        except ChatbotError as failure:
            # Not a failure of this request: the page asks again until there is a build.
            html = waiting_frame_html(chatbot.settings, failure, words)
            return _framed(html, words)
        return _framed(
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
        return _answered(chatbot, turn, words_in(lang))

    @router.get("/context")
    def context(doc_id: str, start: int, end: int, build: str = "") -> dict[str, str]:
        kept = chatbot.build_named(build)
        document = kept.document(doc_id) if kept else None
        if document is None or not 0 <= start < end <= len(document.text):
            raise NotFound(_CONTEXT_GONE, code="context_gone")
        before, after = context_html(document, Span(start, end))
        return {"before": before, "after": after}

    @router.post("/facets")
    def facets(filters: dict[str, str | list[str]], lang: Language = "en") -> dict[str, str]:
        wanted = as_filters(filters)
        found = chatbot.build.catalog.facets(wanted, most=MOST_VALUES)
        return {"html": facets_html(found, wanted, words_in(lang))}

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
        if ending not in _TYPES or not file.is_file():
            raise HTTPException(404, "There is nothing here.")
        return Response(
            file.read_text("utf-8"),
            media_type=_TYPES[ending],
            headers={"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"},
        )

    return router


def _framed(html: str, words: Words, **told: Any) -> dict[str, Any]:
    return {"html": html, "language": words.language, "words": words.texts, **told}


def _answered(chatbot: Chatbot, turn: Turn, words: Words) -> dict[str, Any]:
    replied = reply(chatbot, turn)
    answer, build = replied.answer, replied.build
    if not turn.build:
        # Not one that is shown again, from the build that it was asked of.
        chatbot.publish(answer)
    setting = Setting(
        words=words,
        terms=remembering(build.terms),
        built=build.made,
        indexed=build.manifest.documents,
        hints=hints(answer.question, build) if answer.abstained else NO_HINTS,
        as_new=turn.as_new,
        notes=(words("build_gone"),) if replied.gone else (),
    )
    said = words(answer.verdict)
    quote = answer.citations[0].quote if answer.citations else ""
    return {
        "html": answer_html(answer, setting),
        "interpreted": answer.interpreted_question,
        "build": answer.build,
        "gone": replied.gone,
        "serving": chatbot.build.name,
        "standing": standing_html(chatbot.build, words),
        "said": f"{said}. {quote}",
    }

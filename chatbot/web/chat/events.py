"""Gradio's named events: four for programs, the others for the page.

`gradio_client` calls /ask, /retrieve, /documents and /feedback; their JSON is that of the HTTP API.
The page calls the `page_` events. It names no session, so its calls leave nothing in the server.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from inspect import Parameter, signature
from typing import Any, Final, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError, validate_call

from chatbot.answers import Answer, Citation
from chatbot.chatbot_view import ChatbotView
from chatbot.errors import ChatbotError
from chatbot.types import DocumentSummary
from chatbot.web.api import Ask, Feedback, Retrieve, store_feedback
from chatbot.web.chat import page_replies
from chatbot.web.chat.conversations import Conversation, Turn
from chatbot.web.chat.filter_panel import from_boxes
from chatbot.web.chat.offline_gradio import gr
from chatbot.web.chat.page_layout import folds, in_language, panel_updates
from chatbot.web.html.page_texts import ENGLISH, readers_words, words_in
from chatbot.web.problems import in_words
from chatbot.web.readers_chatbot import Views

log = logging.getLogger(__name__)

_ANSWER: Final = TypeAdapter(Answer)
_CITATIONS: Final = TypeAdapter(tuple[Citation, ...])
_SUMMARIES: Final = TypeAdapter(tuple[DocumentSummary, ...])
_FILTERS: Final = TypeAdapter(dict[str, str | list[str]])

Event = Callable[..., Any]
Json = dict[str, Any]


def add_events(views: Views) -> list[str]:
    """Add every event to the open `gr.Blocks`; return their names."""
    shown: dict[Literal["public", "undocumented"], tuple[Event, ...]] = {
        "public": _public_events(),
        "undocumented": _page_events(),
    }
    for visibility, events in shown.items():
        for event in events:
            # By default an event serves one `gradio_client` at a time.
            gr.api(
                _for_person(_refusing(event), views),
                api_name=event.__name__,
                queue=False,
                concurrency_limit=None,
                api_visibility=visibility,
            )
    return [event.__name__ for events in shown.values() for event in events]


def _for_person(event: Event, views: Views) -> Event:
    """The event with the view of the person who calls it as its first argument."""

    def for_person(asking: gr.Request, *arguments: Any) -> Any:
        return event(views(asking.request.scope), *arguments)

    # Gradio fills in a request where the types ask for one, and takes the rest from the caller.
    call: Any = wraps(event)(for_person)
    _, *parameters = signature(event).parameters.values()
    request = Parameter("asking", Parameter.POSITIONAL_OR_KEYWORD, annotation=gr.Request)
    call.__signature__ = signature(event).replace(parameters=[request, *parameters])
    kinds = {name: kind for name, kind in event.__annotations__.items() if name != "chatbot"}
    call.__annotations__ = {"asking": gr.Request} | kinds
    for_this_person: Event = call
    return for_this_person


def _refusing(event: Event) -> Event:
    """The event, with refusals as sentences for the caller.

    The last argument of a page event is the reader's language; other events refuse in English.
    """
    of_page = event.__name__.startswith("page_")
    # Gradio passes on whatever JSON the caller sends.
    checked = validate_call(config=ConfigDict(arbitrary_types_allowed=True))(event)
    names = [*signature(event).parameters]

    @wraps(event)
    def call(*arguments: Any) -> Any:
        language = arguments[-1] if of_page and isinstance(arguments[-1], str) else ENGLISH
        try:
            return checked(*arguments)
        except ChatbotError as refusal:
            sentence = in_words(refusal, words_in(language)) if of_page else str(refusal)
            raise gr.Error(sentence, print_exception=False) from None
        except ValidationError as malformed:
            sentence = (
                words_in(language)("problem_not_understood")
                if of_page
                else f"The request can't be used ({_first_error(malformed, names)})."
            )
            raise gr.Error(sentence, print_exception=False) from None
        except Exception:
            # Gradio would print it, with what the caller sent and without the request's id.
            log.exception("The event %s failed", event.__name__)
            sentence = words_in(language)("problem_failed")
            raise gr.Error(sentence, print_exception=False) from None

    return call


def _first_error(malformed: ValidationError, names: list[str]) -> str:
    """The place of the first error, such as `top_k`, and what is wrong there.

    An argument that has the wrong type is known by its position; `names` are those of all.
    """
    first = malformed.errors(include_input=False, include_url=False)[0]
    place, *inner = first["loc"]
    name = names[place] if isinstance(place, int) else place
    return f"{'.'.join(map(str, (name, *inner)))}: {first['msg']}"


def _public_events() -> tuple[Event, ...]:
    def ask(
        chatbot: ChatbotView,
        question: str,
        history: list[str] | None = None,
        filters: dict[str, Any] | None = None,
        top_k: int | None = None,
        as_typed: bool | None = None,  # noqa: FBT001 - Gradio passes by position
    ) -> Json:
        """The best passages for a question, or an abstention."""
        body = Ask(
            question=question, history=history, filters=filters, top_k=top_k, as_typed=as_typed
        )
        answer = chatbot.ask(**body.model_dump(exclude_none=True))
        dumped: Json = _ANSWER.dump_python(answer, mode="json")
        return dumped

    def retrieve(
        chatbot: ChatbotView,
        question: str,
        history: list[str] | None = None,
        filters: dict[str, Any] | None = None,
        top_k: int | None = None,
    ) -> list[Json]:
        """The plain ranking of passages, whatever the confidence, with several per document."""
        body = Retrieve(question=question, history=history, filters=filters, top_k=top_k)
        citations = chatbot.retrieve(**body.model_dump(exclude_none=True))
        dumped: list[Json] = _CITATIONS.dump_python(citations, mode="json")
        return dumped

    def documents(chatbot: ChatbotView) -> list[Json]:
        """Every document, without its text."""
        dumped: list[Json] = _SUMMARIES.dump_python(chatbot.documents(), mode="json")
        return dumped

    def feedback(
        chatbot: ChatbotView,
        question: str,
        doc_id: str,
        passage_id: str,
        verdict: Literal["up", "down"],
        build: str = "",
        history: list[str] | None = None,
        filters: dict[str, Any] | None = None,
        comment: str | None = None,
        voice: str | None = None,
    ) -> Json:
        """Store a thumb for a passage; a later thumb of the same voice replaces it."""
        body = Feedback(
            question=question,
            doc_id=doc_id,
            passage_id=passage_id,
            verdict=verdict,
            build=build or "",
            history=history,
            filters=filters,
            comment=comment,
            voice=voice,
        )
        return store_feedback(chatbot, body).model_dump()

    return ask, retrieve, documents, feedback


def _page_events() -> tuple[Event, ...]:
    def page_begin(chatbot: ChatbotView, search: str, request: gr.Request, _: str) -> Json:
        # The page doesn't know the language yet; the request's cookie and headers do.
        words = readers_words(request.request)
        return page_replies.begin(chatbot, search, words) | {"updates": in_language(words)}

    def page_examples(chatbot: ChatbotView, language: str) -> Json:
        return page_replies.example_questions(chatbot, words_in(language))

    def page_answer(chatbot: ChatbotView, turn: Json, language: str) -> Json:
        return page_replies.answer(chatbot, Turn.model_validate(turn), words_in(language))

    def page_context(
        chatbot: ChatbotView, doc_id: str, start: int, end: int, build: str, language: str
    ) -> Json:
        return page_replies.context(chatbot, doc_id, start, end, build, words_in(language))

    def page_filters(
        chatbot: ChatbotView,
        chosen: Json,
        boxes: list[Any] | None,
        is_open: bool,  # noqa: FBT001 - Gradio passes by position
        language: str,
    ) -> Json:
        chosen = _FILTERS.validate_python(from_boxes(boxes, chosen) if boxes else chosen)
        reply = page_replies.narrow(chatbot, chosen, words_in(language), listed=is_open)
        groups = reply.pop("groups")
        return reply | {"updates": panel_updates(groups, chosen), "folds": folds(groups)}

    def page_feedback(chatbot: ChatbotView, turn: Json, thumb: Json, language: str) -> Json:
        return page_replies.rate(chatbot, Turn.model_validate(turn), thumb, words_in(language))

    def page_export(
        chatbot: ChatbotView, conversation: Json, kind: Literal["md", "json"], language: str
    ) -> str:
        parsed = Conversation.model_validate(conversation)
        return page_replies.export(chatbot, parsed, kind, words_in(language))

    return (
        page_begin,
        page_examples,
        page_answer,
        page_context,
        page_filters,
        page_feedback,
        page_export,
    )

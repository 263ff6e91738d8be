"""Errors as responses: what is wrong and the next step, in one form for the whole server.

Programs get English. The page gets the sentence for the error's code in its reader's language.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final
from urllib.parse import parse_qs

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import Scope

from chatbot.errors import ChatbotError, NotFound, TooMuchFeedback, UsageError
from chatbot.text.clean import clean
from chatbot.web.html.page_texts import COOKIE, ENGLISH, Words, words_in

NOT_JSON: Final = (
    "The request is not a JSON object. Send one in UTF-8, as /openapi.json describes, with the "
    "header content-type: application/json."
)
# The codes of the framework's errors, by status.
CODES: Final = {
    400: "not_understood",
    401: "not_logged_in",
    403: "not_allowed",
    404: "not_there",
    413: "too_large",
    422: "not_understood",
    429: "too_many",
    503: "busy",
}
_PAGE_EVENTS: Final = "/gradio_api/run/page_"
# Between two sentences. Chinese has no space there.
_NEXT_SENTENCE: Final = re.compile(r"(?<=[.!?…])\s+(?=\S)|(?<=[。！？])(?=.)")


class Fault(BaseModel):
    """What is wrong and what to do about it. `code` stays the same when the wording changes."""

    code: str = Field(examples=["question_without_words"])
    message: str = Field(examples=["The question has no words."])
    next_step: str = Field(examples=["Ask something in words."])


class Problem(BaseModel):
    """The body of every error."""

    error: Fault


class Refusal(HTTPException):
    """A request that is refused before it reaches its route."""

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status, message, headers)
        self.code = code


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Errors of a route, for `/openapi.json`."""
    return {status: {"model": Problem} for status in statuses}


def problems_as_json(schema: dict[str, Any]) -> dict[str, Any]:
    """The OpenAPI document, in which every error may be JSON.

    FastAPI describes the errors of a route that answers with a page as if they were pages.
    """
    body = {"schema": {"$ref": f"#/components/schemas/{Problem.__name__}"}}
    for operations in schema["paths"].values():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                if int(status) >= HTTPStatus.BAD_REQUEST:
                    response.setdefault("content", {})["application/json"] = body
    return schema


def problem(error: Exception, scope: Scope) -> JSONResponse:
    """The response for an error that the caller can act on."""
    status, sentence, headers = 503, str(error), None
    if isinstance(error, UsageError):
        status = 404 if isinstance(error, NotFound) else 400
    elif isinstance(error, TooMuchFeedback):
        status = 429
    elif isinstance(error, RequestValidationError):
        status, sentence = 422, _malformed(error)
    elif isinstance(error, HTTPException):
        status, sentence, headers = error.status_code, error.detail, error.headers
        if status == HTTPStatus.BAD_REQUEST and not isinstance(error, Refusal):
            # Only the framework raises it, for a body that isn't UTF-8 or nests too deeply.
            sentence = NOT_JSON
    elif not isinstance(error, ChatbotError):
        status, sentence = 500, "The server failed. Look up this X-Request-ID in its log."
    if language := _readers_language(scope):
        sentence = in_words(error, words_in(language), status)
    fault = fault_of(error, sentence, status)
    return JSONResponse(Problem(error=fault).model_dump(), status, headers)


def fault_of(error: Exception, sentence: str, status: int = 0) -> Fault:
    """An error as one or two sentences; the last one names the next step."""
    message, next_step = split_next_step(sentence)
    return Fault(code=_code(error, status), message=message, next_step=next_step)


def split_next_step(sentence: str) -> tuple[str, str]:
    """What is wrong, and the last sentence, which says what to do about it."""
    places = [match.span() for match in _NEXT_SENTENCE.finditer(sentence)]
    if not places:
        return sentence, ""
    end, start = places[-1]
    return sentence[:end], sentence[start:]


def in_words(error: Exception, words: Words, status: int = 0) -> str:
    """The sentence for an error in the language of the page."""
    if isinstance(error, ChatbotError):
        values = {
            name: words.number(value) if isinstance(value, int) else value
            for name, value in error.values.items()
        }
        return words(f"problem_{error.code}", **values)
    own = f"problem_{error.code}" if isinstance(error, Refusal) else ""
    return words(own if own in words.texts else f"problem_{CODES.get(status, 'failed')}")


def _code(error: Exception, status: int) -> str:
    if isinstance(error, ChatbotError | Refusal):
        return error.code
    return CODES.get(status, "failed")


def _readers_language(scope: Scope) -> str:
    """The language of the page; empty for programs.

    The page's events have it in their body, which may be what is wrong, so its cookie counts.
    """
    query: bytes = scope["query_string"]
    if languages := parse_qs(query.decode("latin-1")).get("lang"):
        return languages[0]
    path: str = scope["path"]
    if not path.startswith(_PAGE_EVENTS):
        return ""
    try:
        cookies: SimpleCookie = SimpleCookie(Headers(scope=scope).get("cookie", ""))
    except CookieError:
        return ENGLISH
    chosen: str = cookies[COOKIE].value if COOKIE in cookies else ENGLISH
    return chosen


def _malformed(error: RequestValidationError) -> str:
    first = error.errors()[0]
    if first["type"] == "json_invalid" or first["loc"] == ("body",):
        return NOT_JSON
    place = clean(".".join(map(str, first["loc"])))
    return f"The request is invalid ({place}: {first['msg']}). /openapi.json describes requests."

"""Errors as responses: a sentence that names the next step.

Programs get it in English. The page sends its reader's language as `lang` and gets the sentence
for the error's code in that language.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qs

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.types import Scope

from chatbot.errors import ChatbotError, NotFound, UsageError
from chatbot.text.clean import clean
from chatbot.web.html.page_texts import Words, words_in

NOT_JSON: Final = (
    "The request is not a JSON object. Send one, in UTF-8, with the header "
    "content-type: application/json; /openapi.json has its form."
)
# The codes of the framework's errors, by status.
CODES: Final = {400: "not_understood", 404: "not_there", 413: "too_large", 422: "not_understood"}


class Problem(BaseModel):
    """The kind of an error, and a sentence that names the next step."""

    error: str
    message: str


def problem(error: Exception, scope: Scope) -> JSONResponse:
    """The response for an error that the caller can act on."""
    kind, status, message = type(error).__name__, 503, str(error)
    if isinstance(error, UsageError):
        status = 404 if isinstance(error, NotFound) else 400
    elif isinstance(error, RequestValidationError):
        kind, status, message = "UsageError", 422, _malformed(error)
    elif isinstance(error, HTTPException) and error.status_code == HTTPStatus.BAD_REQUEST:
        # Only the framework raises it, for a body that isn't UTF-8 or nests too deeply.
        kind, status, message = "UsageError", 400, NOT_JSON
    elif isinstance(error, HTTPException):
        kind = HTTPStatus(error.status_code).phrase.replace(" ", "")
        status, message = error.status_code, error.detail
    if languages := parse_qs(scope["query_string"].decode("latin-1")).get("lang"):
        message = in_words(error, words_in(languages[0]), status)
    return JSONResponse(Problem(error=kind, message=message).model_dump(), status)


def in_words(error: Exception, words: Words, status: int = 0) -> str:
    """The sentence for an error in the language of the page."""
    if isinstance(error, ChatbotError):
        values = {
            name: words.number(value) if isinstance(value, int) else value
            for name, value in error.values.items()
        }
        return words(f"problem_{error.code}", **values)
    return words(f"problem_{CODES.get(status, 'failed')}")


def _malformed(error: RequestValidationError) -> str:
    first = error.errors()[0]
    if first["type"] == "json_invalid" or first["loc"] == ("body",):
        return NOT_JSON
    place = clean(".".join(map(str, first["loc"])))
    return f"The request can't be used ({place}: {first['msg']}). /openapi.json has its form."

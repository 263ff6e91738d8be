"""What the log says about requests and answers, under the id of the request.

A path may name a document, but it contains no question: questions are in the query and the body.
"""

from __future__ import annotations

import logging
from contextvars import ContextVar
from typing import Any, Final

from chatbot.answers import Answer

log = logging.getLogger(__name__)

# The attribute of a log record with its fields, and the id of the request that is served.
FIELDS: Final = "fields"
REQUEST: ContextVar[str] = ContextVar("request", default="")


def log_request(method: str, path: str, status: int | None, seconds: float) -> None:
    """A line for a request; without a status if the client left before the response."""
    fields = {
        "method": method,
        "path": path,
        "status": status,
        "milliseconds": round(seconds * 1e3, 1),
    }
    log.info("request", extra={FIELDS: fields})


def log_answer(answer: Answer, *, with_question: bool) -> None:
    """A line for an answer, which has the question only if asked for."""
    fields: dict[str, Any] = {
        "verdict": answer.verdict,
        "confidence": round(answer.confidence, 3),
        "build": answer.build,
        "timings": dict(answer.timings),
    }
    if with_question:
        fields["question"] = answer.question
    log.info("answer", extra={FIELDS: fields})

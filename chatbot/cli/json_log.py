"""The server's log as JSON, one object a line, for programs that collect logs."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from chatbot.web.door.request_log import FIELDS, REQUEST


def log_as_json(*, with_questions: bool) -> None:
    """Write every record of this process to standard error as JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(with_messages=with_questions))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("chatbot").setLevel(logging.INFO)


class JsonLines(logging.Formatter):
    """A record as JSON: time, level, logger, message, request, and the record's own fields.

    The message of an exception may quote a question, so it's left out unless `with_messages`.
    """

    def __init__(self, *, with_messages: bool) -> None:
        super().__init__()
        self._with_messages = with_messages

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request := REQUEST.get():
            entry["request"] = request
        entry |= getattr(record, FIELDS, {})
        if record.exc_info and record.exc_info[1]:
            entry["errors"] = [*self._errors(record.exc_info[1])]
        return json.dumps(entry, ensure_ascii=False, default=str)

    def _errors(self, error: BaseException) -> Iterator[dict[str, Any]]:
        """The error and those behind it, latest first."""
        cause: BaseException | None = error
        while cause:
            kind = type(cause)
            entry: dict[str, Any] = {"error": f"{kind.__module__}.{kind.__qualname__}"}
            if self._with_messages:
                entry["message"] = str(cause)
            yield entry | {"trace": traceback.format_tb(cause.__traceback__)}
            cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)

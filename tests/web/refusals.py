"""The body of an error, which every route of the server has in one shape."""

from __future__ import annotations

from typing import Any


def code_of(body: Any) -> str:
    """The kind of error."""
    code: str = body["error"]["code"]
    return code


def sentence_of(body: Any) -> str:
    """What is wrong, and the next step."""
    assert body.keys() == {"error"}
    error = body["error"]
    assert error.keys() == {"code", "message", "next_step"}
    return f"{error['message']} {error['next_step']}".strip()

"""The log as JSON: one object a line, under the request's id, without questions unless asked."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from fastapi.testclient import TestClient

from chatbot.assistant import Chatbot
from chatbot.chatbot_view import ChatbotView
from chatbot.cli.json_log import JsonLines
from tests.doors import application
from tests.web.events import post

SECRET = "Who sold the Zyxwut radar?"  # noqa: S105 - a question


@contextmanager
def written(*, with_questions: bool = False) -> Iterator[list[dict[str, Any]]]:
    """The records of the block, parsed."""
    text, entries = io.StringIO(), list[dict[str, Any]]()
    handler = logging.StreamHandler(text)
    handler.setFormatter(JsonLines(with_messages=with_questions))
    logger = logging.getLogger("chatbot")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    # What pytest captures passes between its processes, which takes no strange bytes.
    logger.propagate = False
    try:
        yield entries
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)
        logger.propagate = True
        entries += map(json.loads, text.getvalue().splitlines())


def test_a_request_and_its_answer_share_an_id_and_have_no_question(demo: Chatbot) -> None:
    client = TestClient(application(demo))
    with written() as entries:
        headers = {"x-request-id": "r-1"}
        client.post("/api/v1/ask", json={"question": SECRET}, headers=headers)
        client.get("/", params={"q": SECRET})
        client.get("/source/nowhere.md")
    assert "Zyxwut" not in json.dumps(entries)
    # Other tests' applications over the same chatbot write the same answer.
    answer = next(entry for entry in entries if entry["message"] == "answer")
    asked, page, missing = (entry for entry in entries if entry["message"] == "request")
    assert answer["request"] == asked["request"] == "r-1"
    assert answer["verdict"] == "none"
    assert answer["timings"].keys() >= {"encode", "search", "total"}
    assert (asked["method"], asked["path"], asked["status"]) == ("POST", "/api/v1/ask", 200)
    assert asked["milliseconds"] >= answer["timings"]["total"]
    assert (page["path"], page["status"]) == ("/", 200)
    assert missing["status"] == 404
    assert len({entry["request"] for entry in entries}) == 3
    assert all(entry["time"].endswith("+00:00") for entry in entries)


def test_questions_are_written_if_asked_for(demo: Chatbot) -> None:
    settings = demo.settings.model_copy(update={"log_questions": True})
    with Chatbot.open(settings=settings) as chatbot:
        client = TestClient(application(chatbot))
        with written(with_questions=True) as entries:
            client.post("/api/v1/ask", json={"question": SECRET})
    assert [entry["question"] for entry in entries if entry["message"] == "answer"] == [SECRET]


@pytest.mark.parametrize("with_questions", [False, True])
def test_a_bug_is_logged_with_its_place_and_quotes_no_question(
    demo: Chatbot,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    *,
    with_questions: bool,
) -> None:
    """On the API, in the page's events, and for a caller who sends too little."""

    def fail(_: object, question: str, **__: object) -> None:
        try:
            int(question)
        except ValueError as error:
            raise RuntimeError(question) from error

    client = TestClient(application(demo), raise_server_exceptions=False)
    monkeypatch.setattr(ChatbotView, "ask_and_rank", fail)
    with written(with_questions=with_questions) as entries:
        assert client.post("/api/v1/ask", json={"question": SECRET}).status_code == 500
        reply = post(client, "page_answer", {"question": SECRET})
        assert client.post("/gradio_api/run/ask", json={"data": [SECRET]}).status_code == 500
    assert reply.status_code == 500
    assert reply.json()["error"].startswith("Something went wrong")
    bugs = [entry for entry in entries if entry["level"] == "error"]
    assert len(bugs) == 2
    for bug in bugs:
        kinds = [error["error"] for error in bug["errors"]]
        assert kinds == ["builtins.RuntimeError", "builtins.ValueError"]
        assert "in fail" in bug["errors"][0]["trace"][-1]
        assert bug["request"]
    assert ("Zyxwut" in json.dumps(entries)) is with_questions
    assert "Zyxwut" not in "".join(capfd.readouterr())


def test_a_line_stays_a_line() -> None:
    """A message with line breaks or strange bytes can't pretend to be another record."""
    with written() as entries:
        logging.getLogger("chatbot").warning('a\n{"level":"error"}\r\n\udcff\x00 %s', "b")
    assert [entry["message"] for entry in entries] == ['a\n{"level":"error"}\r\n\udcff\x00 b']

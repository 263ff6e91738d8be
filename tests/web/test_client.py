"""The client: what `Chatbot` gives and raises, over HTTP."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

import httpx
import pytest

from chatbot.answers import Answer
from chatbot.assistant import Chatbot
from chatbot.client import Client, ServerError
from chatbot.errors import ChatbotError, QuestionError, UsageError
from chatbot.types import Filters
from tests.doors import ABSENT, QUESTION, QUESTIONS, client_of


@pytest.fixture(scope="module")
def remote(demo: Chatbot) -> Iterator[Client]:
    with client_of(demo) as client:
        yield client


def timeless(answer: Answer) -> Answer:
    return dataclasses.replace(answer, timings={})


def test_answers_and_rankings_equal_the_local_ones(remote: Client, demo: Chatbot) -> None:
    """The same records, down to their types."""
    for question in QUESTIONS:
        for options in ({}, {"top_k": 2}, {"filters": {"tag": ["arms"]}}, {"history": [QUESTION]}):
            assert timeless(remote.ask(question, **options)) == timeless(
                demo.ask(question, **options)
            )
            assert remote.retrieve(question, **options) == demo.retrieve(question, **options)
    filters = Filters(tag=("arms",), date_from="1990")
    assert remote.retrieve(QUESTION, filters=filters) == demo.retrieve(QUESTION, filters=filters)


@pytest.mark.parametrize("token", ["chatbot_secrét", "chatbot_secret\n"])
def test_a_token_that_no_request_can_carry_is_refused(token: str) -> None:
    """Without quoting it."""
    with pytest.raises(UsageError, match="Copy it again") as caught:
        Client("http://127.0.0.1:9", token=token)
    assert "secr" not in str(caught.value)


def test_many_questions_are_one_request(remote: Client, demo: Chatbot) -> None:
    """In their order; one that can't be asked raises what it raises alone."""
    answers = remote.ask_all([QUESTION, ABSENT], top_k=2)
    expected = [demo.ask(question, top_k=2) for question in (QUESTION, ABSENT)]
    assert [*map(timeless, answers)] == [*map(timeless, expected)]
    with pytest.raises(QuestionError, match="has no words"):
        remote.ask_all([QUESTION, "?!"])
    with pytest.raises(UsageError, match="at most 100 items"):
        remote.ask_all([QUESTION] * 101)


def test_documents_come_in_pages(
    remote: Client, demo: Chatbot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client joins them, with and without filters."""
    monkeypatch.setattr("chatbot.client._PAGE", 5)
    assert remote.documents() == demo.documents()
    for filters in ({"tag": "arms"}, {"tag": ["arms", "space"]}, {"date_from": "1900"}):
        assert remote.documents(filters) == demo.documents(filters)
    for summary in demo.documents():
        document = demo.document(summary.doc_id)
        assert document
        assert remote.document(summary.doc_id) == dataclasses.replace(document, runs=())
    assert remote.document("../no such") is None


def test_errors_are_those_of_the_chatbot(remote: Client, demo: Chatbot) -> None:
    """The same class and the same sentence."""
    for question, options in (
        ("?!", {}),
        ("x" * 5_000, {}),
        ("x", {"filters": {"colour": "red"}}),
        ("x", {"top_k": 101}),
        ("x", {"history": "x"}),
    ):
        raised = []
        for bot in (remote, demo):
            with pytest.raises(ChatbotError) as caught:
                bot.ask(question, **options)
            raised.append((type(caught.value), str(caught.value), caught.value.code))
        assert raised[0] == raised[1]


@pytest.mark.parametrize(
    "reply",
    [
        httpx.Response(404, json={"error": "Not found"}),
        httpx.Response(404, json={"error": {"message": "Not found"}}),
        httpx.Response(404, text="<html>"),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json=[]),
    ],
)
def test_another_program_at_the_address_is_told_from_a_chatbot(
    reply: httpx.Response, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as a proxy's login page; its 404 doesn't mean that there is no such document."""
    monkeypatch.setattr(httpx.Client, "request", lambda *_, **__: reply)
    with Client("http://127.0.0.1:9") as client:
        calls: list[Callable[[], object]] = [
            lambda: client.ask(QUESTION),
            lambda: client.ask_all([QUESTION]),
            lambda: client.give_feedback(QUESTION, verdict="up"),
            lambda: client.document("x.md"),
        ]
        for call in calls:
            with pytest.raises(ServerError, match=r"at this address\.|on both sides\."):
                call()


def test_a_server_that_is_not_there_is_named() -> None:
    """The error has the command that starts one."""
    with Client("http://127.0.0.1:9", seconds=5) as client, pytest.raises(ServerError) as caught:
        client.ask(QUESTION)
    assert "http://127.0.0.1:9" in str(caught.value)
    assert str(caught.value).endswith("chatbot serve")

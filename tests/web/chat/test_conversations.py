"""Exports: a browser's conversation as Markdown or JSON, with its citations."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from markdown_it import MarkdownIt
from pydantic import TypeAdapter

from chatbot.answers import Answer
from chatbot.assistant import Chatbot
from chatbot.ingestion.build_index import build_index
from chatbot.settings import Settings
from tests.building import write
from tests.doors import ABSENT, QUESTION, application, timeless
from tests.hostile import HOSTILE
from tests.markup import select
from tests.web.events import refusal, run


def plain(answer: Answer) -> dict[str, Any]:
    """An answer as JSON data."""
    data: dict[str, Any] = TypeAdapter(Answer).dump_python(answer, mode="json")
    return data


@pytest.fixture(scope="module")
def client(demo: Chatbot) -> TestClient:
    return TestClient(application(demo))


def exported(client: TestClient, ending: str, *turns: dict[str, Any], name: str = "Mine") -> str:
    """A conversation as an exported file."""
    conversation = {"name": name, "turns": list(turns)}
    text: str = run(client, "page_export", conversation, ending)
    return text


def test_an_export_as_json_has_every_answer_with_its_citations(
    client: TestClient, demo: Chatbot
) -> None:
    """In order, each as `ask` returns it."""
    follow_up = {"question": "why?", "before": [QUESTION]}
    text = exported(client, "json", {"question": QUESTION}, follow_up, {"question": "?!"})
    exported_data = json.loads(text)
    assert exported_data["name"] == "Mine"
    first, second, third = exported_data["turns"]
    assert timeless(first["answer"]) == timeless(plain(demo.ask(QUESTION)))
    assert timeless(second["answer"]) == timeless(plain(demo.ask("why?", history=[QUESTION])))
    assert third["problem"] == "The question has no words. Ask something in words."


def test_an_export_as_markdown_has_quotes_and_places(client: TestClient, demo: Chatbot) -> None:
    """Quotes, page numbers and the build; abstentions too."""
    text = exported(client, "md", {"question": QUESTION}, {"question": ABSENT})
    shown = MarkdownIt().render(text)
    answer = demo.ask(QUESTION)
    assert shown.startswith("<h1>Mine</h1>")
    for cited in answer.citations:
        assert f"<blockquote>\n<p>{cited.quote}</p>\n</blockquote>" in shown.replace("&quot;", '"')
        assert f"[{cited.marker}] {cited.title}" in shown
    assert f"Answered from index {answer.build}." in shown
    assert "No clear answer in 17 documents." in shown


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_name_and_a_question_are_text_in_markdown_too(client: TestClient, text: str) -> None:
    """A Markdown renderer makes no tags, pictures or links from them."""
    shown = MarkdownIt("commonmark").render(exported(client, "md", {"question": text}, name=text))
    for tag in ("<script", "<img", "<a ", "<svg", "<code", "<pre"):
        assert tag not in shown


def test_a_document_is_text_in_markdown_too(settings: Settings) -> None:
    """A picture in a quote would load from another host on the reader's machine."""
    words = "The zebra says ![x](https://example.org/x.png) and <img src=//example.org/y> here."
    write(settings.corpus, {"a.txt": words})
    build_index(settings)
    with Chatbot.open(settings=settings) as chatbot:
        client = TestClient(application(chatbot))
        text = exported(client, "md", {"question": "What does the zebra say here?"})
    assert "zebra says" in text
    assert "<img" not in MarkdownIt("commonmark").render(text)


def test_a_malformed_conversation_is_refused(client: TestClient) -> None:
    """Too many turns, or other JSON."""
    bodies: list[Any] = [
        {"turns": [{"question": "x"}] * 501},
        {"turns": 1},
        {},
        [],
        {"turns": [{}]},
    ]
    for body in bodies:
        assert refusal(client, "page_export", body, "md").startswith("The server couldn't read")


def test_examples_are_answered_by_the_document_that_they_name(
    client: TestClient, demo: Chatbot
) -> None:
    """There are several, from different questions, and once found they come with the page."""
    html = run(client, "page_examples")["html"]
    questions = [element.attributes["data-question"] for element in select(html, "button")]
    titles = [element.text for element in select(html, "bdi")]
    assert 3 <= len(questions) == len({*questions})
    for question, title in zip(questions, titles, strict=True):
        answer = demo.ask(question)
        assert question.endswith("?")
        assert answer.citations[0].title == title
    assert html in run(client, "page_begin", "")["html"]["welcome"]


def test_a_corpus_that_answers_no_question_has_no_examples(settings: Settings) -> None:
    """No example is better than a disappointing one."""
    write(settings.corpus, {"a.txt": "Lorem ipsum dolor sit amet."})
    build_index(settings)
    with Chatbot.open(settings=settings) as chatbot:
        examples = run(TestClient(application(chatbot)), "page_examples")
    assert examples == {"html": ""}

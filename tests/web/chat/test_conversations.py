"""What a browser keeps is answered anew, and leaves as Markdown or JSON with its citations."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from markdown_it import MarkdownIt
from pydantic import TypeAdapter

from chatbot.assistant import Chatbot
from chatbot.ingestion.build_index import build_index
from chatbot.settings import Settings
from chatbot.types import Answer
from tests.building import write
from tests.doors import ABSENT, QUESTION, application, timeless
from tests.hostile import HOSTILE
from tests.markup import select


def plain(answer: Answer) -> dict[str, Any]:
    """An answer as JSON has it."""
    found: dict[str, Any] = TypeAdapter(Answer).dump_python(answer, mode="json")
    return found


@pytest.fixture(scope="module")
def client(demo: Chatbot) -> TestClient:
    return TestClient(application(demo))


def exported(client: TestClient, ending: str, *turns: dict[str, Any], name: str = "Mine") -> str:
    """A conversation as a file."""
    found = client.post(f"/page/export.{ending}", json={"name": name, "turns": list(turns)})
    assert found.status_code == 200, found.text
    return found.text


def test_an_export_as_json_has_every_answer_with_its_citations(
    client: TestClient, demo: Chatbot
) -> None:
    """In order, each as `ask` gives it."""
    follow_up = {"question": "why?", "history": [QUESTION]}
    text = exported(client, "json", {"question": QUESTION}, follow_up, {"question": "?!"})
    found = json.loads(text)
    assert found["name"] == "Mine"
    first, second, third = found["turns"]
    assert timeless(first["answer"]) == timeless(plain(demo.ask(QUESTION)))
    assert timeless(second["answer"]) == timeless(plain(demo.ask("why?", history=[QUESTION])))
    assert third["problem"] == "The question has no words. Ask something in words."


def test_an_export_as_markdown_has_quotes_and_places(client: TestClient, demo: Chatbot) -> None:
    """The words of the documents, the numbers of the page, the build; and what was not found."""
    text = exported(client, "md", {"question": QUESTION}, {"question": ABSENT})
    shown = MarkdownIt().render(text)
    answer = demo.ask(QUESTION)
    assert shown.startswith("<h1>Mine</h1>")
    for each in answer.citations:
        assert f"<blockquote>\n<p>{each.quote}</p>\n</blockquote>" in shown.replace("&quot;", '"')
        assert f"[{each.marker}] {each.title}" in shown
    assert f"Answered from the index {answer.build}." in shown
    assert "Not found in 17 documents, built 2" in shown


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_name_and_a_question_are_text_in_markdown_too(client: TestClient, text: str) -> None:
    """A reader of Markdown makes neither tags nor pictures nor links of them."""
    shown = MarkdownIt("commonmark").render(exported(client, "md", {"question": text}, name=text))
    for tag in ("<script", "<img", "<a ", "<svg", "<code", "<pre"):
        assert tag not in shown


def test_a_document_is_text_in_markdown_too(settings: Settings) -> None:
    """A quote with a picture would make the reader's machine ask another host for it."""
    words = "The zebra says ![x](https://example.org/x.png) and <img src=//example.org/y> here."
    write(settings.corpus, {"a.txt": words})
    build_index(settings)
    with Chatbot.open(settings=settings) as chatbot:
        client = TestClient(application(chatbot))
        text = exported(client, "md", {"question": "What does the zebra say here?"})
    assert "zebra says" in text
    assert "<img" not in MarkdownIt("commonmark").render(text)


def test_no_conversation_is_too_strange_to_refuse(client: TestClient) -> None:
    """More turns than anyone asks, or something else altogether."""
    bodies: list[Any] = [
        {"turns": [{"question": "x"}] * 501},
        {"turns": 1},
        {},
        [],
        {"turns": [{}]},
    ]
    for body in bodies:
        assert client.post("/page/export.md", json=body).status_code == 422


def test_examples_have_a_strong_answer_in_the_document_that_they_name(
    client: TestClient, demo: Chatbot
) -> None:
    """Each was asked before it is shown, and there are several."""
    html = client.get("/page/examples").json()["html"]
    questions = [each.attributes["data-question"] for each in select(html, "button")]
    titles = [each.text for each in select(html, "bdi")]
    assert 3 <= len(questions) == len({*questions})
    for question, title in zip(questions, titles, strict=True):
        answer = demo.ask(question)
        assert (answer.verdict, answer.citations[0].title) == ("strong", title)


def test_a_corpus_that_answers_nothing_surely_has_no_examples(settings: Settings) -> None:
    """Rather none than one that disappoints."""
    write(settings.corpus, {"a.txt": "Lorem ipsum dolor sit amet."})
    build_index(settings)
    with Chatbot.open(settings=settings) as chatbot:
        found = TestClient(application(chatbot)).get("/page/examples")
    assert found.json() == {"html": ""}

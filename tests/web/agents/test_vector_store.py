"""Search in OpenAI's form: the ranking of the chatbot, in the fields of that form."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from chatbot.assistant import Chatbot
from tests.doors import QUESTION, QUESTIONS, application

PATH = "/v1/vector_stores/current/search"


@pytest.fixture(scope="module")
def client(demo: Chatbot) -> TestClient:
    return TestClient(application(demo), base_url="http://127.0.0.1:7860")


def search(client: TestClient, **body: Any) -> Any:
    response = client.post(PATH, json={"query": QUESTION, **body})
    assert response.status_code == 200, response.text
    return response.json()


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_passages_are_those_that_ask_would_show(
    client: TestClient, demo: Chatbot, question: str
) -> None:
    page = search(client, query=question, max_num_results=50)
    _, ranking = demo.ask_and_rank(question)
    expected = [passage.text for _, passage in ranking.passages()][:50]
    assert [result["content"][0]["text"] for result in page["data"]] == expected


def test_the_fields_are_those_of_the_form(client: TestClient) -> None:
    page = search(client, max_num_results=2)
    assert page["object"] == "vector_store.search_results.page"
    assert (page["search_query"], page["has_more"], page["next_page"]) == ([QUESTION], False, None)
    assert len(page["data"]) == 2
    for result in page["data"]:
        assert result.keys() == {"file_id", "filename", "score", "attributes", "content"}
        assert [piece["type"] for piece in result["content"]] == ["text"]
        assert len(result["attributes"]) <= 16
        assert all(len(value) <= 512 for value in result["attributes"].values())


def test_scores_fall_from_one_to_zero(client: TestClient) -> None:
    scores = [result["score"] for result in search(client, max_num_results=50)["data"]]
    assert scores == sorted(scores, reverse=True)
    assert 0 <= scores[-1] < scores[0] <= 1
    above = search(client, max_num_results=50, ranking_options={"score_threshold": scores[5]})
    assert [result["score"] for result in above["data"]] == scores[:6]


def test_the_id_of_a_result_can_be_fetched(client: TestClient) -> None:
    (result,) = search(client, max_num_results=1)["data"]
    call = {"name": "fetch", "arguments": {"id": result["attributes"]["id"]}}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
    accept = {"accept": "application/json, text/event-stream"}
    fetched = client.post("/mcp", json=body, headers=accept).json()["result"]["structuredContent"]
    assert fetched["text"] == result["content"][0]["text"]
    assert fetched["url"] == result["attributes"]["url"]
    assert fetched["url"].startswith("http://127.0.0.1:7860/source/arms-sales.md?span=")


@pytest.mark.parametrize(
    ("given", "own"),
    [
        ({"type": "eq", "key": "tag", "value": "arms"}, {"tag": "arms"}),
        ({"type": "in", "key": "document", "value": ["glossary.md"]}, {"document": "glossary.md"}),
        ({"type": "gte", "key": "date", "value": "2030"}, {"date_from": "2030"}),
        ({"type": "gte", "key": "date", "value": 2026}, {"date_from": "2026"}),
        (
            {
                "type": "and",
                "filters": [
                    {"type": "eq", "key": "language", "value": "en"},
                    {"type": "lte", "key": "date", "value": "2026-11"},
                ],
            },
            {"language": "en", "date_to": "2026-11"},
        ),
    ],
)
def test_filters_admit_what_the_own_filters_admit(
    client: TestClient, demo: Chatbot, given: dict[str, Any], own: dict[str, str]
) -> None:
    admitted = {summary.doc_id for summary in demo.documents(own)}
    results = search(client, filters=given, max_num_results=50)["data"]
    assert {result["file_id"] for result in results} <= admitted
    assert bool(results) == bool(admitted)


@pytest.mark.parametrize(
    ("body", "status", "sentence"),
    [
        ({"query": "?"}, 400, "The question has no words."),
        ({"filters": {"type": "eq", "key": "colour", "value": "red"}}, 400, "no filter 'colour'"),
        (
            {"filters": {"type": "gte", "key": "tag", "value": "a"}},
            400,
            "'gte' and 'lte' need the key 'date'",
        ),
        ({"filters": {"type": "ne", "key": "tag", "value": "a"}}, 422, "'eq', 'in', 'gte', 'lte'"),
        (
            {
                "filters": {
                    "type": "and",
                    "filters": [{"type": "eq", "key": "tag", "value": tag} for tag in "ab"],
                }
            },
            400,
            "Combine them with 'in'",
        ),
        ({"filters": {"type": "in", "key": "tag", "value": []}}, 400, "has no value."),
        ({"query": ["one", "two"]}, 400, "A search takes one query."),
        ({"max_num_results": 51}, 422, "less than or equal to 50"),
        ({"colour": "red"}, 422, "colour"),
    ],
)
def test_what_the_search_cannot_do_is_refused_with_a_sentence(
    client: TestClient, body: dict[str, Any], status: int, sentence: str
) -> None:
    response = client.post(PATH, json={"query": QUESTION, **body})
    assert response.status_code == status
    assert sentence in response.text.replace("\\'", "'")


def test_invalid_text_in_a_query_is_left_out(client: TestClient) -> None:
    body = b'{"query": "air \\ud800 defence", "max_num_results": 1}'
    response = client.post(PATH, content=body, headers={"content-type": "application/json"})
    assert response.json()["search_query"] == ["air defence"]


def test_another_store_is_not_there(client: TestClient) -> None:
    response = client.post(PATH.replace("current", "vs_1"), json={"query": QUESTION})
    assert response.status_code == 404
    assert "The only one is 'current'." in response.text

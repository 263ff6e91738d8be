"""The demo corpus gives the same answers from Milvus as from its folder, through every door."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from chatbot.answers import Citation
from chatbot.assistant import Chatbot
from chatbot.evaluation.question_set import load_question_set
from chatbot.index_address import milvus_address
from chatbot.ingestion.build_index import copy_index
from chatbot.settings import load_settings
from tests.building import command, run
from tests.milvus.conftest import MilvusServer
from tests.serving import server as server_of
from tests.shared import QUESTIONS

FIRST = 20
SYSTEM = "Which air defence system did Russia sell to China?"


@pytest.fixture(scope="module")
def index(server: MilvusServer, demo_index: Path) -> str:
    """The address of a copy of the demo index."""
    address = server.index()
    target = milvus_address(Path(address))
    assert target
    assert copy_index(demo_index, load_settings(), target)
    return address


@pytest.fixture(scope="module")
def copied(index: str) -> Iterator[Chatbot]:
    """A chatbot over this copy."""
    with Chatbot.open(index) as chatbot:
        yield chatbot


def ranked(citations: tuple[Citation, ...]) -> list[tuple[Any, ...]]:
    return [(c.doc_id, c.passage, c.quote, c.span, c.pages) for c in citations]


def scores(citations: tuple[Citation, ...]) -> list[float]:
    return [citation.score for citation in citations]


def test_the_same_documents_quotes_and_scores(copied: Chatbot, demo: Chatbot) -> None:
    """The first questions of the demo's set, asked and only retrieved."""
    questions = [each.text for each in load_question_set(QUESTIONS / "demo.jsonl")[:FIRST]]
    assert len(questions) == FIRST
    for question in questions:
        answer, expected = copied.ask(question), demo.ask(question)
        assert answer.verdict == expected.verdict, question
        assert ranked(answer.citations) == ranked(expected.citations), question
        assert ranked(answer.nearest) == ranked(expected.nearest), question
        assert scores(answer.citations) == pytest.approx(scores(expected.citations), abs=1e-5)
        assert answer.confidence == pytest.approx(expected.confidence, abs=1e-5)
        assert answer.about == expected.about
        assert all(citation.verified for citation in answer.citations)


@pytest.mark.parametrize(
    "filters",
    [
        {"tag": "arms"},
        {"date_from": "2026-11", "date_to": "2026"},
        {"document": ["sanctions.md", "outlook.md"]},
        {"language": "en"},
    ],
)
def test_the_same_with_filters(copied: Chatbot, demo: Chatbot, filters: dict[str, Any]) -> None:
    """Filters admit the same documents, and the ranking below the first five is the same, too."""
    assert copied.documents(filters) == demo.documents(filters)
    first, second = (
        chatbot.retrieve(SYSTEM, filters=filters, top_k=20) for chatbot in (copied, demo)
    )
    assert first
    assert ranked(first) == ranked(second)
    assert scores(first) == pytest.approx(scores(second), abs=1e-5)


def test_a_document_is_summed_up_in_the_same_sentences(copied: Chatbot, demo: Chatbot) -> None:
    title = demo.documents()[0].title
    first, second = (chatbot.ask(f"Summarise {title}").about for chatbot in (copied, demo))
    assert first == second
    assert first


def test_the_command_line(index: str, demo_index: Path, demo: Chatbot) -> None:
    """Asking, listing, checking, and what an index in Milvus doesn't have."""
    answer = json.loads(run(command("ask", SYSTEM, "--index", index, "--json")).stdout)
    quotes = [citation.quote for citation in demo.ask(SYSTEM).citations]
    assert [citation["quote"] for citation in answer["citations"]] == quotes
    info = json.loads(run(command("info", "--index", index, "--json")).stdout)
    assert info["passages"] == len(demo.build)
    done = run(command("doctor", "--index", index))
    assert done.returncode == 0, done.stdout + done.stderr
    done = run(command("build", "--rollback", "--index", index))
    assert done.stderr.strip().endswith(f"in {index} to roll back to."), done.stderr
    done = run(command("backup", "file", "--index", index))
    assert done.stderr.startswith(f"The index {index} is in Milvus"), done.stderr
    done = run(command("copy", demo_index, index))
    assert done.stdout == f"The build of {demo_index} was in service already at {index}.\n"
    done = run(command("copy", index, demo_index))
    assert done.returncode == 2
    assert done.stderr.startswith("Only a folder can be copied")


def test_the_page_and_the_api(index: str, demo: Chatbot) -> None:
    """A server answers from Milvus, and opens the source of an answer at its place."""
    with server_of(Path(index)) as address:
        found = httpx.post(f"{address}/api/v1/ask", json={"question": SYSTEM}, timeout=60).json()
        citation = demo.ask(SYSTEM).citations[0]
        assert found["citations"][0]["quote"] == citation.quote
        page = httpx.get(address + found["citations"][0]["url"].partition("#")[0], timeout=60)
        assert page.status_code == 200
        assert "<mark" in page.text
        for path in ("/documents", "/coverage", "/readyz", "/api/v1/documents"):
            assert httpx.get(address + path, timeout=60).status_code == 200, path

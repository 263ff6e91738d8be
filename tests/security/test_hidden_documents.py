"""A person without rights to a document finds no trace of it, wherever they look.

The hidden documents have words that no other document has. Every route and every event that asks
a chatbot is called, and no response may have one of these words.
"""

from __future__ import annotations

import ast
import json
import re
import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import quote, unquote

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from chatbot.access import Person, Role
from chatbot.assistant import Chatbot
from chatbot.ingestion.build_index import build_index
from chatbot.settings import Settings, load_settings
from chatbot.web.readers_chatbot import readers_chatbot
from tests.building import RADAR, SHIPS, letters_registered, write
from tests.doors import application
from tests.readers.packages import zipped
from tests.readers.pdfs import lines, pdf
from tests.shared import PROJECT

RULES: Final = """
[[rule]]
paths = ["secret/", "box.zip/hidden/"]
groups = ["marmosets"]
"""
LEDGER: Final = """---
title: Zebrafinch ledger
author: Quokka Axolotl
date: 1987-05-01
tags: [narwhal]
---
# Zebrafinch

The zebrafinch was founded in 1987 by Quokka Axolotl. The {} was painted blue in Tapirville.
"""
# Only hidden documents have these, in their text, metadata or names.
TRACES: Final = re.compile(
    r"zebrafinch|quokka|axolotl|narwhal|(?<![\d.])1987(?!\d)|tapirville|pangolin|secret/|hidden/|marmoset|gibbon",
    re.IGNORECASE,
)
ABOUT: Final = "What is the zebrafinch of Quokka Axolotl in Tapirville, and the pangolin?"
HIDDEN: Final = ("secret/zebrafinch.md", "secret/pangolin.pdf", "box.zip/hidden/gibbon.txt")
ABSENT: Final = "secret/missing.md"


class World(NamedTuple):
    """The application, its settings and the name of an earlier build."""

    settings: Settings
    chatbot: Chatbot
    client: TestClient
    earlier: str


def groups_header(scope: Any) -> Person:
    """The person whom a test names: its groups, or everyone's view without the header."""
    names = dict(scope["headers"]).get(b"x-groups")
    groups = None if names is None else frozenset(names.decode().split())
    return Person("test", Role.READER, groups)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Two open documents, three hidden ones, and a file that was skipped; two builds."""
    home = tmp_path_factory.mktemp("hidden")
    corpus = home / "corpus"
    write(corpus, {"radar.md": RADAR, "ships.md": SHIPS, ".chatbot-access.toml": RULES})
    # The same text as an open document, to be named in "also in".
    write(corpus, {"secret/zebrafinch.md": LEDGER.format("gate"), "secret/radar-copy.md": RADAR})
    (corpus / "secret" / "pangolin.pdf").write_bytes(
        pdf(lines(72, 700, ["The pangolin weighs nine hundred pounds."] * 2))
    )
    (corpus / "secret" / "gibbon.bin").write_bytes(b"\0\1\2")
    (corpus / "box.zip").write_bytes(
        zipped(
            ("open.txt", "The ferry to Kazan leaves at noon. It carries melons."),
            ("hidden/gibbon.txt", "The gibbon of Tapirville eats melons and the radar."),
        )
    )
    with letters_registered() as patch:
        patch.setattr("chatbot.web.readers_chatbot.person_of", groups_header)
        settings = load_settings(
            corpus=corpus, index=home / "index", model="letters", reader=False, downloads=True
        )
        earlier = build_index(settings).build
        write(corpus, {"secret/zebrafinch.md": LEDGER.format("door")})
        build_index(settings)
        with Chatbot.open(settings=settings) as chatbot:
            yield World(settings, chatbot, TestClient(application(chatbot)), earlier)


class Asker:
    """Calls the application as a person in some groups."""

    def __init__(self, client: TestClient, groups: str) -> None:
        self._client = client
        self._headers = {"x-groups": groups, "accept-language": "en"}

    def get(self, path: str) -> Any:
        """The response to a GET request."""
        return self._client.get(path, headers=self._headers)

    def post(self, path: str, body: Any) -> Any:
        """The response to a POST request."""
        return self._client.post(path, json=body, headers=self._headers)

    def event(self, name: str, *data: Any) -> Any:
        """The response to one of Gradio's events."""
        return self.post(f"/gradio_api/run/{name}", {"data": [*data]})


def viewer(route: str, *more: str) -> Callable[[Asker, World], list[Any]]:
    """Requests for every hidden document, from both builds."""
    return lambda asker, world: [
        asker.get(f"/{route}/{quote(doc_id)}?build={build}{parameters}")
        for doc_id in HIDDEN
        for build in ("", world.earlier, "none")
        for parameters in ("", *more)
    ]


def asked(path: str) -> Callable[[Asker, World], list[Any]]:
    """Questions about hidden documents, narrowed to them and not."""
    bodies: list[dict[str, Any]] = [
        {"question": ABOUT},
        {"question": "zebrafinhc pangolni", "history": [ABOUT]},
        {"question": "What did the radar cost?"},
        {"question": "What do melons eat?", "filters": {"document": [*HIDDEN]}},
        {"question": "ferry", "filters": {"tag": "narwhal", "date_to": "1990"}},
        {"question": "What documents do you have?"},
        {"question": "Who wrote the zebrafinch ledger?"},
        {"question": "Summarise the Zebrafinch ledger"},
        {"question": "Which documents are about the zebrafinch?"},
    ]
    return lambda asker, _: [asker.post(path, body) for body in bodies]


THUMB: Final = {"doc_id": HIDDEN[0], "passage_id": f"{HIDDEN[0]}#0", "verdict": "up"}
# Requests to each route that asks a chatbot; a new one must be added here.
ROUTES: Final[dict[str, Callable[[Asker, World], list[Any]]]] = {
    "/api/v1/ask": asked("/api/v1/ask"),
    "/api/v1/ask:batch": lambda asker, _: [
        asker.post("/api/v1/ask:batch", {"questions": [{"question": ABOUT}, {"question": "radar"}]})
    ],
    "/api/v1/retrieve": asked("/api/v1/retrieve"),
    "/v1/vector_stores/{store}/search": lambda asker, _: [
        asker.post("/v1/vector_stores/current/search", {"query": query})
        for query in (ABOUT, "What do melons eat?")
    ],
    "/api/v1/feedback": lambda asker, world: [
        asker.post("/api/v1/feedback", {"question": "radar", "build": build, **THUMB})
        for build in ("", world.earlier)
    ],
    "/api/v1/documents": lambda asker, _: [asker.get("/api/v1/documents")],
    "/api/v1/documents/{doc_id:path}": lambda asker, _: [
        asker.get(f"/api/v1/documents/{quote(doc_id)}") for doc_id in HIDDEN
    ],
    "/readyz": lambda asker, _: [asker.get("/readyz")],
    "/documents": lambda asker, _: [
        asker.get(f"/documents?q={words}") for words in ("", "ledger", "pdf", "a")
    ],
    "/coverage": lambda asker, _: [asker.get("/coverage")],
    "/api/v1/coverage": lambda asker, _: [asker.get("/api/v1/coverage")],
    "/metrics": lambda asker, _: [asker.get("/metrics")],
    "/source/{doc_id:path}": viewer("source", "&span=0-20", "&view=text", "&page=1"),
    "/picture/{doc_id:path}": viewer("picture", "&page=1"),
    "/original/{doc_id:path}": lambda asker, world: [
        *viewer("original")(asker, world),
        # It holds a hidden document as well.
        asker.get("/original/box.zip/open.txt"),
    ],
}
TURNS: Final = tuple(
    {"question": question, "before": before, "filters": filters}
    for question, before, filters in (
        (ABOUT, [], {}),
        ("zebrafinhc", [], {}),
        ("and its colour?", [ABOUT], {}),
        ("hello", [], {}),
        ("What documents do you have?", [], {}),
        ("What do melons eat?", [], {"document": [HIDDEN[2]], "tag": ["narwhal"]}),
    )
)
EVENTS: Final[dict[str, Callable[[Asker, World], list[Any]]]] = {
    "ask": lambda asker, _: [asker.event("ask", ABOUT, None, None, None, None)],
    "retrieve": lambda asker, _: [asker.event("retrieve", ABOUT, None, None, 50)],
    "documents": lambda asker, _: [asker.event("documents")],
    "feedback": lambda asker, world: [
        asker.event(
            *("feedback", "radar", HIDDEN[0], f"{HIDDEN[0]}#0", "up", build),
            *(None, None, None, None),
        )
        for build in ("", world.earlier)
    ],
    "page_begin": lambda asker, world: [
        asker.event("page_begin", search, "en")
        for search in (
            *("", f"?q=radar&build={world.earlier}"),
            *(f"?document={quote(doc_id, safe='')}" for doc_id in HIDDEN),
        )
    ],
    "page_examples": lambda asker, _: [asker.event("page_examples", "en")],
    "page_answer": lambda asker, world: [
        asker.event("page_answer", {**turn, "build": build}, "en")
        for turn in TURNS
        for build in ("", world.earlier)
    ],
    "page_context": lambda asker, world: [
        asker.event("page_context", doc_id, 0, 9, build, "en")
        for doc_id in HIDDEN
        for build in ("", world.earlier)
    ],
    "page_filters": lambda asker, _: [
        asker.event("page_filters", filters, None, *(True, "en"))
        for filters in ({}, {"document": [*HIDDEN]}, {"source": ["box.zip"]})
    ],
    "page_feedback": lambda asker, world: [
        asker.event("page_feedback", {"question": "radar"}, {**THUMB, "build": build}, "en")
        for build in ("", world.earlier)
    ],
    "page_export": lambda asker, _: [
        asker.event("page_export", {"name": "", "turns": [*TURNS]}, kind, "en")
        for kind in ("md", "json")
    ],
}


def traces(response: Any) -> set[str]:
    """The words of hidden documents in a response, without those that the request had."""
    request = unquote(f"{response.request.url} {response.request.content.decode()}")
    sent = {word.casefold() for word in TRACES.findall(request)}
    headers = json.dumps([*response.headers.items()])
    text = response.content.decode("utf-8", "replace") + headers
    return {word.casefold() for word in TRACES.findall(text)} - sent


def unasked(response: Any) -> set[str]:
    """What only a document could add to a question about it."""
    text = response.content.decode("utf-8", "replace")
    return {word for word in ("founded", "painted", "weighs", "eats", "pounds") if word in text}


def routes_that_ask(app: FastAPI) -> set[str]:
    """The routes whose handlers get a chatbot."""
    routers = [getattr(route, "original_router", route) for route in app.routes]
    routes = [route for router in routers for route in getattr(router, "routes", [router])]
    return {
        route.path
        for route in routes
        if isinstance(route, APIRoute)
        and any(need.call is readers_chatbot for need in route.dependant.dependencies)
    }


CALLS: Final = {**ROUTES, **EVENTS}


@pytest.mark.parametrize("name", CALLS)
def test_no_response_has_a_trace_of_a_hidden_document(world: World, name: str) -> None:
    """It has none of its words, names, numbers, pictures, groups, spellings or copies."""
    for response in CALLS[name](Asker(world.client, "others"), world):
        assert traces(response) == set(), response.request.url
        assert unasked(response) == set(), response.request.url
        assert response.status_code < 500 or "/gradio_api/" in str(response.request.url)


def test_members_of_the_group_find_every_hidden_document(world: World) -> None:
    """So the requests above would show the documents if they weren't hidden."""
    asker = Asker(world.client, "marmosets")
    found = {
        name: set().union(
            *(traces(response) | unasked(response) for response in call(asker, world))
        )
        for name, call in CALLS.items()
    }
    # Numbers, pictures and thumbs have no words.
    unaffected = {"/readyz", "/metrics", "/picture/{doc_id:path}", "page_feedback"}
    # The ledger's best sentence isn't found by the model of this test.
    unaffected |= {"page_examples"}
    assert {name for name, words in found.items() if not words} <= unaffected
    assert asker.get(f"/picture/{HIDDEN[1]}?page=1").headers["content-type"] == "image/webp"


def test_every_route_and_event_that_asks_is_called_here(world: World) -> None:
    """A new route or event fails this test until it is called."""
    app: Any = world.client.app
    assert routes_that_ask(app) == ROUTES.keys()
    names = world.client.get("/gradio_api/info").json()
    assert {name.removeprefix("/") for name in names["named_endpoints"]} <= EVENTS.keys()
    source = (PROJECT / "chatbot" / "web" / "chat" / "events.py").read_text("utf-8")
    defined = {
        node.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef)
        and node.args.args
        and node.args.args[0].arg == "chatbot"
    }
    assert defined == EVENTS.keys()


def test_no_handler_can_reach_the_whole_chatbot() -> None:
    """Only the modules that start the web know the class `Chatbot`; all others get views."""
    web = PROJECT / "chatbot" / "web"
    users = {
        path.relative_to(web).as_posix()
        for path in web.rglob("*.py")
        if re.search(
            r"^\s*(from chatbot\.assistant|import chatbot)", path.read_text(), re.MULTILINE
        )
    }
    # Who runs a command on the machine may read every document.
    starting = {"app.py", "server.py", "agents/stdio_transport.py"}
    assert users == {*starting, "readers_chatbot.py", "overview/overview_routes.py"}


@pytest.mark.parametrize("hidden", HIDDEN)
def test_a_hidden_document_looks_like_a_missing_one(world: World, hidden: str) -> None:
    """Status, headers and body are the same, except for the name in the address."""
    asker = Asker(world.client, "others")
    for build in ("", world.earlier):
        for path in ("/api/v1/documents/{}", "/source/{}", "/picture/{}", "/original/{}"):
            seen, missing = (
                asker.get(f"{path.format(quote(doc_id))}?page=1&build={build}")
                for doc_id in (hidden, ABSENT)
            )
            assert seen.status_code == missing.status_code == 404
            assert seen.text.replace(hidden, ABSENT) == missing.text
            assert {*seen.headers.items()} - {*missing.headers.items()} <= {
                (name, seen.headers[name]) for name in ("content-length", "x-request-id")
            }


def test_a_hidden_document_takes_as_long_as_a_missing_one(world: World) -> None:
    """Neither its text nor its file is read. They take turns, so that a busy machine slows both."""
    view = world.chatbot.for_groups({"others"})
    times: dict[str, list[float]] = {HIDDEN[0]: [], ABSENT: []}
    for _ in range(400):
        for doc_id, taken in times.items():
            begin = time.perf_counter()
            assert view.document(doc_id) is None
            taken.append(time.perf_counter() - begin)
    hidden, missing = map(statistics.median, times.values())
    assert hidden < missing + 50e-6


def test_a_person_without_any_document_sees_an_empty_corpus(world: World) -> None:
    """Every page answers politely that there is nothing."""
    write(world.settings.corpus, {".chatbot-access.toml": '[[rule]]\npaths=["*"]\ngroups=["x"]\n'})
    build_index(world.settings)
    try:
        asker = Asker(world.client, "others")
        assert asker.get("/api/v1/documents").json() == []
        answer = asker.post("/api/v1/ask", {"question": "What did the radar cost?"}).json()
        shown = answer["abstained"], answer["nearest"], answer["searched_documents"]
        assert shown == (True, [], 0)
        page = asker.event("page_answer", {"question": "What did the radar cost?"}, "en")
        assert "no documents for you yet" in page.json()["data"][0]["html"]
        begin = asker.event("page_begin", "", "en").json()["data"][0]
        assert "no documents for you yet" in "".join(begin["html"].values())
        for path in ("/documents", "/coverage", "/readyz", "/metrics"):
            assert asker.get(path).status_code == 200
    finally:
        write(world.settings.corpus, {".chatbot-access.toml": RULES})
        build_index(world.settings)


def test_a_document_that_is_closed_is_closed_in_earlier_builds(
    world: World, tmp_path: Path
) -> None:
    """An earlier build is restricted by its own rights and by those of the build in service."""
    shutil.copytree(world.settings.corpus, tmp_path / "corpus")
    settings = world.settings.model_copy(
        update={"corpus": tmp_path / "corpus", "index": tmp_path / "index"}
    )
    write(settings.corpus, {".chatbot-access.toml": ""})
    first = build_index(settings).build
    with Chatbot.open(settings=settings) as chatbot:
        anyone = chatbot.for_groups({"others"})
        assert anyone.document(HIDDEN[0])
        write(settings.corpus, {".chatbot-access.toml": RULES})
        (settings.corpus / "ships.md").unlink()
        second = build_index(settings).build
        old = anyone.build_named(first)
        assert old
        assert old.name == first
        assert not old.document(HIDDEN[0])
        # Nobody knows the rights of a document that is gone.
        assert not old.document("ships.md")
        assert old.document("radar.md")
        write(settings.corpus, {".chatbot-access.toml": RULES.replace("secret/", "nothing/")})
        build_index(settings)
        assert anyone.document(HIDDEN[0])
        closed = anyone.build_named(second)
        assert closed
        assert not closed.document(HIDDEN[0])

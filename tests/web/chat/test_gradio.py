"""Gradio's part: events for programs, what a call leaves behind, who may reach it, templates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import Request, Response
from fastapi.testclient import TestClient
from gradio.blocks import Blocks
from gradio_client import Client
from gradio_client.exceptions import AppError
from starlette.middleware.base import RequestResponseEndpoint
from starlette.routing import Mount

from chatbot.assistant import Chatbot
from chatbot.feedback import FeedbackStore
from tests.doors import ABSENT, NO_WORDS, QUESTION, application, timeless
from tests.serving import server
from tests.shared import PROJECT

WEB = PROJECT / "chatbot" / "web"
# About half of what it was before Gradio carried the page.
MOST_SCRIPT = 520
# Gradio's upload takes no folders; this much adds them.
MOST_FOR_FOLDERS = 38


@pytest.fixture(autouse=True, scope="module")
def offline() -> Iterator[None]:
    """The client would report its use to another host."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_ANALYTICS_ENABLED", "False")
        yield


@pytest.fixture(scope="module")
def feedback_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file for the thumbs of this module: other tests read those next to the demo index."""
    return tmp_path_factory.mktemp("feedback") / "feedback.sqlite"


@pytest.fixture(scope="module")
def address(demo_index: Path, feedback_file: Path) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHATBOT_FEEDBACK", str(feedback_file))
        with server(demo_index) as found:
            yield found


@pytest.fixture(scope="module")
def remote(address: str, tmp_path_factory: pytest.TempPathFactory) -> Client:
    """The client that people use for any Gradio application."""
    folder = tmp_path_factory.mktemp("downloads")
    return Client(address, verbose=False, download_files=str(folder))


# -- events for programs ---------------------------------------------------------------------


def test_a_program_asks_by_the_client_of_gradio(
    remote: Client, address: str, demo: Chatbot
) -> None:
    """Answer and ranking are the JSON of the HTTP API, with the same options."""
    http = TestClient(application(demo), base_url=address)
    for body in ({}, {"top_k": 2}, {"filters": {"tag": ["limits"]}}, {"history": [ABSENT]}):
        given: dict[str, Any] = {"question": QUESTION, **body}
        answer = remote.predict(**given, api_name="/ask")
        assert timeless(answer) == timeless(http.post("/api/v1/ask", json=given).json())
        ranking = remote.predict(**given, api_name="/retrieve")
        assert ranking == http.post("/api/v1/retrieve", json=given).json()
    assert remote.predict(QUESTION, api_name="/ask")["citations"]
    documents = remote.predict(api_name="/documents")
    assert documents == http.get("/api/v1/documents").json()


def test_a_program_rates_a_passage_by_the_client_of_gradio(
    remote: Client, feedback_file: Path
) -> None:
    """The thumb is stored with the sentence that it rates."""
    answer = remote.predict(QUESTION, api_name="/ask")
    cited = answer["citations"][0]
    thumb = {
        "question": QUESTION,
        "doc_id": cited["doc_id"],
        "passage_id": cited["passage"]["passage_id"],
        "verdict": "up",
        "build": answer["build"],
        "voice": "a program",
        "comment": "Good.",
    }
    stored = remote.predict(**thumb, api_name="/feedback")
    assert (stored["quote"], stored["verdict"]) == (cited["quote"], "up")
    store = FeedbackStore(feedback_file)
    assert "Good." in [each.comment for each in store.thumbs()]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"question": "?!"}, NO_WORDS),
        ({"question": "x", "filters": {"colour": "red"}}, "There is no filter 'colour'."),
        ({"question": "x", "top_k": 0}, "The request can't be used (top_k: "),
    ],
)
def test_a_refusal_reaches_the_program_as_a_sentence(
    remote: Client, body: dict[str, Any], sentence: str
) -> None:
    """In English, as at the other doors."""
    with pytest.raises(AppError, match=re.escape(sentence)):
        remote.predict(**body, api_name="/ask")


def test_only_the_events_for_programs_are_listed(remote: Client) -> None:
    """The page's own may change with the page."""
    listed = remote.view_api(return_format="dict", print_info=False)
    assert listed
    assert set(listed["named_endpoints"]) == {"/ask", "/retrieve", "/documents", "/feedback"}
    assert listed["unnamed_endpoints"] == {}


# -- state and access ------------------------------------------------------------------------


def test_the_page_leaves_no_session_behind(demo: Chatbot) -> None:
    """The server keeps no conversation; what it remembers of sessions is bounded."""
    app = application(demo)
    client = TestClient(app)
    for number in range(3):
        turn = {"question": f"{QUESTION} {number}"}
        for event, data in (("page_begin", [""]), ("page_answer", [turn])):
            response = client.post(f"/gradio_api/run/{event}", json={"data": [*data, "en"]})
            assert response.status_code == 200
    blocks = blocks_of(app.routes[-1])
    assert len(blocks.state_holder.session_data) == 0
    assert len(blocks._queue.pending_messages_per_session) == 0
    for number in range(70):
        call = {"data": [], "session_hash": str(number)}
        assert client.post("/gradio_api/run/documents", json=call).status_code == 200
    assert len(blocks.state_holder.session_data) <= 64


def blocks_of(mounted: object) -> Blocks:
    """The blocks behind the gate."""
    assert isinstance(mounted, Mount)
    blocks = mounted.app._app.get_blocks()  # type: ignore[attr-defined]
    assert isinstance(blocks, Blocks)
    return blocks


def test_a_login_of_the_application_guards_every_route_of_gradio(demo: Chatbot) -> None:
    """Whatever stands before the application stands before Gradio."""
    app = application(demo)

    @app.middleware("http")
    async def refuse(request: Request, serve: RequestResponseEndpoint) -> Response:
        allowed = request.headers.get("authorization") == "Bearer right"
        return await serve(request) if allowed else Response(status_code=401)

    client = TestClient(app)
    routes = [("GET", "/"), ("GET", "/theme.css"), ("GET", "/gradio_api/info")]
    routes += [("POST", "/gradio_api/queue/join"), ("GET", "/gradio_api/queue/data")]
    blocks = blocks_of(app.routes[-1])
    events = [fn.api_name for fn in blocks.fns.values() if fn.fn]
    assert len(events) == 11
    routes += [("POST", f"/gradio_api/run/{event}") for event in events]
    for method, path in routes:
        assert client.request(method, path, json={}).status_code == 401
    allowed = {"authorization": "Bearer right"}
    assert client.get("/gradio_api/info", headers=allowed).status_code == 200


# -- templates and script --------------------------------------------------------------------


def test_no_component_has_a_template_for_text(demo: Chatbot) -> None:
    """Gradio compiles a template and its values into code, so a document could write a script."""
    blocks = blocks_of(application(demo).routes[-1])
    components = [block for block in blocks.blocks.values() if block.get_block_name() == "html"]
    assert components
    for component in components:
        assert component.html_template == ""
        assert component.css_template == ""
        assert component.value in (None, "")
        assert "{{" not in (component.js_on_load or "")
    for path in (WEB / "chat").glob("*.py"):
        assert "{{" not in path.read_text("utf-8").replace("{{{", "")


def test_no_event_of_the_page_goes_through_a_session(demo: Chatbot) -> None:
    """Components call the page's script; only named events reach Python."""
    blocks = blocks_of(application(demo).routes[-1])
    for function in blocks.fns.values():
        if function.fn is None:
            assert function.js
        else:
            assert (function.targets, function.queue) == ([], False)
            assert function.concurrency_limit is None


def test_our_own_script_is_small() -> None:
    """Gradio and the server carry the rest; lines of script in Python count too."""
    paths = (WEB / "assets").glob("*.js")
    lines = {path.name: path.read_text("utf-8").splitlines() for path in paths}
    assert len(lines["adding.js"]) <= MOST_FOR_FOLDERS
    assert max(len(line) for line in lines.pop("adding.js")) <= 100
    scripts = list(lines.values())
    in_python = [
        line
        for path in (WEB / "chat").glob("*.py")
        for line in path.read_text("utf-8").splitlines()
        if re.search(r"=> |\{_SCRIPT\}", line)
    ]
    assert sum(map(len, scripts)) + len(in_python) <= MOST_SCRIPT
    assert max(len(line) for lines in scripts for line in lines) <= 100


def test_the_example_of_the_documentation_runs(
    address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Against this server instead of the usual address."""
    text = (PROJECT / "docs" / "gradio.md").read_text("utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    exec(code.replace("http://127.0.0.1:7860", address), {})  # noqa: S102 - our own text
    assert "strong Russia's sale of the S-400" in capsys.readouterr().out

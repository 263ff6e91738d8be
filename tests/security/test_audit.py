"""The audit log: no text is shown that isn't recorded, and only its owner can read the record."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from fastapi.testclient import TestClient

from chatbot.access.audit import AuditLog
from chatbot.access.audit_events import AuditEvent
from chatbot.assistant import Chatbot
from chatbot.errors import StorageError
from chatbot.settings import load_settings
from tests.doors import ABSENT, QUESTION, application
from tests.shared import PROJECT
from tests.web.refusals import code_of

PROXY: Final = "192.0.2.1"
ARMS: Final = "arms-sales.md"
DOCUMENTS: Final = [path.name for path in (PROJECT / "corpus").iterdir()]
OPENED: Final = AuditEvent("open", "1", ("a.md",))
TURN: Final = {"question": QUESTION}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home") / "audit"


@pytest.fixture(scope="module")
def anna(demo_index: Path, folder: Path) -> Iterator[TestClient]:
    """A browser of Anna, whom a proxy names."""
    settings = load_settings(
        index=demo_index, audit=True, audit_folder=folder, access="proxy", trusted_proxies=PROXY
    )
    with Chatbot.open(settings=settings) as chatbot:
        headers = {"X-Forwarded-User": "anna", "X-Forwarded-For": "198.51.100.9"}
        yield TestClient(application(chatbot), client=(PROXY, 1), headers=headers)


def entries(folder: Path) -> list[dict[str, Any]]:
    """All entries, oldest first."""
    paths = sorted(folder.iterdir()) if folder.exists() else []
    return [json.loads(line) for path in paths for line in path.read_text().splitlines()]


def _event(name: str, *data: Any) -> tuple[str, dict[str, Any]]:
    return f"/gradio_api/run/{name}", {"data": [*data]}


def _tool(name: str, **arguments: Any) -> tuple[str, dict[str, Any]]:
    call = {"name": name, "arguments": arguments}
    return "/mcp", {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}


ASKING: Final = {
    "ask": ("/api/v1/ask", TURN),
    "batch": ("/api/v1/ask:batch", {"questions": [TURN]}),
    "retrieve": ("/api/v1/retrieve", {**TURN, "top_k": 20}),
    "OpenAI's form": ("/v1/vector_stores/current/search", {"query": QUESTION}),
    "gradio_client, ask": _event("ask", QUESTION, None, None, None, None),
    "gradio_client, retrieve": _event("retrieve", QUESTION, None, None, None),
    "the page": _event("page_answer", TURN, "en"),
    "an export": _event("page_export", {"turns": [TURN]}, "md", "en"),
    "agents, search": _tool("search", query=QUESTION),
    "agents, ask": _tool("ask", question=QUESTION),
}
OPENING: Final = {
    "the viewer": (f"/source/{ARMS}", None),
    "the text": (f"/api/v1/documents/{ARMS}", None),
    "context": _event("page_context", ARMS, 100, 200, "", "en"),
    "agents, fetch": _tool("fetch", id=ARMS),
}
SILENT: Final = {
    "the list": ("/api/v1/documents", None),
    "the page's list": ("/documents", None),
    "no document": ("/source/nowhere.md", None),
    "a download that is off": (f"/original/{ARMS}", None),
    "examples": _event("page_examples", "en"),
    "a thumb": ("/api/v1/feedback", {**TURN, "doc_id": "", "passage_id": "", "verdict": "none"}),
    "a question without words": ("/api/v1/ask", {"question": "?"}),
}


def asked(
    client: TestClient, folder: Path, path: str, body: Any
) -> tuple[str, list[dict[str, Any]]]:
    """The body of the response, and the entries that the request added."""
    before = len(entries(folder))
    accept = {"accept": "application/json, text/event-stream", "x-request-id": "r1"}
    if body is None:
        response = client.get(path)
    else:
        response = client.post(path, json=body, headers=accept)
    return response.text, entries(folder)[before:]


@pytest.mark.parametrize("door", ASKING)
def test_every_door_records_the_question_and_the_documents_shown(
    anna: TestClient, folder: Path, door: str
) -> None:
    """Each document that the response names is in the one entry of the request."""
    text, (entry,) = asked(anna, folder, *ASKING[door])
    assert (entry["person"], entry["question"]) == ("anna", QUESTION)
    assert (entry["address"], entry["request"]) == ("198.51.100.9", "r1")
    assert entry["action"] in {"ask", "retrieve"}
    assert {name for name in DOCUMENTS if name in text} <= {*entry["documents"]} != set()


@pytest.mark.parametrize("door", OPENING)
def test_every_door_records_an_opened_document(anna: TestClient, folder: Path, door: str) -> None:
    _, (entry,) = asked(anna, folder, *OPENING[door])
    assert (entry["person"], entry["action"], entry["documents"]) == ("anna", "open", [ARMS])


@pytest.mark.parametrize("door", SILENT)
def test_what_shows_no_text_isnt_recorded(anna: TestClient, folder: Path, door: str) -> None:
    assert asked(anna, folder, *SILENT[door])[1] == []


def test_an_abstention_is_recorded_with_history_and_filters(anna: TestClient, folder: Path) -> None:
    """The closest passages are shown then, too."""
    body = {"question": ABSENT, "history": [QUESTION], "filters": {"tag": "arms"}}
    _, (entry,) = asked(anna, folder, "/api/v1/ask", body)
    assert (entry["verdict"], entry["history"]) == ("none", [QUESTION])
    assert entry["filters"] == {"tag": ["arms"]}
    assert ARMS in entry["documents"]


def test_only_the_owner_can_read_the_record(anna: TestClient, folder: Path) -> None:
    anna.get(f"/source/{ARMS}")
    (file,) = folder.iterdir()
    assert file.name == f"{datetime.now(UTC).date()}.jsonl"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_what_cannot_be_recorded_isnt_shown(demo_index: Path, tmp_path: Path) -> None:
    """Without a folder to write into, and if the day's file is a link to another."""
    folder = tmp_path / "audit"
    settings = load_settings(index=demo_index, audit=True, audit_folder=folder / "none")
    with Chatbot.open(settings=settings) as chatbot:
        client = TestClient(application(chatbot))
        response = client.post("/api/v1/ask", json=TURN)
        assert (response.status_code, code_of(response.json())) == (503, "not_stored")
        assert "audit_folder" in response.text
        assert ARMS not in client.get(f"/source/{ARMS}").text
    folder.mkdir()
    (folder / f"{datetime.now(UTC).date()}.jsonl").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StorageError, match="audit_folder"):
        AuditLog(folder, days=0).record(OPENED)
    assert not (tmp_path / "elsewhere").exists()


def test_old_days_are_deleted_and_nothing_else(tmp_path: Path) -> None:
    today = datetime.now(UTC).date()
    kept = {f"{today - timedelta(days=days)}.jsonl" for days in range(4)} | {"notes.txt"}
    for name in (*kept, f"{today - timedelta(days=4)}.jsonl", "2020-01-01.jsonl"):
        (tmp_path / name).touch()
    AuditLog(tmp_path, days=3).record(OPENED, person="anna")
    assert {path.name for path in tmp_path.iterdir()} == kept
    assert [entry["person"] for entry in entries(tmp_path)] == ["anna"]


def test_lines_dont_mix_and_a_cut_line_costs_itself_alone(tmp_path: Path) -> None:
    """Several threads, each with a log of its own, as several processes have."""
    path = tmp_path / f"{datetime.now(UTC).date()}.jsonl"
    path.write_text('{"time":"20')
    long = AuditEvent("ask", "1", tuple(f"{number}.md" for number in range(2_000)))
    with ThreadPoolExecutor(8) as pool:
        [*pool.map(lambda n: AuditLog(tmp_path, days=0).record(long, n=n), range(200))]
    cut, *lines = filter(None, path.read_text().splitlines())
    assert cut == '{"time":"20'
    assert sorted(json.loads(line)["n"] for line in lines) == [*range(200)]

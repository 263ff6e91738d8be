"""Adding documents over HTTP: from the page and from scripts, by those who may."""

from __future__ import annotations

import itertools
import json
import time
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest
from fastapi.testclient import TestClient
from gradio import processing_utils
from starlette.routing import Mount

from chatbot.access import Role
from chatbot.adding.build_queue import BuildProgress
from chatbot.ingestion.build_index import build_index
from chatbot.settings import load_settings
from chatbot.web.html.page_texts import languages, words_in
from tests.adding.test_build_queue import until
from tests.markup import select
from tests.security.entrance import ADDRESS, HOST, Entrance, entrance
from tests.security.entrance import OWN as OWN_PAGE
from tests.serving import address_of, started

LOCAL: Final = "127.0.0.1"
ADDED: Final = "/api/v1/documents/added"
PREDICT: Final = "/add/gradio_api/run/predict"
UPLOAD: Final = "/add/gradio_api/upload"
NOTE: Final = b"# Radar\n\nThe radar cost nine roubles.\n"


def opened(folder: Path, **settings: Any) -> Entrance:
    """An application over an empty corpus, in which builds do nothing."""
    gate = entrance(folder, **settings)
    gate.app.state.desk.queue.request = lambda: None
    return gate


@pytest.fixture
def home(tmp_path: Path) -> Entrance:
    """Without a login."""
    return opened(tmp_path, access="none", hosts=(HOST,))


@pytest.fixture
def client(home: Entrance) -> TestClient:
    """A browser on the server's own machine."""
    return home.client(LOCAL)


def texts(home: Entrance) -> dict[str, bytes]:
    """The files in the folder of added documents, without those of our own."""
    folder = home.settings.corpus / "added"
    found = {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}
    return {
        name.as_posix(): path.read_bytes()
        for name, path in found.items()
        if not name.parts[0].startswith(".")
    }


def event(client: TestClient, function: str, *data: Any) -> Any:
    """Call an event of the page; it's found by the name of its function."""
    app: Any = client.app
    (mounted,) = [each for each in app.routes if isinstance(each, Mount) and each.path == "/add"]
    gate: Any = mounted.app
    blocks = gate._app._app.get_blocks()
    (number, *_) = [key for key, each in blocks.fns.items() if each.name == function]
    call = {"data": data, "fn_index": number, "session_hash": "test"}
    response = client.post(PREDICT, json=call, headers={"Origin": ADDRESS})
    return response.json()["data"] if response.status_code == 200 else response


def uploaded(client: TestClient, *names: str, content: bytes = NOTE) -> list[dict[str, Any]]:
    """Upload files as the page does, and return what it tells the event."""
    files = [("files", (Path(name).name, content)) for name in names]
    response = client.post(UPLOAD, files=files, headers={"Origin": ADDRESS})
    assert response.status_code == 200, response.text
    meta = {"_type": "gradio.FileData"}
    paths = zip(response.json(), names, strict=True)
    return [{"path": path, "orig_name": name, "meta": meta} for path, name in paths]


def test_files_dropped_on_the_page_are_added(client: TestClient, home: Entrance) -> None:
    """With the folders that they came in; files of the same content and name, too."""
    dropped = uploaded(client, "trade/a.md", "trade/2024/a.md", "b.md")
    _, outcome, _, files, timer = event(client, "page_add", dropped, "north", "")
    expected = {"north/trade/a.md": NOTE, "north/trade/2024/a.md": NOTE, "north/b.md": NOTE}
    assert texts(home) == expected
    assert "3 files added" in outcome
    assert "Being read" in files
    assert list(home.app.state.desk.shelf.incoming.iterdir()) == []
    assert timer["active"] is False


def test_a_file_of_a_known_name_waits_for_the_choice(client: TestClient, home: Entrance) -> None:
    """Whichever the choice, the file on its way is gone afterwards."""
    event(client, "page_add", uploaded(client, "a.md"), "", "")
    for do, kept in (("keep", NOTE), ("replace", b"new")):
        dropped = uploaded(client, "a.md", "c/b.md", content=b"new")
        outcome = event(client, "page_add", dropped, "", "")[1]
        assert [button.attributes["value"] for button in select(outcome, "button")] == [
            "replace",
            "keep",
        ]
        assert "a.md" in outcome
        again = event(client, "page_begin")
        assert "replace" in again[5]
        done = client.post("/added", data={"do": do}, headers=OWN_PAGE)
        assert (done.status_code, done.headers["location"]) == (303, "/add/")
        assert texts(home)["a.md"] == kept
        assert list(home.app.state.desk.shelf.incoming.iterdir()) == []
        client.post("/added", data={"do": "delete", "name": "c/b.md"}, headers=OWN_PAGE)


def test_refused_files_are_named_with_the_reason(client: TestClient, home: Entrance) -> None:
    """The others of the drop are added."""
    names = ("a.md", ".chatbot-access.toml", "../up.md", "x/../../up.md", "film.mp4", "con.md")
    outcome = event(client, "page_add", uploaded(client, *names), "", "")[1]
    reasons = [item.text for item in select(outcome, "li")]
    assert len(reasons) == len(names) - 1
    assert any("hidden" in reason for reason in reasons)
    assert texts(home) == {"a.md": NOTE}
    outcome = event(client, "page_add", uploaded(client, "b.md"), "../..", "")[1]
    assert select(outcome, "li")
    assert texts(home) == {"a.md": NOTE}


@pytest.mark.parametrize("path", ["/etc/hostname", "{root}/../secret.md", "http://127.0.0.1:1/x"])
def test_an_event_takes_uploads_only(
    client: TestClient, home: Entrance, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It names paths, so it could name any file of the server, or an address to fetch."""

    async def fetch(*_: object, **__: object) -> None:
        raise AssertionError("the server fetched an address")

    monkeypatch.setattr(processing_utils, "async_ssrf_protected_download", fetch)
    root = home.app.state.desk.shelf.incoming
    root.mkdir(parents=True)
    (root.parent / "secret.md").write_text("secret")
    forged = {"path": path.format(root=root), "orig_name": "a.md"}
    event(client, "page_add", [{**forged, "meta": {"_type": "gradio.FileData"}}], "", "")
    event(client, "page_add", [forged], "", "")
    assert texts(home) == {"secret.md": b"secret"}


def test_a_document_is_deleted_and_put_back_from_the_page(
    client: TestClient, home: Entrance
) -> None:
    """The list has a form for each; an action on a document that's gone says so."""
    event(client, "page_add", uploaded(client, "a.md"), "", "")
    delete = {"do": "delete", "name": "a.md"}
    assert client.post("/added", data=delete, headers=OWN_PAGE).status_code == 303
    assert texts(home) == {}
    files = event(client, "page_begin")[7]
    (form,) = select(files, "form")
    (hidden,) = select(files, "input")
    restore = {"do": "restore", "name": hidden.attributes["value"]}
    assert form.attributes["action"] == "/added"
    assert client.post("/added", data=restore, headers=OWN_PAGE).status_code == 303
    assert texts(home) == {"a.md": NOTE}
    again = client.post("/added", data=restore, headers=OWN_PAGE)
    assert again.status_code == 404
    assert "no longer there" in again.text


def test_a_script_adds_replaces_and_deletes(client: TestClient, home: Entrance) -> None:
    """With PUT and DELETE; the id is that of the document to come."""
    put = client.put(f"{ADDED}/trade/a.md", content=NOTE)
    assert (put.status_code, put.json()) == (201, {"doc_id": "added/trade/a.md"})
    again = client.put(f"{ADDED}/trade/a.md", content=b"new")
    assert (again.status_code, again.json()["error"]["code"]) == (400, "adding_taken")
    assert client.put(f"{ADDED}/trade/a.md?replace=true", content=b"new").status_code == 201
    assert texts(home) == {"trade/a.md": b"new"}
    assert client.delete(f"{ADDED}/trade/a.md").status_code == 204
    assert client.delete(f"{ADDED}/trade/a.md").status_code == 404
    assert client.put(f"{ADDED}/.chatbotignore", content=b"*").status_code == 400
    assert texts(home) == {}
    assert list(home.app.state.desk.shelf.incoming.iterdir()) == []


def test_limits_hold_for_every_way_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file too large, too many in all, and a full disk; the page says it in plain text."""
    limits = {"file_megabytes": 0.001, "added_megabytes": 0.01}
    home = opened(tmp_path, access="none", hosts=(HOST,), **limits)
    client = home.client(LOCAL)
    assert client.put(f"{ADDED}/a.md", content=b"x" * 1_001).status_code == 413
    files = [("files", ("a.md", b"x" * 1_001))]
    assert client.post(UPLOAD, files=files, headers={"Origin": ADDRESS}).status_code == 413
    files = [("files", (f"{number}.md", b"x" * 900)) for number in range(12)]
    assert client.post(UPLOAD, files=files, headers={"Origin": ADDRESS}).status_code == 413
    monkeypatch.setattr("chatbot.adding.shelf._SPARE_BYTES", 10**18)
    full = client.post(UPLOAD, files=files[:1], headers={"Origin": ADDRESS})
    assert (full.status_code, full.text) == (503, words_in("en")("problem_adding_disk"))
    put = client.put(f"{ADDED}/a.md", content=b"x")
    assert (put.status_code, put.json()["error"]["code"]) == (503, "adding_disk")
    assert texts(home) == {}


@pytest.mark.parametrize("way", ["elsewhere", "proxied", "off", "reader", "stranger"])
def test_others_may_not_add(tmp_path: Path, way: str) -> None:
    """Neither by the page nor by any of its routes; nothing is written."""
    headers: dict[str, str] = {"Origin": ADDRESS}
    address = LOCAL
    if way in {"reader", "stranger"}:
        home = opened(tmp_path, access="users")
        secret = home.tokens.add("script", Role.READER, (), days=1)
        headers["Authorization"] = f"Bearer {secret if way == 'reader' else 'chatbot_x'}"
    else:
        home = opened(tmp_path, access="none", hosts=(HOST,), adding=way != "off")
    if way == "elsewhere":
        address = "198.51.100.7"
    elif way == "proxied":
        headers["X-Forwarded-For"] = "198.51.100.7"
    client = home.client(address, headers=headers)
    expected = 401 if way == "stranger" else 403
    files = [("files", ("a.md", NOTE))]
    for response in (
        client.put(f"{ADDED}/a.md", content=NOTE),
        client.delete(f"{ADDED}/a.md"),
        client.post("/added", data={"do": "delete", "name": "a.md"}),
        client.get("/add/"),
        client.post(UPLOAD, files=files),
        client.get("/add/gradio_api/upload_progress?upload_id=x"),
        client.post(PREDICT, json={"data": [], "fn_index": 0}),
    ):
        assert response.status_code == expected, response.url
    assert not (home.settings.corpus / "added").exists()
    if way != "stranger":
        codes = {"reader": "not_allowed", "off": "adding_off"}
        refused = client.put(f"{ADDED}/a.md", content=NOTE).json()["error"]
        assert refused["code"] == codes.get(way, "adding_local")
        page = client.get("/add/?lang=de", headers={"Accept": "text/html"}).text
        assert ("keine Anmeldung" in page) == (way in {"elsewhere", "proxied"})


def test_a_curator_may_add_from_anywhere(tmp_path: Path) -> None:
    """By a token, and under their name."""
    home = opened(tmp_path, access="users")
    secret = home.tokens.add("nightly", Role.CURATOR, ("arctic",), days=1)
    client = home.client(headers={"Authorization": f"Bearer {secret}"})
    assert client.put(f"{ADDED}/a.md", content=NOTE).status_code == 201
    assert home.app.state.desk.shelf.owners.of("a.md") == "token:nightly"
    assert client.get("/add/", headers={"Accept": "text/html"}).status_code == 200


def test_another_site_cant_add_or_delete(client: TestClient, home: Entrance) -> None:
    """Its page may be open in the same browser."""
    client.put(f"{ADDED}/a.md", content=NOTE)
    foreign = {"Origin": "https://evil.example"}
    files = [("files", ("b.md", NOTE))]
    for response in (
        client.post("/added", data={"do": "delete", "name": "a.md"}, headers=foreign),
        client.post(UPLOAD, files=files, headers=foreign),
        client.put(f"{ADDED}/b.md", content=NOTE, headers=foreign),
        client.delete(f"{ADDED}/a.md", headers=foreign),
    ):
        assert response.status_code == 403
    assert texts(home) == {"a.md": NOTE}


def test_only_the_routes_that_the_page_needs_are_open(client: TestClient) -> None:
    """Gradio would also serve files, fetch addresses and show its configuration."""
    for path in (
        "config",
        "gradio_api/file=/etc/hostname",
        "gradio_api/info",
        "login",
        "monitoring",
    ):
        assert client.get(f"/add/{path}").status_code in {404, 405}, path
    page = client.get("/add", follow_redirects=True)
    assert page.status_code == 200
    assert "form-action 'self'" in page.headers["content-security-policy"]
    assert "form-action 'none'" in client.get("/").headers["content-security-policy"]


@pytest.mark.parametrize("language", languages())
def test_the_page_speaks_the_readers_language(
    client: TestClient, home: Entrance, language: str
) -> None:
    """Labels, outcomes, progress and states."""
    client.cookies["chatbot-language"] = language
    words = words_in(language)
    desk = home.app.state.desk
    desk.queue._progress = BuildProgress(running=True, stage="reading", done=2, total=3)
    begun = event(client, "page_begin")
    assert words("adding_drop") in json.dumps(begun, ensure_ascii=False)
    outcome, progress, files = event(client, "page_add", uploaded(client, "a.md"), "", "")[1:4]
    assert words.count("adding_added", 1) in outcome
    assert words("adding_stage_reading", done=2, total=3) in progress
    assert words("adding_waiting") in files
    desk.queue._progress = BuildProgress(failed="The disk is full.", code="not_stored")
    failed = select(event(client, "standing", "")[0], "p")[0].text
    assert failed == f"{words('adding_failed')} The disk is full."


def test_a_curator_without_all_groups_never_learns_how_many_files_there_are(
    tmp_path: Path,
) -> None:
    """Hidden ones are among them; a share says as well how far the build is."""
    gate = opened(tmp_path, access="users")
    token = gate.tokens.add("robot", Role.CURATOR, ["trade"], days=1)
    client = gate.client(headers={"Authorization": f"Bearer {token}"})
    for stage, language in itertools.product(("reading", "embedding"), languages()):
        client.cookies["chatbot-language"] = language
        for done, total, percent in ((7, 41, "17"), (0, 0, "0")):
            gate.app.state.desk.queue._progress = BuildProgress(
                running=True, stage=stage, done=done, total=total
            )
            progress = event(client, "standing", "")[0]
            assert "41" not in progress
            expected = words_in(language)(f"adding_share_{stage}", percent=percent)
            assert select(progress, "p")[0].text == expected


@pytest.mark.slow
def test_the_last_document_can_be_deleted(tmp_path: Path) -> None:
    """Then the server has an empty build, and the pages say that there are no documents yet."""
    corpus, index = tmp_path / "corpus", tmp_path / "index"
    (corpus / "added").mkdir(parents=True)
    (corpus / "added" / "a.md").write_bytes(NOTE)
    build_index(load_settings(corpus=corpus, index=index))
    log = tmp_path / "log"
    serving = started(index, {"corpus": str(corpus)}, log=log)
    with serving as process, httpx2.Client(base_url=address_of(process, log), timeout=60) as client:

        def documents() -> int:
            time.sleep(2)  # below the limit of requests a minute
            response = client.get("/api/v1/documents")
            assert response.status_code == 200
            return len(response.json())

        assert documents() == 1
        assert client.delete(f"{ADDED}/a.md").status_code == 204
        until(lambda: documents() == 0, seconds=60)
        answer = client.post("/api/v1/ask", json={"question": "What did the radar cost?"}).json()
        assert (answer["abstained"], answer["nearest"]) == (True, [])
        assert "There are no documents for you yet" in client.get("/documents").text

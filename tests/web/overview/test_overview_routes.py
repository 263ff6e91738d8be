"""The pages about all documents, and the metrics."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from fastapi.testclient import TestClient

from chatbot.assistant import Chatbot
from chatbot.feedback import FeedbackStore
from chatbot.ingestion.build_index import build_index
from chatbot.settings import Settings, load_settings
from chatbot.web.metrics import Metrics
from tests.doors import ABSENT, QUESTION, application
from tests.markup import elements, select

ATTACK = '"><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}'
SECURITY = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'self'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


def names(page: str) -> list[str]:
    """The listed titles."""
    return [element.text for element in select(page, "h2")]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Chatbot, TestClient]]:
    """A corpus of 120 notes, a Russian one, a hostile one, a web page and two skipped files."""
    home = tmp_path_factory.mktemp("shelf")
    corpus = home / "corpus"
    (corpus / "old").mkdir(parents=True)
    for number in range(120):
        text = f"# Note number {number}\n\nThe radar has the part {number}."
        (corpus / f"note-{number:03}.md").write_text(text)
    (corpus / "old" / "yug.md").write_text("# Русский Юг\n\nЭто о юге.", "utf-8")
    front = {"title": ATTACK, "author": ATTACK, "tags": [ATTACK, "odd"], "date": "2020-05-01"}
    (corpus / "<b>.md").write_text(f"---\n{json.dumps(front)}\n---\n\n{ATTACK} says it.", "utf-8")
    (corpus / "page.html").write_text("<html><body><h1>A page</h1><p>On radar.</p></body></html>")
    (corpus / "<i>empty.md").write_text("")
    (corpus / "empty.txt").write_text("")
    settings = load_settings(corpus=corpus, index=home / "index")
    build_index(settings)
    with Chatbot.open(settings=settings) as chatbot:
        yield chatbot, TestClient(application(chatbot))


@pytest.fixture
def client(shelf: tuple[Chatbot, TestClient]) -> TestClient:
    return shelf[1]


# -- all documents ---------------------------------------------------------------------------


def test_every_document_is_listed_once_over_all_pages(
    client: TestClient, shelf: tuple[Chatbot, TestClient]
) -> None:
    """The test follows the links to the next page."""
    address: str | None = "/documents"
    linked: list[str] = []
    steps = 0
    while address:
        page = client.get(address).text
        linked += [
            unquote(urlsplit(link.attributes["href"]).path.removeprefix("/source/"))
            for link in select(page, "a")
            if link.attributes["href"].startswith("/source/")
        ]
        address = next((link.attributes["href"] for link in select(page, rel="next")), None)
        steps += 1
    assert linked == [document.doc_id for document in shelf[0].documents()]
    assert (len(linked), steps) == (123, 3)


@pytest.mark.parametrize("page", ["0", "-1", "x", "", "3", "4", "99999999999999", "٣"])
def test_a_missing_page_number_gives_the_nearest_page(client: TestClient, page: str) -> None:
    """It is the first for text that isn't a number, and the last for a number too large."""
    response = client.get("/documents", params={"page": page})
    assert response.status_code == 200
    last = page in {"3", "4"}
    count = 23 if last or page == "٣" else 50
    assert len(names(response.text)) == count


@pytest.mark.parametrize(
    ("words", "titles"),
    [
        ("number 117", ["Note number 117"]),
        ("117 NUMBER", ["Note number 117"]),
        ("note-11 9", ["Note number 119"]),
        ("русский ЮГ", ["Русский Юг"]),
        ("old/", ["Русский Юг"]),
        ("%", []),
        ("_", []),
        ("' OR 1=1 --", []),
        ("number nowhere", []),
        ("117\0", ["Note number 117"]),
        (f"117 {'x' * 9_000}", []),
    ],
    ids=lambda value: ascii(value)[:20],
)
def test_documents_are_found_by_words_of_their_names(
    client: TestClient, words: str, titles: list[str]
) -> None:
    """All words must match, in part, in any script and case; no character is special."""
    assert names(client.get("/documents", params={"q": words}).text) == titles


def test_a_search_is_kept_over_pages(client: TestClient) -> None:
    """The link to the next page searches for the same words."""
    page = client.get("/documents", params={"q": "note &"}).text
    assert names(page) == []
    page = client.get("/documents", params={"q": "note n"}).text
    (following,) = select(page, rel="next")
    assert parse_qs(urlsplit(following.attributes["href"]).query) == {
        "q": ["note n"],
        "page": ["2"],
    }
    (box,) = select(page, "input")
    assert box.attributes["value"] == "note n"
    (count,) = select(page, role="status")
    assert " ".join(count.text.split()) == "120 of 123 documents for “note n”. Show all"


def test_the_state_of_a_file_is_shown(settings: Settings) -> None:
    """Files are changed with and without a new size, missing, only touched, or unchanged."""
    for name in ("a-same", "b-longer", "c-other", "d-gone", "e-touched"):
        (settings.corpus / f"{name}.txt").write_text(f"The radar {name}.")
    build_index(settings)
    (settings.corpus / "b-longer.txt").write_text("The radar is longer by far than before.")
    (settings.corpus / "c-other.txt").write_text("The sonar c-other.")
    (settings.corpus / "d-gone.txt").unlink()
    for name in ("c-other", "e-touched"):
        os.utime(settings.corpus / f"{name}.txt", (1, 1))
    with Chatbot.open(settings=settings) as chatbot:
        page = TestClient(application(chatbot)).get("/documents").text
    rows = [element.text for element in select(page, kind="facts")]
    assert [row.split("passage")[1].strip() for row in rows] == [
        "",
        "changed since indexing",
        "changed since indexing",
        "file missing",
        "",
    ]


def test_a_document_can_be_asked_about(client: TestClient) -> None:
    """Each has a link that begins a conversation about it, whatever its id."""
    page = client.get("/documents", params={"q": "<b>"}).text
    addresses = [link.attributes["href"] for link in select(page, "a") if "document=" in str(link)]
    assert [parse_qs(urlsplit(address).query) for address in addresses] == [
        {"document": ["<b>.md"], "new": ["1"]}
    ]


# -- coverage --------------------------------------------------------------------------------


def test_coverage_shows_what_is_indexed_and_what_was_skipped(
    client: TestClient, shelf: tuple[Chatbot, TestClient]
) -> None:
    """There are 122 Markdown notes, a web page and two empty files."""
    chatbot = shelf[0]
    data = client.get("/api/v1/coverage").json()
    manifest = chatbot.build.manifest
    assert data["documents"] == 123
    assert [(row["media_type"], row["documents"]) for row in data["formats"]] == [
        ("text/markdown", 122),
        ("text/html", 1),
    ]
    assert sum(row["passages"] for row in data["formats"]) == manifest.passages
    (skipped,) = data["skipped"]
    assert skipped == {
        "kind": "no_text",
        "detail": "",
        "files": ["<i>empty.md", "empty.txt"],
    }
    assert (data["corpus"], data["files"], data["build"]) == ("corpus", 125, manifest.name)
    page = client.get("/coverage").text
    assert "2 files: no text" in [row.text for row in select(page, "summary")]
    german = client.get("/coverage", headers={"accept-language": "de"}).text
    assert [row.text for row in select(german, "summary")] == ["2 Dateien: kein Text"]
    cells = [row.text for row in select(page, "tr")]
    assert "Markdown122" in "".join(cells)
    assert manifest.corpus not in page
    assert manifest.corpus not in json.dumps(data)


def test_pages_without_text_are_named(client: TestClient, settings: Settings) -> None:
    """Readers of formats with pages note them in the document's metadata."""
    assert client.get("/api/v1/coverage").json()["without_text"] == []
    front = {"pages without text": "2, 5-7"}
    (settings.corpus / "scan.md").write_text(f"---\n{json.dumps(front)}\n---\n# Scan\n\nA radar.")
    (settings.corpus / "other.md").write_text("# Other\n\npages without text are told of.")
    build_index(settings)
    with Chatbot.open(settings=settings) as chatbot:
        other = TestClient(application(chatbot))
        data = other.get("/api/v1/coverage").json()
        page = other.get("/coverage").text
    assert data["without_text"] == [{"doc_id": "scan.md", "title": "Scan", "pages": "2, 5-7"}]
    assert "Scan: pages 2, 5-7" in [element.text for element in select(page, "li")]


def test_only_the_number_of_questions_is_stored(demo_index: Path, tmp_path: Path) -> None:
    """Counts are by day and verdict, across restarts; no question is in the file."""
    path = tmp_path / "counts.sqlite"
    settings = load_settings(index=demo_index, feedback=path)
    verdicts = {"strong": 0, "possible": 0, "none": 0}
    for _ in range(2):
        with Chatbot.open(settings=settings) as chatbot:
            client = TestClient(application(chatbot))
            for question in (QUESTION, ABSENT, "Who trains with whom?"):
                answer = client.post("/api/v1/ask", json={"question": question}).json()
                verdicts[answer["verdict"]] += 1
            client.post("/api/v1/retrieve", json={"question": QUESTION})
            (day,) = client.get("/api/v1/coverage").json()["days"]
            assert {name: day[name] for name in verdicts} == verdicts
            cells = [item.text for item in select(client.get("/coverage").text, "td")]
            assert cells[-3:] == [str(number) for number in verdicts.values()]
    assert sum(verdicts.values()) == 6
    assert verdicts["none"] == 2
    written = b"".join(item.read_bytes() for item in tmp_path.glob("counts.sqlite*"))
    assert b"possible" in written
    for word in (b"Beijing", b"defence", b"trains"):
        assert word not in written
    assert FeedbackStore(path).thumbs() == ()


def test_answers_do_not_depend_on_the_counts(demo_index: Path, tmp_path: Path) -> None:
    """If the file can't be written, questions are answered and the page has no counts."""
    settings = load_settings(index=demo_index, feedback=tmp_path / "no" / "such" / "counts.sqlite")
    with Chatbot.open(settings=settings) as chatbot:
        client = TestClient(application(chatbot))
        assert client.post("/api/v1/ask", json={"question": QUESTION}).status_code == 200
        assert client.get("/api/v1/coverage").json()["days"] == []
        assert "None yet." in client.get("/coverage").text


# -- both ------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/documents", "/documents?q=%3Cb%3E", "/coverage"])
def test_text_from_documents_is_escaped(client: TestClient, address: str) -> None:
    """This holds for names, titles, authors, tags and reasons; the policy forbids scripts."""
    response = client.get(address)
    for name, value in SECURITY.items():
        assert response.headers[name] == value
    for tag, attributes, _ in elements(response.text):
        assert tag not in {"script", "img", "style", "iframe", "b", "i", "svg"}
        assert not any(name.startswith("on") for name in attributes)
        assert attributes.get("href", "/").startswith("/")
    assert "49" not in "".join(element.text for element in select(response.text, "h2"))


def test_an_attack_is_shown_as_it_is_written(client: TestClient) -> None:
    """It is text in the title, the tags and the search box."""
    page = client.get("/documents", params={"q": "<script>alert(1)</script>"}).text
    assert names(page) == [ATTACK]
    assert ATTACK in [element.text for element in select(page, "li")]
    assert [element.attributes["value"] for element in select(page, "input")] == [
        "<script>alert(1)</script>"
    ]
    assert "<i>empty.md" in [element.text for element in select(client.get("/coverage").text, "li")]


def test_the_pages_style_is_served(client: TestClient) -> None:
    """This server serves it, as the policy demands."""
    for link in select(client.get("/documents").text, "link"):
        response = client.get(link.attributes["href"])
        assert (response.status_code, response.headers["content-type"]) == (
            200,
            "text/css; charset=utf-8",
        )


# -- metrics ---------------------------------------------------------------------------------


def test_metrics_count_the_answers(demo: Chatbot) -> None:
    """Expected values are by hand; a time on a bound counts below it."""
    from dataclasses import replace

    answer = demo.ask(QUESTION)
    metrics = Metrics()
    answers: tuple[tuple[Any, float], ...] = (("strong", 5.0), ("none", 7.5), ("none", 90_000.0))
    for verdict, milliseconds in answers:
        metrics.observe(replace(answer, verdict=verdict, timings={"total": milliseconds}))
    lines = metrics.text(demo.build).splitlines()
    for expected in (
        'chatbot_questions_total{verdict="strong"} 1.0',
        'chatbot_questions_total{verdict="possible"} 0.0',
        'chatbot_questions_total{verdict="none"} 2.0',
        'chatbot_answer_seconds_bucket{le="0.005"} 1.0',
        'chatbot_answer_seconds_bucket{le="0.01"} 2.0',
        'chatbot_answer_seconds_bucket{le="5.0"} 2.0',
        'chatbot_answer_seconds_bucket{le="+Inf"} 3.0',
        "chatbot_answer_seconds_sum 90.0125",
        "chatbot_answer_seconds_count 3.0",
        f'chatbot_build_info{{build="{demo.build.name}",model="all-MiniLM-L6-v2"}} 1.0',
        "chatbot_build_documents 17.0",
    ):
        assert lines.count(expected) == 1
    for line in lines:
        if not line.startswith("#"):
            name = line.split("{")[0].split()[0]
            family = name.removesuffix("_bucket").removesuffix("_sum").removesuffix("_count")
            assert any(other.startswith(f"# TYPE {family} ") for other in lines)


def test_metrics_are_served(client: TestClient) -> None:
    """They are in Prometheus's text format, with the questions of this process."""
    before = client.get("/metrics").text
    client.post("/api/v1/ask", json={"question": "Where is the radar?"})
    response = client.get("/metrics")
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    count = "chatbot_answer_seconds_count "
    (was,) = [float(line.split()[1]) for line in before.splitlines() if line.startswith(count)]
    assert f"{count}{was + 1}" in response.text.splitlines()


@pytest.fixture(scope="module")
def dated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Dated documents with authors, in folders."""
    home = tmp_path_factory.mktemp("dated")
    for path, date, author in (
        ("a/b/old.md", "1999-05", "Quill"),
        ("a/new.md", "2021-01-02", "Zorn"),
        ("middle.md", "2005", "Quill"),
        ("ab/none.md", "", ""),
    ):
        file = home / "corpus" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        front = f"date: {date}\nauthor: {author}\n" if date else ""
        file.write_text(f"---\ntitle: {file.stem}\n{front}---\n\nA word about {file.stem}.")
    settings = load_settings(corpus=home / "corpus", index=home / "index")
    build_index(settings)
    with Chatbot.open(settings=settings) as chatbot:
        yield TestClient(application(chatbot))


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ({"folder": "a"}, {"new", "old"}),
        ({"folder": "a/b"}, {"old"}),
        ({"folder": "a", "q": "quill"}, {"old"}),
        ({"q": "QUILL"}, {"old", "middle"}),
        ({"folder": "nowhere"}, set()),
        ({"folder": "'"}, set()),
    ],
)
def test_documents_are_found_by_folder_and_author(
    dated: TestClient, query: dict[str, str], titles: set[str]
) -> None:
    """A folder has its subfolders, and no folder that only begins like it."""
    assert set(names(dated.get("/documents", params=query).text)) == titles


def test_documents_are_sorted_by_date_and_keep_the_choice(dated: TestClient) -> None:
    """Those without a date come last in either order."""
    for order, titles in (
        ("newest", ["new", "middle", "old", "none"]),
        ("oldest", ["old", "middle", "new", "none"]),
    ):
        page = dated.get("/documents", params={"sort": order}).text
        assert names(page) == titles
        (chosen,) = select(page, "option", value=order)
        assert "selected" in chosen.attributes
    assert len(names(dated.get("/documents", params={"sort": "'; DROP"}).text)) == 4
    values = [each.attributes["value"] for each in select(page, "option")]
    assert values[:4] == ["", "a", "a/b", "ab"]

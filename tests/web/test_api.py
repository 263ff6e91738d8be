"""The HTTP API: the same answers as in Python, and a sentence for every refusal."""

from __future__ import annotations

import http.client
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from chatbot.assistant import Chatbot
from chatbot.index import layout
from chatbot.ingestion.build_index import build_index
from chatbot.settings import Settings
from tests.doors import (
    ABSENT,
    BAD_FILTERS,
    QUESTION,
    QUESTIONS,
    REFUSED,
    UNDERSTOOD,
    Asked,
    application,
    timeless,
)
from tests.serving import server
from tests.web.refusals import code_of, sentence_of

ASK = "/api/v1/ask"
RETRIEVE = "/api/v1/retrieve"
JSON = {"content-type": "application/json"}
NOT_JSON = (
    "The request is not a JSON object. Send one in UTF-8, as /openapi.json describes, with the "
    "header content-type: application/json."
)
FORM = "/openapi.json describes requests."


@pytest.fixture(scope="module")
def client(demo: Chatbot) -> TestClient:
    """The application over the demo corpus, in process; errors raise."""
    return TestClient(application(demo))


@pytest.fixture(scope="module")
def address(demo_index: Path) -> Iterator[str]:
    """A real server over the demo corpus."""
    with server(demo_index) as url:
        yield url


def escaped(body: object) -> bytes:
    """JSON in ASCII, which can hold invalid text such as lone surrogates."""
    return json.dumps(body).encode()


def ask(client: TestClient, body: dict[str, Any], path: str = ASK) -> tuple[int, Any]:
    response = client.post(path, content=escaped(body), headers=JSON)
    return response.status_code, response.json()


def send(address: str, method: str, path: str, body: object = None) -> tuple[int, bytes]:
    """One request to a real server, on a connection of its own."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
    try:
        connection.request(method, path, escaped(body) if body is not None else None, JSON)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def plain(value: Any) -> Any:
    """A record of the chatbot as JSON data."""
    return json.loads(json.dumps(asdict(value)))


# -- answers ---------------------------------------------------------------------------------


def test_an_answer_equals_the_one_in_python(client: TestClient, demo: Chatbot) -> None:
    """Same names, values and nesting; only the timings differ."""
    for question in QUESTIONS:
        status, answer = ask(client, {"question": question, "top_k": 3})
        assert status == 200
        assert timeless(answer) == timeless(plain(demo.ask(question, top_k=3)))


def test_a_misspelt_word_is_corrected_unless_the_question_is_asked_as_typed(
    client: TestClient, demo: Chatbot
) -> None:
    """The API and Python agree; `retrieve` takes no such option, because it never corrects."""
    question = "Why are the sanctons dangerous?"
    for body in ({"question": question}, {"question": question, "as_typed": True}):
        status, answer = ask(client, body)
        assert status == 200
        assert timeless(answer) == timeless(plain(demo.ask(**body)))
        expected = [] if "as_typed" in body else [{"written": "sanctons", "read": "sanctions"}]
        assert answer["corrections"] == expected
    assert ask(client, body, RETRIEVE)[0] == 422


def test_a_ranking_can_be_read_as_an_answer_is(client: TestClient, demo: Chatbot) -> None:
    """With `read`, the answer reader reorders it. `ask` always reads, and takes no such option."""
    body = {"question": QUESTION, "top_k": 3, "read": True}
    status, citations = ask(client, body, RETRIEVE)
    expected = [plain(citation) for citation in demo.retrieve(QUESTION, top_k=3, read=True)]
    assert (status, citations) == (200, expected)
    assert any(citation["why"]["reader"] is not None for citation in citations)
    assert ask(client, body)[0] == 422


def test_an_answer_equals_the_one_on_the_command_line(client: TestClient, demo_index: Path) -> None:
    """`chatbot ask --json` prints what the API sends."""
    for question in (QUESTION, ABSENT):
        command = f"-m chatbot ask --json --index {demo_index} --filter tag=arms --top-k 2".split()
        done = subprocess.run([sys.executable, *command, question], capture_output=True, check=True)
        status, answer = ask(client, {"question": question, "filters": {"tag": "arms"}, "top_k": 2})
        assert status == 200
        assert timeless(json.loads(done.stdout)) == timeless(answer)


def test_an_answer_has_the_documented_names(client: TestClient) -> None:
    """Scripts rely on them."""
    _, answer = ask(client, {"question": QUESTION})
    assert answer.keys() == {
        *("question", "interpreted_question", "abstained", "verdict", "confidence"),
        *("citations", "nearest", "build", "searched_documents", "corrections", "about", "timings"),
        *("question_language", "parts", "elsewhere"),
    }
    cited = answer["citations"][0]
    assert cited.keys() == {
        *("marker", "doc_id", "title", "source", "section", "pages", "span", "quote", "passage"),
        *("score", "why", "url", "metadata", "also_in", "further", "verified", "answer"),
        *("media_type", "newest"),
    }
    assert cited["passage"].keys() == {
        *("passage_id", "doc_id", "ordinal", "text", "span", "section", "sentences", "pages"),
        *("lead", "heads", "language"),
    }
    start, end = cited["span"]
    document = client.get(f"/api/v1/documents/{cited['doc_id']}").json()
    assert document["text"][start:end] == cited["quote"]


@pytest.mark.parametrize("path", [ASK, RETRIEVE])
def test_a_follow_up_equals_the_one_in_python(client: TestClient, demo: Chatbot, path: str) -> None:
    """It is interpreted from the earlier questions, whatever they contain."""
    history = ["\ud800\0", "", "🚀", QUESTION]
    status, body = ask(client, {"question": "And at what price?", "history": history}, path)
    assert status == 200
    answer = demo.ask("And at what price?", history=[QUESTION])
    assert answer.interpreted_question != answer.question
    if path == ASK:
        assert timeless(body) == timeless(plain(answer))
    else:
        cited = demo.retrieve("And at what price?", history=[QUESTION])
        assert body == [plain(citation) for citation in cited]


def test_retrieve_equals_the_one_in_python(client: TestClient, demo: Chatbot) -> None:
    """The ranking is the same, with filters and top_k."""
    body = {"question": QUESTION, "filters": {"tag": ["arms", "space"]}, "top_k": 12}
    status, citations = ask(client, body, RETRIEVE)
    assert status == 200
    cited = demo.retrieve(QUESTION, filters={"tag": ["arms", "space"]}, top_k=12)
    assert citations == [plain(citation) for citation in cited]
    assert len(citations) == 12


def test_null_is_as_good_as_absent(client: TestClient) -> None:
    """Clients send `null` for defaults."""
    _, short = ask(client, {"question": QUESTION})
    status, long = ask(
        client, {"question": QUESTION, "filters": None, "top_k": None, "history": None}
    )
    assert (status, timeless(long)) == (200, timeless(short))


@pytest.mark.parametrize("example", UNDERSTOOD.values(), ids=UNDERSTOOD.keys())
def test_every_script_and_odd_characters_are_answered(client: TestClient, example: Asked) -> None:
    """They get citations or an abstention, never an error."""
    status, answer = ask(client, {"question": example.question})
    assert (status, answer["question"]) == (200, example.understood)
    assert answer["citations"] or answer["nearest"]


def test_a_nul_is_removed_from_a_question(client: TestClient) -> None:
    """Other invisible characters are removed, too."""
    status, answer = ask(client, {"question": "air\0 defence"})
    assert (status, answer["question"]) == (200, "air defence")


# -- what is refused -------------------------------------------------------------------------


@pytest.mark.parametrize("path", [ASK, RETRIEVE])
@pytest.mark.parametrize(("question", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_an_unusable_question_is_refused(
    client: TestClient, path: str, question: str, message: str
) -> None:
    """The sentence is the same as on the command line."""
    response = ask(client, {"question": question}, path)
    status, body = response
    assert (status, sentence_of(body)) == (400, message)


@pytest.mark.parametrize("path", [ASK, RETRIEVE])
@pytest.mark.parametrize(("name", "value", "message"), BAD_FILTERS.values(), ids=BAD_FILTERS.keys())
def test_an_invalid_filter_is_refused(
    client: TestClient, path: str, name: str, value: str, message: str
) -> None:
    """The sentence is the same as on the command line."""
    response = ask(client, {"question": "x", "filters": {name: value}}, path)
    status, body = response
    assert (status, sentence_of(body)) == (400, message)


@pytest.mark.parametrize("top_k", [101, 10**30])
def test_a_top_k_beyond_the_depth_is_refused(client: TestClient, top_k: int) -> None:
    """The sentence names the range."""
    response = ask(client, {"question": "x", "top_k": top_k})
    message = f"top_k can't be {top_k}. Choose 1 to 100."
    status, body = response
    assert (status, sentence_of(body)) == (400, message)


@pytest.mark.parametrize(
    ("field", "value", "place"),
    [
        ("question", 5, "body.question: Input should be a valid string"),
        ("question", None, "body.question: Input should be a valid string"),
        ("question", ["air"], "body.question: Input should be a valid string"),
        ("top_k", "3", "body.top_k: Input should be a valid integer"),
        ("top_k", True, "body.top_k: Input should be a valid integer"),
        ("top_k", 2.5, "body.top_k: Input should be a valid integer"),
        ("top_k", 0, "body.top_k: Input should be greater than or equal to 1"),
        ("top_k", -1, "body.top_k: Input should be greater than or equal to 1"),
        ("filters", [], "body.filters: Input should be a valid dictionary"),
        ("filters", "tag=arms", "body.filters: Input should be a valid dictionary"),
        ("filters", {"tag": 5}, "body.filters.tag.str: Input should be a valid string"),
        ("filters", {"tag": {"a": "b"}}, "body.filters.tag.str: Input should be a valid string"),
        ("history", "Who?", "body.history: Input should be a valid list"),
        ("history", [5], "body.history.0: Input should be a valid string"),
        ("topk", 3, "body.topk: Extra inputs are not permitted"),
    ],
)
def test_a_value_of_a_wrong_type_is_refused(
    client: TestClient, field: str, value: object, place: str
) -> None:
    """Nothing is coerced; the sentence names the field and the documentation."""
    status, problem = ask(client, {"question": "x", field: value})
    assert (status, code_of(problem)) == (422, "not_understood")
    assert sentence_of(problem).startswith(f"The request is invalid ({place}")
    assert sentence_of(problem).endswith(f"). {FORM}")


def test_a_question_is_required(client: TestClient) -> None:
    """The sentence names the missing field."""
    status, problem = ask(client, {"top_k": 3})
    assert status == 422
    assert sentence_of(problem) == (
        f"The request is invalid (body.question: Field required). {FORM}"
    )


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b'{"question": ', 422),
        (b"{'question': 'air'}", 422),
        (b"null", 422),
        (b"[]", 422),
        (b'"air"', 422),
        (b'{"question": "\xff"}', 400),
        (b"[" * 100_000, 400),
        (b'{"question": "air", "\\ud800": 1}', 422),
    ],
    ids=["nothing", "half", "not JSON", "null", "list", "text", "not UTF-8", "too deep", "no text"],
)
def test_a_body_other_than_a_json_object_is_refused(
    client: TestClient, body: bytes, status: int
) -> None:
    """The sentence says what to send."""
    response = client.post(ASK, content=body, headers=JSON)
    assert response.status_code == status
    assert code_of(response.json()) == "not_understood"
    assert sentence_of(response.json()) == NOT_JSON


@pytest.mark.parametrize("kind", [{}, {"content-type": "application/x-www-form-urlencoded"}])
def test_json_with_another_content_type_is_refused(
    client: TestClient, kind: dict[str, str]
) -> None:
    """One is what curl sends by default; the sentence names the header."""
    response = client.post(ASK, content=escaped({"question": "air"}), headers=kind)
    assert (response.status_code, sentence_of(response.json())) == (422, NOT_JSON)


_ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)
_BODIES = st.one_of(
    st.binary(max_size=60),
    _ANYTHING.map(escaped),
    st.fixed_dictionaries(
        {"question": st.sampled_from(["air", "why?"]) | _ANYTHING},
        optional={
            "top_k": st.integers(-1, 101) | _ANYTHING,
            "history": st.lists(st.text(max_size=9), max_size=3) | _ANYTHING,
            "filters": st.dictionaries(
                st.sampled_from(
                    ["document", "folder", "tag", "source", "language", "date_from", "x"]
                ),
                _ANYTHING | st.text(max_size=5) | st.lists(st.text(max_size=5), max_size=2),
                max_size=2,
            ),
        },
    ).map(escaped),
)


@given(_BODIES)
@effort(max_examples=150, deadline=None)
def test_no_body_breaks_the_server(client: TestClient, body: bytes) -> None:
    """It's answered or refused with a sentence; the test client raises server errors."""
    response = client.post(ASK, content=body, headers=JSON)
    assert response.status_code in {200, 400, 422}
    if response.status_code != 200:
        assert sentence_of(response.json()).endswith(".")


@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=20))
@effort(max_examples=100, deadline=None)
def test_no_address_breaks_the_server(
    client: TestClient, doc_id: str, span: str, build: str
) -> None:
    """Any text may stand for a document, a span or a build."""
    name = quote(doc_id, safe="")
    assert client.get(f"/api/v1/documents/x{name}").status_code == 404
    assert client.get(f"/source/x{name}").status_code == 404
    page = client.get("/source/arms-sales.md", params={"span": span, "build": build})
    assert page.status_code == 200
    assert "<mark" not in page.text


# -- documents -------------------------------------------------------------------------------


def test_documents_equal_those_in_python(client: TestClient, demo: Chatbot) -> None:
    """The list has all documents, without their text."""
    data = client.get("/api/v1/documents").json()
    assert data == [plain(summary) for summary in demo.documents()]
    assert len(data) == 17
    assert data[0].keys() == {"doc_id", "title", "source", "media_type", "metadata", "passages"}


def test_a_document_equals_the_one_in_python(client: TestClient, demo: Chatbot) -> None:
    """It has text and structure, but not the places of its lines on pages."""
    response = client.get("/api/v1/documents/arms-sales.md")
    document = demo.document("arms-sales.md")
    assert document
    expected = plain(document)
    assert expected.pop("runs") == []
    assert (response.status_code, response.json()) == (200, expected)


@pytest.mark.parametrize(
    ("address", "doc_id"),
    [
        ("no-such.md", "'no-such.md'"),
        ("%00", r"'\x00'"),
        ("%F0%9F%9A%80", "'🚀'"),
        ("..%2F..%2Fetc%2Fpasswd", "'../../etc/passwd'"),
        ("arms-sales.md%2F", "'arms-sales.md/'"),
        ("", "''"),
    ],
)
def test_an_unknown_document_is_not_found(client: TestClient, address: str, doc_id: str) -> None:
    """Ids are looked up in the catalogue, never on disk."""
    response = client.get(f"/api/v1/documents/{address}")
    message = f"There is no document {doc_id} in the index. GET /api/v1/documents lists them."
    assert (response.status_code, sentence_of(response.json())) == (404, message)


def test_documents_may_have_any_file_name(settings: Settings) -> None:
    """Their ids and the links of their citations work."""
    names = ["a b.md", "a#b?100%&d.md", "sub/ü 雷达.md", '<b>"quoted"\'.md', "+.md"]
    for place, name in enumerate(names):
        path = settings.corpus / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"The radar number {place} was sold to Omsk.", "utf-8")
    build_index(settings)
    with Chatbot.open(settings=settings) as chatbot:
        client = TestClient(application(chatbot))
        _, citations = ask(client, {"question": "Which radar was sold?", "top_k": 10}, RETRIEVE)
        assert {cited["doc_id"] for cited in citations} == {*names}
        for cited in citations:
            assert client.get(f"/api/v1/documents/{quote(cited['doc_id'])}").status_code == 200
            page = client.get(cited["url"])
            assert page.status_code == 200
            assert '<mark id="evidence">The radar number' in page.text


# -- operation -------------------------------------------------------------------------------


def test_health_and_readiness_are_reported(client: TestClient, demo: Chatbot) -> None:
    """Readiness names the build in service."""
    assert client.get("/healthz").json() == {"status": "ok", "build": None, "documents": None}
    assert client.get("/readyz").json() == {
        "status": "ready",
        "build": demo.build.name,
        "documents": 17,
    }


def test_a_deleted_index_still_answers(settings: Settings) -> None:
    """It answers as long as the server runs; a new build takes over."""
    note = settings.corpus / "note.txt"
    note.write_text("The radar was sold to Omsk for nine roubles.", "utf-8")
    first = build_index(settings).build
    with Chatbot.open(settings=settings) as chatbot:
        client = TestClient(application(chatbot))
        shutil.rmtree(settings.index)
        assert client.get("/readyz").json()["build"] == first
        _, answer = ask(client, {"question": "What did the radar cost?"})
        assert "nine" in answer["citations"][0]["quote"]
        note.write_text("The radar was sold to Omsk for eleven roubles.", "utf-8")
        second = build_index(settings).build
        assert client.get("/readyz").json()["build"] == second
        _, answer = ask(client, {"question": "What did the radar cost?"})
        assert "eleven" in answer["citations"][0]["quote"]


def test_an_index_damaged_at_run_time_is_reported(settings: Settings) -> None:
    """It is a server error with the command that rebuilds it."""
    (settings.corpus / "note.txt").write_text("The radar was sold to Omsk.", "utf-8")
    build_index(settings)
    with Chatbot.open(settings=settings) as chatbot:
        client = TestClient(application(chatbot))
        catalog = chatbot.build.folder / layout.CATALOG
        with catalog.open("r+b") as stream:
            stream.write(b"\xff" * catalog.stat().st_size)
        response = client.get("/api/v1/documents/note.txt")
    assert (response.status_code, code_of(response.json())) == (503, "index_unusable")
    assert sentence_of(response.json()).endswith(
        f"Build it again with: chatbot build --fresh --index {settings.index}"
    )


def test_the_routes_are_documented(client: TestClient) -> None:
    """The schema has parameters, responses and errors, but not Gradio's routes."""
    openapi = client.get("/openapi.json").json()
    assert {(path, *methods) for path, methods in openapi["paths"].items()} == {
        ("/api/v1/ask", "post"),
        ("/api/v1/ask:batch", "post"),
        ("/api/v1/retrieve", "post"),
        ("/v1/vector_stores/{store}/search", "post"),
        ("/api/v1/feedback", "post"),
        ("/api/v1/coverage", "get"),
        ("/api/v1/documents", "get"),
        ("/api/v1/documents/{doc_id}", "get"),
        ("/api/v1/documents/added/{name}", "put", "delete"),
        ("/source/{doc_id}", "get"),
        ("/documents", "get"),
        ("/coverage", "get"),
        ("/metrics", "get"),
        ("/picture/{doc_id}", "get"),
        ("/original/{doc_id}", "get"),
        ("/healthz", "get"),
        ("/readyz", "get"),
    }
    schemas = openapi["components"]["schemas"]
    fields = {"question", "history", "filters", "top_k"}
    assert schemas["Rank"]["properties"].keys() == {*fields, "read"}
    assert schemas["Ask"]["properties"].keys() == {*fields, "as_typed"}
    assert schemas["Ask"]["required"] == ["question"]
    assert {"Answer", "Citation", "Passage", "Document", "Problem", "Health"} <= schemas.keys()
    for path in ("/api/v1/ask", "/api/v1/retrieve"):
        responses = openapi["paths"][path]["post"]["responses"]
        assert {"200", "400", "422", "503"} <= responses.keys()


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/api/v2/ask"), ("PUT", "/api/v1"), ("POST", "/api/v1/ask/")],
)
def test_an_unknown_api_route_is_not_found(client: TestClient, method: str, path: str) -> None:
    """The API answers, not the chat mounted at `/`."""
    response = client.request(method, path)
    message = f"There is no {method} {path}. /openapi.json lists the routes."
    assert (response.status_code, sentence_of(response.json())) == (404, message)


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_pages_that_load_scripts_from_elsewhere_are_not_served(
    client: TestClient, path: str
) -> None:
    """FastAPI's own documentation pages load from another host."""
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "file=/etc/hostname"),
        ("GET", "%66ile=/etc/hostname"),
        ("GET", "file/etc/hostname"),
        ("GET", "proxy=http://127.0.0.1/"),
        ("POST", "upload"),
        ("GET", "upload_progress?upload_id=1"),
        ("POST", "stream/1"),
        ("POST", "run/predict"),
        ("POST", "call/v2/respond"),
        ("GET", "deep_link?session_hash=1"),
        ("GET", "custom_component/1/client/component/index.js"),
        ("POST", "component_server"),
        ("POST", "process_recording"),
        ("POST", "vibe-edit"),
        ("GET", "openapi.json"),
        ("POST", "call/ask"),
        ("POST", "api/ask"),
        ("GET", "run/ask"),
        ("POST", "run/ask/"),
        ("POST", "run//ask"),
        ("POST", "run/../upload"),
        ("GET", "queue/join"),
        ("POST", "queue/data"),
        ("GET", "queue/status"),
        ("GET", "app_id"),
        ("POST", "cancel"),
        ("POST", "reset"),
        ("GET", "startup-events"),
        ("GET", "run-history/list"),
        ("GET", "token"),
        ("GET", "user"),
        ("GET", "login_check"),
        ("GET", "dev/reload"),
        ("GET", "heartbeat/1"),
    ],
)
def test_unused_gradio_routes_are_closed(client: TestClient, method: str, path: str) -> None:
    """They could fetch, serve, accept or run things."""
    response = client.request(method, f"/gradio_api/{path}", json={"data": [], "fn_index": 0})
    assert response.status_code in {404, 405}
    assert code_of(response.json()) in {"not_there", "wrong_method"}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/"),
        ("GET", "/config"),
        ("GET", "/config/"),
        ("POST", "/login"),
        ("GET", "/login/huggingface"),
        ("GET", "/logout"),
        ("GET", "/monitoring"),
        ("GET", "/manifest.json"),
        ("GET", "/pwa_icon"),
        ("GET", "/svelte/svelte.js"),
        ("GET", "/static/img/logo.svg"),
        ("GET", "/assets/../config"),
        ("GET", "/assets/%2e%2e/config"),
        ("GET", "/%2Fconfig"),
        ("GET", "/custom_component/1/client/component/index.js"),
        ("GET", "/robots.txt"),
        ("GET", "/gradio_api"),
        ("GET", "/another/page"),
    ],
)
def test_gradio_answers_nowhere_else(client: TestClient, method: str, path: str) -> None:
    """Neither its configuration nor a login of its own, and no second page."""
    assert client.request(method, path).status_code in {404, 405}


# -- a real server ---------------------------------------------------------------------------


def test_concurrent_answers_equal_sequential_ones(address: str, demo: Chatbot) -> None:
    """Sixteen threads ask, each with its own connection."""
    bodies = [
        {"question": question, "top_k": top_k} for question in QUESTIONS for top_k in (1, 3, 5, 7)
    ] * 2

    def answer_to(body: dict[str, Any]) -> Any:
        status, answer = send(address, "POST", ASK, body)
        assert status == 200
        return timeless(json.loads(answer))

    with ThreadPoolExecutor(16) as threads:
        together = list(threads.map(answer_to, bodies))
    for body, answer in zip(bodies, together, strict=True):
        assert answer == timeless(plain(demo.ask(str(body["question"]), top_k=int(body["top_k"]))))


def test_the_routes_of_the_chat_are_open(address: str) -> None:
    """A question as the page sends it is answered, and the page's files are served."""
    for path in ("/", "/theme.css", "/page/assets/chat.js", "/gradio_api/info"):
        assert send(address, "GET", path)[0] == 200
    turn = {"data": [{"question": QUESTION}, "en"]}
    status, reply = send(address, "POST", "/gradio_api/run/page_answer", turn)
    assert status == 200
    assert "S-400" in json.loads(reply)["data"][0]["html"]

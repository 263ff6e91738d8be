"""What the server refuses is said in the reader's language; programs get it in English."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from chatbot.assistant import Chatbot
from chatbot.ingestion.build_index import build_index
from chatbot.settings import Settings
from tests.building import PRICE, RADAR, write
from tests.doors import NO_WORDS, QUESTION, application

THUMB = {"question": QUESTION, "doc_id": "arms-sales.md", "passage_id": "x#0", "verdict": "up"}
NEW_ONE = "Fragen Sie noch einmal, und beurteilen Sie die neue Antwort."

# What is sent, the start of its sentence in German, and in English.
REFUSED: dict[str, tuple[str, Any, str, str]] = {
    "empty": (
        "/page/answer",
        {"question": ""},
        "Die Frage hat keine Wörter. Fragen Sie etwas in Worten.",
        "The question has no words. Ask something in words.",
    ),
    "long": (
        "/page/answer",
        {"question": "x" * 4_001},
        "Die Frage hat 4.001 Zeichen, erlaubt sind 4.000.",
        "The question has 4,001 characters and the limit is 4,000.",
    ),
    "no text": (
        "/page/answer",
        {"question": 7},
        "Der Server konnte das nicht lesen.",
        "The server could not read that.",
    ),
    "filter": (
        "/page/facets",
        {"<b>": "red"},
        "Es gibt keinen Filter „<b>“.",
        "There is no filter “<b>”.",
    ),
    "date": (
        "/page/facets",
        {"date_from": "bald"},
        "„bald“ ist kein Datum. Schreiben Sie 2018, 2018-05 oder 2018-05-31.",
        "“bald” is no date. Write 2018, 2018-05 or 2018-05-31.",
    ),
    "comment": (
        "/api/v1/feedback",
        THUMB | {"comment": "x" * 2_001},
        "Die Bemerkung hat 2.001 Zeichen, erlaubt sind 2.000.",
        "The comment has 2,001 characters and the limit is 2,000.",
    ),
    "passage": (
        "/api/v1/feedback",
        THUMB,
        f"Diese Stelle ist nicht mehr im Index; sie kann nicht beurteilt werden. {NEW_ONE}",
        "This passage is no longer in the index, so it can't be judged.",
    ),
    "build": (
        "/api/v1/feedback",
        THUMB | {"build": "20000101T000000-000000"},
        "Der Index, aus dem diese Stelle stammt, ist nicht mehr da;",
        "The index that this passage came from is no longer kept,",
    ),
    "no such thing": (
        "/api/v1/nothing",
        {},
        "Das ist nicht mehr da.",
        "That is no longer there.",
    ),
    "too much": (
        "/api/v1/ask",
        {"question": "x" * 1_000_001},
        "Das ist zu viel auf einmal.",
        "That is too much at once.",
    ),
}


@pytest.fixture(scope="module")
def client(demo: Chatbot) -> TestClient:
    return TestClient(application(demo))


@pytest.mark.parametrize(("path", "body", "german", "english"), REFUSED.values(), ids=REFUSED)
def test_a_refusal_is_a_sentence_in_the_readers_language(
    client: TestClient, path: str, body: Any, german: str, english: str
) -> None:
    """That which the page says it is read in."""
    for language, sentence in (("de", german), ("en", english), ("xx", english)):
        found = client.post(path, params={"lang": language}, json=body)
        assert 400 <= found.status_code < 500
        assert found.json()["message"].startswith(sentence)


def test_a_program_is_told_in_english(client: TestClient) -> None:
    """Whatever its user's browser would like: only the page asks for a language."""
    headers = {"accept-language": "de"}
    found = client.post("/api/v1/ask", json={"question": ""}, headers=headers)
    assert found.json() == {"error": "QuestionError", "message": NO_WORDS}


def test_a_place_without_context_is_said_so_in_german(client: TestClient) -> None:
    """As of a build that is gone."""
    place = "doc_id=arms-sales.md&start=0&end=9&build=gone&lang=de"
    found = client.get(f"/page/context?{place}")
    assert found.json()["message"].startswith("Der Index, aus dem diese Stelle stammt, ist nicht")


def test_an_export_tells_a_refused_question_in_its_language(client: TestClient) -> None:
    """Beside the answers of the others."""
    turns = {"turns": [{"question": QUESTION}, {"question": "?!"}]}
    found = client.post("/page/export.md", params={"lang": "de"}, json=turns)
    assert "Die Frage hat keine Wörter. Fragen Sie etwas in Worten" in found.text
    assert "The question" not in found.text


def test_what_can_not_be_answered_or_stored_is_told_in_german(
    settings: Settings, tmp_path: Path
) -> None:
    """No index to answer from; then no place to keep a verdict in."""
    write(settings.corpus, {"radar.md": RADAR})
    blocked = settings.model_copy(update={"feedback": tmp_path})  # a folder, so no file
    with Chatbot.open(settings=blocked, waiting=True) as chatbot:
        client = TestClient(application(chatbot))
        missing = client.post("/page/answer", params={"lang": "de"}, json={"question": PRICE})
        assert missing.status_code == 503
        assert missing.json()["message"].startswith("Es gibt keinen Index")
        build_index(settings)
        cited = chatbot.ask(PRICE).citations[0]
        thumb = {
            "question": PRICE,
            "doc_id": cited.doc_id,
            "passage_id": cited.passage.passage_id,
            "verdict": "up",
        }
        unkept = client.post("/api/v1/feedback", params={"lang": "de"}, json=thumb)
        assert unkept.status_code == 503
        assert unkept.json()["message"].startswith("Ihr Urteil kann nicht gespeichert werden")


@pytest.mark.parametrize(
    ("path", "german"),
    [
        ("/source/nowhere", "Es gibt kein Dokument „nowhere“."),
        ("/source/arms-sales.md?span=x", "Die zitierte Stelle lässt sich nicht bestätigen"),
        ("/source/arms-sales.md?build=old", "Der Index, aus dem dieses Zitat stammt, ist nicht"),
        ("/original/arms-sales.md", "Originale können hier nicht heruntergeladen werden"),
        ("/documents?q=zebra", "Kein Dokument hat das in seinem Titel oder Dateinamen."),
        ("/coverage", "Was ausgelassen wurde"),
    ],
)
@pytest.mark.parametrize("how", ["browser", "switch"])
def test_the_other_pages_speak_the_readers_language_too(
    client: TestClient, path: str, german: str, how: str
) -> None:
    """That of the browser, and before it that of the page's switch."""
    headers = {"accept-language": "de"}
    if how == "switch":
        headers = {"accept-language": "en", "cookie": "chatbot-language=de"}
    found = client.get(path, headers=headers)
    assert german in found.text
    assert '<html lang="de">' in found.text
    assert german not in client.get(path).text

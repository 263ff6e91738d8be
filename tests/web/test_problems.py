"""Refusals: in the reader's language on the page, in English for programs."""

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
from tests.markup import select
from tests.web.events import filter_panel, refusal, run
from tests.web.refusals import sentence_of

THUMB = {"question": QUESTION, "doc_id": "arms-sales.md", "passage_id": "x#0", "verdict": "up"}
NEW_ONE = "Fragen Sie noch einmal, und bewerten Sie die neue Antwort."

# The request, and the start of its sentence in German and in English.
REFUSED: dict[str, tuple[str, Any, str, str]] = {
    "empty": (
        "page_answer",
        {"question": ""},
        "Die Frage enthält keine Wörter. Formulieren Sie sie bitte in Worten.",
        "The question has no words. Ask something in words.",
    ),
    "long": (
        "page_answer",
        {"question": "x" * 4_001},
        "Die Frage hat 4.001 Zeichen, erlaubt sind 4.000.",
        "The question has 4,001 characters; the limit is 4,000.",
    ),
    "no text": (
        "page_answer",
        {"question": 7},
        "Der Server konnte die Anfrage nicht lesen.",
        "The server couldn't read the request.",
    ),
    "filter": (
        "page_filters",
        {"<b>": "red"},
        "Es gibt keinen Filter „<b>“.",
        "There's no filter called “<b>”.",
    ),
    "date": (
        "page_filters",
        {"date_from": "bald"},
        "„bald“ ist kein Datum. Schreiben Sie 2018, 2018-05 oder 2018-05-31.",
        "“bald” isn't a date. Write 2018, 2018-05 or 2018-05-31.",
    ),
    "comment": (
        "/api/v1/feedback",
        THUMB | {"comment": "x" * 2_001},
        "Der Kommentar hat 2.001 Zeichen, erlaubt sind 2.000.",
        "The comment has 2,001 characters; the limit is 2,000.",
    ),
    "passage": (
        "/api/v1/feedback",
        THUMB,
        (
            "Diese Stelle ist nicht mehr in den Dokumenten und kann daher nicht bewertet werden. "
            f"{NEW_ONE}"
        ),
        "This passage is no longer in the documents, so it can't be rated.",
    ),
    "build": (
        "/api/v1/feedback",
        THUMB | {"build": "20000101T000000-000000"},
        "Die Dokumente wurden inzwischen aktualisiert, daher kann diese Stelle nicht bewertet",
        "The documents have been updated since, so this passage can't be rated.",
    ),
    "no such thing": (
        "/api/v1/nothing",
        {},
        "Das gibt es nicht mehr.",
        "That no longer exists.",
    ),
    "too much": (
        "/api/v1/ask",
        {"question": "x" * 1_000_001},
        "Das ist zu viel auf einmal.",
        "That's too much at once.",
    ),
}


@pytest.fixture(scope="module")
def client(demo: Chatbot) -> TestClient:
    return TestClient(application(demo))


@pytest.mark.parametrize(("path", "body", "german", "english"), REFUSED.values(), ids=REFUSED)
def test_a_refusal_is_a_sentence_in_the_readers_language(
    client: TestClient, path: str, body: Any, german: str, english: str
) -> None:
    """The page sends its language."""
    for language, sentence in (("de", german), ("en", english), ("xx", english)):
        if path == "page_answer":
            assert refusal(client, path, body, language=language).startswith(sentence)
            continue
        if path == "page_filters":
            left = filter_panel(client, body, language=language)["left"]
            assert select(left, "p", kind="problem")[0].text.startswith(sentence)
            continue
        response = client.post(path, params={"lang": language}, json=body)
        assert 400 <= response.status_code < 500
        assert sentence_of(response.json()).startswith(sentence)


def test_programs_get_english(client: TestClient) -> None:
    """The `Accept-Language` header doesn't matter: only the page asks for a language."""
    headers = {"accept-language": "de"}
    response = client.post("/api/v1/ask", json={"question": ""}, headers=headers)
    assert sentence_of(response.json()) == NO_WORDS


def test_missing_context_is_reported_in_german(client: TestClient) -> None:
    """The build may no longer exist, for example."""
    sentence = refusal(client, "page_context", "arms-sales.md", 0, 9, "gone", language="de")
    assert sentence.startswith("Die Dokumente wurden inzwischen aktualisiert")


def test_an_export_has_refusals_in_its_language(client: TestClient) -> None:
    """The refusal is among the answers to the other questions."""
    turns = {"turns": [{"question": QUESTION}, {"question": "?!"}]}
    text = run(client, "page_export", turns, "md", language="de")
    assert "Die Frage enthält keine Wörter. Formulieren Sie sie bitte in Worten" in text
    assert "The question" not in text


def test_missing_index_and_unwritable_feedback_are_reported_in_german(
    settings: Settings, tmp_path: Path
) -> None:
    """At first there's no index, then no place to store feedback."""
    write(settings.corpus, {"radar.md": RADAR})
    blocked = settings.model_copy(update={"feedback": tmp_path})  # a folder, so no file
    with Chatbot.open(settings=blocked, waiting=True) as chatbot:
        client = TestClient(application(chatbot))
        missing = refusal(client, "page_answer", {"question": PRICE}, language="de")
        assert missing.startswith("Es gibt noch keinen Index")
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
        assert sentence_of(unkept.json()).startswith(
            "Ihre Rückmeldung kann nicht gespeichert werden"
        )


@pytest.mark.parametrize(
    ("path", "german"),
    [
        ("/source/nowhere", "Es gibt kein Dokument „nowhere“."),
        ("/source/arms-sales.md?span=x", "Die zitierte Stelle ließ sich nicht überprüfen"),
        ("/source/arms-sales.md?build=old", "Die Dokumente wurden seit diesem Zitat aktualisiert"),
        ("/original/arms-sales.md", "Das Herunterladen von Originalen ist abgeschaltet"),
        ("/documents?q=zebra", "Kein passender Titel oder Dateiname."),
        ("/coverage", "Übersprungene Dateien"),
    ],
)
@pytest.mark.parametrize("source", ["browser", "switch"])
def test_the_other_pages_speak_the_readers_language_too(
    client: TestClient, path: str, german: str, source: str
) -> None:
    """The language of the page's switch comes before the browser's."""
    headers = {"accept-language": "de"}
    if source == "switch":
        headers = {"accept-language": "en", "cookie": "chatbot-language=de"}
    response = client.get(path, headers=headers)
    assert german in response.text
    assert '<html lang="de">' in response.text
    assert german not in client.get(path).text
